import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decode, resigned, SIGNER as signer, withField } from "../../testing/certificates.js";
import { verify } from "../certificate/verify.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { sourceOf } from "../data/row-source.js";
import { encodeOnnx } from "../export/onnx.js";
import { given } from "../given.js";
import type { Envelope } from "../records/certificate.js";
import { fitToDirectory } from "../store/fit-to-directory.js";
import { loadModel, saveModel } from "../store/stored-model.js";
import { fit } from "./fit.js";
import type { Model } from "./model.js";
import type { FitOptions } from "./options.js";

const { publicKey } = signer;
const options: FitOptions = {
  ...{ epsilon: 1, delta: 1e-4, epochs: 12, batchSize: 100, l2: 0.003, maxNoise: 0.3 },
  maxSteps: 1e4,
};
const MAPS = {
  fourier: { ...options, features: "fourier", featureCount: 60, featureBandwidth: 0.5 },
  "gated-relu": { ...options, features: "gated-relu", featureCount: 12 },
} satisfies Record<string, FitOptions>;
const KINDS = Object.keys(MAPS) as (keyof typeof MAPS)[];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "expunge-features-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Points of a square; whether they lie in two opposite corners of it, which no line tells. */
function corners(rowCount = 800, seed = 1): { readonly raw: number[][]; readonly dataset: Dataset } {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const raw = Array.from({ length: rowCount }, () => [Math.fround(next()), Math.fround(next())]);
  const labels = raw.map(([x = 0, y = 0]) => (x * y > 0 ? 1 : -1));
  const subjects = raw.map((_, row) => `${seed}-person-${row}`);
  return {
    raw,
    dataset: createDataset({
      ...{ features: raw, labels, task: "binary", intercept: 0.5, subjects, logOdds: 0 },
      allowOneClass: true,
    }),
  };
}

const predicateOf = ({ certificate }: { readonly certificate: Envelope | null }) =>
  decode(certificate as Envelope).predicate;

describe.each(KINDS)("a model of %s features", (kind) => {
  it("learns what no line tells, goes on learning, corrects and forgets, and its certificates are true", async () => {
    const { dataset, raw } = corners();
    const linear = await fit(dataset, options);
    expect(linear.score(dataset)).toBeLessThan(0.7);
    let model = await fit(dataset, MAPS[kind]);
    expect(model.score(dataset)).toBeGreaterThan(0.85);
    expect(model.predict(raw)).toEqual(model.predict(dataset));
    model = (await model.learn(corners(20, 2).dataset, { epochs: 1 })).model;
    const to = { ...corners(1, 3).dataset, subjects: null };
    const corrected = await model.correct({ rows: [5], to }, { signer });
    const gone = await corrected.model.forget({ subjects: ["2-person-3", "1-person-7"] }, { signer });
    for (const { certificate } of [corrected, gone])
      expect(verify(certificate as Envelope, { publicKey }).issues).toEqual([]);
    const { process, data, assumptions, notCovered } = predicateOf(gone);
    expect(process.features).toMatchObject({ kind, isBandwidthFromData: false, seed: "expunge" });
    expect(data.featureCount).toBe(3);
    expect(assumptions.map(({ name }) => name).join()).toContain("a fixed map");
    expect(notCovered.join()).not.toContain("bandwidth");
  });

  it("is refused where its certificate's map is another, signed again or not", async () => {
    const { model } = await (await fit(corners().dataset, MAPS[kind])).forget({ rows: [1] }, { signer });
    const { certificate } = await model.forget({ rows: [2] }, { signer });
    const codesWith = (field: string, value: unknown): string[] =>
      verify(resigned(withField(decode(certificate as Envelope), `predicate.${field}`, value)), {
        publicKey,
      }).issues.map(({ code }) => code);
    expect(codesWith("process.features.count", 61)).toContain("DERIVED_ROUNDING_PER_STEP");
    expect(codesWith("process.features.count", 2 ** 17)).toEqual(["PROCESS_INVALID"]);
    expect(codesWith("process.features.bandwidth", kind === "fourier" ? null : 1)).toEqual([
      "PROCESS_INVALID",
    ]);
    expect(codesWith("process.features.isBandwidthFromData", true)).toContain(
      kind === "fourier" ? "WORDING_NOT_COVERED" : "PROCESS_INVALID",
    );
    expect(codesWith("process.features.kind", "linear")).toContain("SHAPE_PROCESS_FEATURES_KIND");
  });

  it("is the same when it is opened again, and forgets the same", async () => {
    const { dataset, raw } = corners();
    const seeded = { ...MAPS[kind], seed: 3 };
    const model = await fit(dataset, seeded);
    const path = join(directory, `saved-${kind}`);
    await saveModel(model, path);
    const stored = await loadModel(path);
    try {
      expect(stored.model.plan).toEqual(model.plan);
      expect(stored.model.predict(raw)).toEqual(model.predict(raw));
      const gone = await stored.forget({ subjects: ["1-person-4"] }, { signer });
      const inMemory = await (await fit(dataset, seeded)).forget({ subjects: ["1-person-4"] });
      expect(gone.model.weights).toEqual(inMemory.model.weights);
      const learned = await stored.learn(corners(5, 4).dataset, { epochs: 1 });
      const left = await stored.forget({ rows: [learned.rows[2] as number] }, { signer });
      expect(left.model.score(dataset)).toBeGreaterThan(0.7);
      const onDisk = await fitToDirectory(sourceOf(dataset), join(directory, `disk-${kind}`), seeded);
      expect(onDisk.model.weights).toEqual((await fit(dataset, seeded)).weights);
      await onDisk.close();
    } finally {
      await stored.close();
    }
  });

  it.each([true, false])("agrees with its ONNX file in onnxruntime, raw rows: %s", async (isRaw) => {
    const { dataset, raw } = corners(300);
    const model = await fit(dataset, MAPS[kind]);
    await expectOnnxToAgree(model, isRaw, isRaw ? [...raw, [0, 0]] : rowsOf(dataset));
  });
});

