import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify-index.js";
import type { Dataset } from "../data/dataset.js";
import { bandwidthOf } from "../features/index.js";
import type { Statement } from "../records/certificate.js";
import { fit } from "./fit.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { tune } from "./tune.js";
import type { TuneOptions } from "./tune-options.js";
import type { Tuning } from "./tune-result.js";

const data = syntheticDataset({ rowCount: 300 });
/** Of the same law, with owners of their own. */
const open: Dataset = withoutOwners(syntheticDataset({ rowCount: 320, seed: 2 }));
const quick: TuneOptions = { candidates: 6, trials: 1, requests: 3, workers: 0, seed: 1 };

function withoutOwners(dataset: Dataset): Dataset {
  return { ...dataset, subjects: null };
}

/** The predicate of the certificate of one request to a model with these options. */
async function certified(options: FitOptions): Promise<Statement["predicate"]> {
  const signer = createSigner();
  const model = await fit(data, options);
  const { certificate } = await model.forget({ rows: [7] }, { signer });
  if (certificate === null) throw new Error("no certificate");
  const { issues, holds } = verify(certificate, { publicKey: signer.publicKey });
  expect(issues).toEqual([]);
  expect(holds).toEqual({ epsilon: expect.closeTo(1, 9), delta: 1e-5, against: "independent" });
  return (JSON.parse(Buffer.from(certificate.payload, "base64").toString()) as Statement).predicate;
}