const rowsOf = ({ features, featureCount, rowCount }: Dataset): number[][] =>
  Array.from({ length: rowCount }, (_, row) => [
    ...features.subarray(row * featureCount, (row + 1) * featureCount),
  ]);

async function expectOnnxToAgree(model: Model, isRaw: boolean, rows: readonly number[][]): Promise<void> {
  const { plan, description, weights } = model;
  const bytes = encodeOnnx({
    ...{ objective: plan.objective, weights, featureCount: plan.featureCount },
    ...{ labelNames: description.labelNames, scaling: isRaw ? description.scaling : null },
    ...given({ features: plan.features }),
  });
  const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const width = rows[0]!.length;
  const run = async (some: readonly number[][]) =>
    session.run({
      features: new Tensor("float32", Float32Array.from(some.flat()), [some.length, width]),
    });
  const { probability } = await run(rows);
  const expected = model.predictProbability(
    isRaw ? rows : { ...corners(rows.length).dataset, features: Float32Array.from(rows.flat()) },
  );
  (probability!.data as Float32Array).forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 4));
  expect((await run([])).probability!.dims).toEqual([0]);
  await session.release();
}

describe("a bandwidth that nobody gives", () => {
  it("is read off the rows, and certificates say so", async () => {
    const model = await fit(corners().dataset, { ...options, features: "fourier", featureCount: 40 });
    const { bandwidth, isBandwidthFromData } = model.plan.features!;
    expect(isBandwidthFromData).toBe(true);
    expect(bandwidth).toBeGreaterThan(0.2);
    expect(bandwidth).toBeLessThan(2);
    const result = await model.forget({ rows: [0] }, { signer });
    expect(predicateOf(result).notCovered.join()).toContain("The bandwidth of the features");
    expect(verify(result.certificate as Envelope, { publicKey }).issues).toEqual([]);
    const stored = await fitToDirectory(sourceOf(corners().dataset), join(directory, "read-off"), {
      ...{ ...options, features: "fourier", featureCount: 40 },
    });
    expect(stored.model.plan.features).toEqual(model.plan.features);
    await stored.close();
  });
});

describe("options of features", () => {
  const { dataset } = corners(100);
  it.each([
    [{ featureCount: 5 }, /featureCount: only with features other than "linear"/],
    [{ features: "gated-relu", featureBandwidth: 1 }, /featureBandwidth: only with features = "fourier"/],
    [{ features: "fourier", featureCount: 65_537 }, /featureCount = 65537/],
    [{ features: "gated-relu", featureCount: 65_536 }, /featureCount = 65536 to be at most 43690 gates/],
    [{ features: "fourier", featureBandwidth: 0 }, /featureBandwidth = 0/],
    [{ features: "cosine" }, /features = cosine to be one of linear, fourier, gated-relu/],
  ])("%o are refused", async (some, message) => {
    await expect(fit(dataset, some as FitOptions)).rejects.toThrow(message);
  });

  it("linear is as good as none", async () => {
    const model = await fit(dataset, { ...options, features: "linear" });
    expect(model.plan).not.toHaveProperty("features");
  });

  it("needs rows that differ where it reads a bandwidth off them", async () => {
    const rows = Array.from({ length: 10 }, () => [1, 1]);
    const alike = createDataset({
      features: rows,
      labels: rows.map((_, i) => (i % 2 ? 1 : -1)),
      task: "binary",
    });
    await expect(fit(alike, { features: "fourier" })).rejects.toThrow(/rows that differ/);
  });
});