describe("tune", () => {
  it("chooses a plan that is as good as the default with less work, ready for fit", async () => {
    const tuning = await tune(data, quick);
    expect(tuning).toMatchObject({ tunedOn: "private", measure: "accuracy", requests: 3, holdOuts: 5 });
    expect(tuning.rows.data).toBe(300);
    expect(tuning.rows.scored).toBe(300);
    const chosen = tuning.candidates.find(({ isChosen }) => isChosen);
    const standard = tuning.candidates.find(({ isDefault }) => isDefault);
    expect(chosen?.work.total).toBeLessThanOrEqual(standard?.work.total ?? 0);
    expect(chosen?.after?.mean).toBeGreaterThan((standard?.after?.mean ?? 1) - 0.011);
    const works = tuning.candidates.map(({ work }) => work.total);
    expect(works).toEqual([...works].sort((a, b) => a - b));
    const model = await fit(data, tuning.chosen);
    expect(model.plan).toMatchObject({
      isTuned: true,
      tunedOn: "private",
      epochs: chosen?.epochs,
      seed: null,
    });
    const fresh = syntheticDataset({ rowCount: 2000, seed: 3 });
    const bad = await fit(data, { l2: 100, batchSize: 300, epochs: 1 });
    expect(model.score(fresh)).toBeGreaterThan(0.88);
    expect(model.evaluate(fresh).rowCount).toBe(2000);
    expect(model.score(fresh)).toBeGreaterThanOrEqual(bad.score(fresh));
  });

  it("gives plans whose certificates verify and say that trials saw the data", async () => {
    const { chosen } = await tune(data, quick);
    const { process, notCovered } = await certified(chosen);
    expect(process).toMatchObject({ isTuned: true, tunedOn: "private", l2: chosen.l2 });
    expect(notCovered.join()).toContain("trials on the training data, forgotten records among them");
  });

  it("with public data chooses by them alone, and certificates say so", async () => {
    const { chosen, ...found } = await tune(data, { ...quick, public: open });
    const { process, assumptions, notCovered } = await certified(chosen);
    expect(process).toMatchObject({ isTuned: true, tunedOn: "public" });
    expect(assumptions.map(({ name }) => name).join()).toContain("trials on public data");
    expect(notCovered.join()).not.toContain("forgotten records among them");
    // Other records of as many rows and columns: nothing of the answer may differ.
    const labels = data.labels.map((label) => -label);
    const other = { ...syntheticDataset({ rowCount: 300, seed: 9 }), labels };
    expect(await tune(other, { ...quick, public: open })).toEqual({ chosen, ...found });
  });

  it("gives the same answer for the same seed, whatever the workers", async () => {
    const first = await tune(data, { ...quick, candidates: 3 });
    expect(await tune(data, { ...quick, candidates: 3, workers: 2 })).toEqual(first);
    expect(await tune(data, { ...quick, candidates: 3, seed: 2 })).not.toEqual(first);
  });

  it("compares by the area under the curve where a class is rare, and by R2 for numbers", async () => {
    const uneven = { ...data, labels: data.labels.map((label, i) => (i % 3 === 0 ? label : -1)) };
    expect((await tune(uneven, { ...quick, candidates: 2 })).measure).toBe("auc");
    const numbers = syntheticDataset({ rowCount: 300, task: "regression" });
    const search = { ...quick, candidates: 2, holdOut: 0.4 };
    const { measure, candidates } = await tune(numbers, search);
    expect(measure).toBe("r2");
    expect(candidates.some(({ after }) => (after?.mean ?? 0) > 0.5)).toBe(true);
    // The same amounts in cents, so to speak: nothing of the answer may differ.
    const inCents = await tune({ ...numbers, labelScaling: { centre: 4096, scale: 1024 } }, search);
    inCents.candidates.forEach(({ before, after }, i) => {
      expect(before).toBeCloseTo(candidates[i]?.before as number, 9);
      expect(after?.mean).toBeCloseTo(candidates[i]?.after?.mean as number, 9);
    });
  });

  it("keeps the work in bounds and says what that took", async () => {
    const large = syntheticDataset({ rowCount: 3000 });
    const tuning = await tune(large, { ...quick, candidates: 12, maxWork: 1 });
    expect(tuning.holdOuts).toBe(1);
    expect(tuning.rows.trained).toBe(1200);
    expect(tuning.candidates).toHaveLength(8);
    expect(tuning.notes.join()).toMatch(/1200 rows of 2400.*4 plans far from the defaults/);
  });

  it("tells how far it is, and stops when told", async () => {
    const stages: string[] = [];
    const controller = new AbortController();
    const running = tune(data, {
      ...quick,
      signal: controller.signal,
      onProgress: ({ stage, done, total }) => {
        stages.push(`${stage} ${done}/${total}`);
        if (stage === "requests") controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(stages[0]).toBe("training 0/6");
    expect(stages).toContain("training 6/6");
    expect(stages.at(-1)).toMatch(/^requests 0\//);
  });
});

/** Rows of two columns whose label is whether their signs agree, which no line tells. */
function corners(rowCount: number, seed: number): Dataset {
  const rows = syntheticDataset({ rowCount, featureCount: 2, seed });
  const at = (row: number, column: number): number => rows.features[2 * row + column] as number;
  const labels = rows.labels.map((_, row) => (at(row, 0) * at(row, 1) > 0 ? 1 : -1));
  return { ...withoutOwners(rows), labels };
}

describe("tune with a feature map", () => {
  const known = corners(300, 5);
  const fourier = { features: "fourier", featureCount: 30, featureSeed: "chosen before" } as const;
  const searched: TuneOptions = { ...quick, candidates: 4 };

  it.each([fourier, { features: "gated-relu", featureCount: 8 } as const])(
    "searches plans for mapped rows, and the chosen one is one: %o",
    async (map) => {
      const plain = await tune(known, searched);
      const tuning = await tune(known, { ...searched, ...map });
      const best = (all: Tuning) => Math.max(...all.candidates.map(({ before }) => before));
      expect(best(plain)).toBeLessThan(0.65);
      expect(best(tuning)).toBeGreaterThan(0.8);
      expect(tuning.chosen).toMatchObject(map);
      expect(tuning.chosen).not.toHaveProperty("featureBandwidth");
      const { process, epochs } = makeTrainingPlan(known, { ...map, ...tuning.target });
      const standard = tuning.candidates.find(({ isDefault }) => isDefault);
      expect(standard).toMatchObject({
        ...{ l2: process.strongConvexity, batchSize: process.batchSize, epochs },
        work: { training: epochs * process.batchCount * process.batchSize },
      });
      const model = await fit(known, tuning.chosen);
      expect(model.score(known)).toBeGreaterThan(0.8);
    },
  );

  it("reads a bandwidth off public rows where there are any, and the chosen plan gives it", async () => {
    const seen = corners(200, 6);
    const far = { ...known, features: known.features.map((x) => x / 8) };
    const { chosen } = await tune(far, { ...searched, ...fourier, public: seen });
    expect(chosen.featureBandwidth).toBe(bandwidthOf(seen.features, 2));
    expect(chosen.featureBandwidth).not.toBe(bandwidthOf(far.features, 2));
    expect((await fit(far, chosen)).plan.features?.isBandwidthFromData).toBe(false);
    const given = { ...searched, ...fourier, featureBandwidth: 0.3 };
    expect((await tune(far, { ...given, public: seen })).chosen.featureBandwidth).toBe(0.3);
  });

  it.each([
    [{ featureCount: 5 }, /featureCount: only with features other than "linear"/],
    [{ features: "gated-relu", featureBandwidth: 1 }, /featureBandwidth: only with features = "fourier"/],
    [{ features: "gated-relu", featureCount: 65_537 }, /featureCount = 65537/],
    [{ features: "cosine" }, /features = cosine to be one of linear/],
  ])("refuses %o as fit does", async (options, message) => {
    const refused = { code: "E_OPTION", message: expect.stringMatching(message) };
    await expect(tune(known, { ...searched, ...(options as TuneOptions) })).rejects.toMatchObject(refused);
    await expect(fit(known, options as FitOptions)).rejects.toMatchObject(refused);
  });
});

describe("tune refuses", () => {
  const refused: readonly (readonly [string, TuneOptions, string, RegExp])[] = [
    ["what it searches", { l2: 0.1 } as TuneOptions, "E_OPTION", /l2 is not an option of tune/],
    ["noise at every step", { noise: "every-step" } as TuneOptions, "E_OPTION", /noise at every step/],
    [
      "options that nobody knows",
      { folds: 3 } as TuneOptions,
      "E_OPTION",
      /^Unknown key "folds" in the options of tune\. Known: .*trials.*objective/,
    ],
    ["no share", { holdOut: 0 }, "E_OPTION", /holdOut = 0 in \(0, 1\)/],
    ["a share that is no number", { holdOut: Number.NaN }, "E_OPTION", /holdOut = NaN/],
    ["too few rows", { holdOut: 0.01 }, "E_OPTION", /at least 20 on both sides/],
    ["more requests than rows", { requests: 5000 }, "E_OPTION", /requests = 5000 to be fewer than/],
    ["no trials", { trials: 0 }, "E_OPTION", /trials = 0/],
    ["no work", { maxWork: 0 }, "E_OPTION", /maxWork = 0/],
    ["R2 of classes", { measure: "r2" }, "E_OPTION", /"r2" is for regression labels, not binary/],
    ["another measure", { measure: "f1" as never }, "E_OPTION", /f1 to be one of/],
    ["a tiny delta", { delta: 1e-12 }, "E_OPTION", /delta/],
    ["public data that are the data", { public: data }, "E_ASSUMPTION", /found \d+: trials would see/],
    ["a copy of the data", { public: withoutOwners(data) }, "E_ASSUMPTION", /are the data themselves/],
    [
      "public data with somebody of the data",
      { public: { ...open, subjects: [data.subjects?.[0] as string, ...Array(319).fill("x")] } },
      "E_ASSUMPTION",
      /found 1: trials would see training records/,
    ],
    [
      "public data of other columns",
      { public: syntheticDataset({ featureCount: 7, seed: 4 }) },
      "E_DATA",
      /featureCount of the public data to be 6, found 7/,
    ],
  ];
  it.each(refused)("%s", async (_, options, code, message) => {
    await expect(tune(data, { ...quick, ...options })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each(["data", "public"])(
    "public data with somebody of the data in a spelling that the %s take for theirs",
    async (formed) => {
      const form = (part: string) => (part === formed ? { subjectForm: "NFC-trim-lower-case" as const } : {});
      const known = { ...data, subjects: [...Array(299).fill("x"), "ann@example.com"], ...form("data") };
      const seen = { ...open, subjects: [...Array(319).fill("y"), "Ann@Example.com "], ...form("public") };
      await expect(tune(known, { ...quick, public: seen })).rejects.toMatchObject({
        code: "E_ASSUMPTION",
        details: { shared: 1 },
      });
    },
  );

  it("a copy of a regression under another scale of its labels", async () => {
    const numbers = withoutOwners(syntheticDataset({ rowCount: 300, task: "regression" }));
    const copy = {
      ...numbers,
      labels: numbers.labels.map((label) => label / 2),
      labelScaling: { centre: 0, scale: 2 },
    };
    await expect(tune(numbers, { ...quick, public: copy })).rejects.toMatchObject({ code: "E_ASSUMPTION" });
  });

  it("numbers that are all the same, and one class for the area under the curve", async () => {
    const flat = {
      ...syntheticDataset({ rowCount: 300, task: "regression" }),
      labels: new Float32Array(300),
    };
    await expect(tune(flat, quick)).rejects.toMatchObject({ code: "E_DATA" });
    const lone = { ...data, labels: data.labels.map((_, i) => (i === 0 ? 1 : -1)) };
    await expect(tune(lone, quick)).rejects.toMatchObject({ code: "E_DATA" });
  });
});
