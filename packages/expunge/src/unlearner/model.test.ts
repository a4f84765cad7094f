import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { errorOf } from "../../testing/files.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import type { Dataset } from "../data/dataset.js";
import type { Statement } from "../records/certificate.js";
import type { CorrectRequest } from "./correction.js";
import { fit } from "./fit.js";
import type { ForgetOptions } from "./forget-options.js";
import type { LearnOptions } from "./lesson.js";
import { evaluatePredictions } from "./metrics.js";
import type { Model } from "./model.js";
import type { FitOptions } from "./options.js";
import type { Proof } from "./proof.js";

const shared = { epsilon: 1, delta: 1e-4, epochs: 5, batchSize: 20, l2: 0.02 } as const;
const everyStep: FitOptions = { ...shared, sigma: 0.01 };
const onRelease: FitOptions = { ...shared, maxNoise: 0.5, maxSteps: 1e4 };
const base = onRelease;
const signer = createSigner();

describe.each([
  { kernel: "reference", noise: "on-release" },
  { kernel: "float64", noise: "on-release" },
  { kernel: "float32", noise: "on-release" },
  { kernel: "reference", noise: "every-step" },
  { kernel: "float64", noise: "every-step" },
  { kernel: "float32", noise: "every-step" },
] as const)("a model on the $kernel kernel with noise $noise", ({ kernel, noise }) => {
  const options: FitOptions = { ...(noise === "on-release" ? onRelease : everyStep), kernel };

  it("learns, forgets a subject, and certifies it", async () => {
    const dataset = syntheticDataset();
    // Less noise than elsewhere in this file: this test looks at scores.
    const model = await fit(dataset, noise === "on-release" ? { ...options, maxNoise: 0.2 } : options);
    expect(model.score(dataset)).toBeGreaterThan(0.8);
    const result = await model.forget({ subjects: ["person-0@example.com"] }, { signer });
    const rows = dataset.subjects?.filter((s) => s === "person-0@example.com").length;
    expect(result.rowCount).toBe(rows);
    expect(result.proof?.epsilon).toBeLessThanOrEqual(1);
    expect(result.holds).toMatchObject({ against: "independent", delta: 1e-4 });
    expect(result.model.timeline.steps).toBe(model.timeline.steps + result.steps);
    expect(verify(result.certificate as never, { publicKey: signer.publicKey })).toMatchObject({
      ok: true,
      issues: [],
    });
    expect(result.model.score(dataset)).toBeGreaterThan(0.75);
  });

  it("is not learnt from rows of which it is not known whose they are", async () => {
    const rows = syntheticDataset();
    for (const subjects of [rows.subjects!.slice(1), [...rows.subjects!, "one more"]])
      await expect(fit({ ...rows, subjects }, options)).rejects.toMatchObject({
        code: "E_DATA",
        message: `dataset: expected 400 subjects, one a row, found ${subjects.length}.`,
      });
  });

  it("serves a sequence of single and batch requests, every certificate true", async () => {
    let model = await fit(syntheticDataset(), options);
    for (const request of [
      { rows: [3] },
      { subjects: ["person-0@example.com"] },
      { rows: [100, 120, 140, 160] },
    ]) {
      const result = await model.forget(request, { signer });
      expect(verify(result.certificate as never, { publicKey: signer.publicKey }).issues).toEqual([]);
      model = result.model;
    }
    expect(model.timeline.requestCount).toBe(3);
    expect(model.timeline.deletedCount).toBe([...model.state.forgotten.rows()].length);
  });

  it("replaces records where asked to", async () => {
    const model = await fit(syntheticDataset(), { ...options, deletion: "replace" });
    const slot = model.state.slotOfRow[5]!;
    const before = await model.readSlot(slot);
    const result = await model.forget({ rows: [5] }, { signer });
    const after = await result.model.readSlot(slot);
    expect(after.features).not.toEqual(before.features);
    expect(Math.hypot(...after.features)).toBeGreaterThan(0.99);
    expect(Math.hypot(...after.features)).toBeLessThanOrEqual(1);
    expect(verify(result.certificate as never, { publicKey: signer.publicKey }).ok).toBe(true);
  });

  it("empties the slots it forgets", async () => {
    const model = await fit(syntheticDataset(), options);
    const slot = model.state.slotOfRow[5]!;
    const { model: next } = await model.forget({ rows: [5] });
    expect([...(await next.readSlot(slot)).features].every((v) => v === 0)).toBe(true);
  });

  it.each([
    ["multiclass" as const, undefined, 0.7],
    ["regression" as const, undefined, 0.5],
    ["binary" as const, "smoothedHinge" as const, 0.85],
  ])("handles %s labels (objective %s)", async (task, objective, atLeast) => {
    const dataset = syntheticDataset({ task });
    const model = await fit(dataset, {
      ...options,
      epochs: 20,
      maxSteps: 1e5,
      ...(objective ? { objective } : {}),
    });
    expect(model.score(dataset)).toBeGreaterThan(atLeast);
    const result = await model.forget({ rows: [1, 2] }, { signer });
    expect(verify(result.certificate as never, { publicKey: signer.publicKey }).issues).toEqual([]);
  });

  it("stands as it was after an abort in mid-forget", async () => {
    const dataset = syntheticDataset({ rowCount: 2000, featureCount: 40 });
    const isPaper = noise === "every-step";
    const model = await fit(dataset, {
      ...options,
      ...(isPaper ? { sigma: kernel === "float32" ? 1e-3 : 1e-4 } : {}),
      maxSteps: 1e6,
    });
    const slot = model.state.slotOfRow[0]!;
    const before = await model.readSlot(slot);
    const weights = model.weights;
    const controller = new AbortController();
    const forgetting = model.forget(
      { rows: [0, 1, 2] },
      { ...(isPaper ? {} : { steps: 1e5 }), signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(forgetting).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(model.isSuperseded).toBe(false);
    expect(model.weights).toEqual(weights);
    expect(await model.readSlot(slot)).toEqual(before);
    expect((await model.forget({ rows: [0] })).rowCount).toBe(1);
  });

  it.each(["tombstone", "replace"] as const)(
    "can be seeded: the same weights again, and another seed others (%s)",
    async (deletion) => {
      const dataset = syntheticDataset({ rowCount: 100 });
      const weights = async (seed?: number) => {
        const model = await fit(dataset, {
          ...options,
          maxSteps: 200,
          deletion,
          ...(seed === undefined ? {} : { seed }),
        });
        const { model: forgetful } = await model.forget({ rows: [0, 7] });
        return [model.weights, forgetful.weights];
      };
      expect(await weights(1)).toEqual(await weights(1));
      expect(await weights(2)).not.toEqual(await weights(1));
      expect(await weights()).not.toEqual(await weights());
    },
  );
});

describe("a request", () => {
  it("for somebody forgotten before gets the earlier certificate again and changes nothing", async () => {
    const model = await fit(syntheticDataset(), base);
    const first = await model.forget({ subjects: ["person-0@example.com"] });
    const again = await first.model.forget({ subjects: ["person-0@example.com"] });
    expect(again.model).toBe(first.model);
    expect(again.certificate).toBeNull();
    expect(again.earlierCertificates).toEqual([first.certificateId]);
    const byRow = await first.model.forget({ rows: [0] });
    expect(byRow.earlierCertificates).toEqual([first.certificateId]);
  });

  it("that names a person any number of times takes their rows once", async () => {
    const model = await fit(syntheticDataset(), base);
    const owned = model.state.index.rows(
      model.state.index.keyOf("person-0@example.com"),
      model.state.forgotten,
    );
    const subjects = Array<string>(600).fill("person-0@example.com");
    const { rowCount, certificate, receipts, model: next } = await model.forget({ subjects }, { signer });
    expect(rowCount).toBe(owned.length);
    expect(receipts?.count).toBe(1);
    expect(next.timeline.deletedCount).toBe(owned.length);
    const { statement } = verify(certificate as never, { publicKey: signer.publicKey });
    expect(statement?.predicate.request).toMatchObject({ rowCount: owned.length, subjects: { count: 1 } });
  });

  it("with an id that is no text is refused by its place and kind", async () => {
    const model = await fit(syntheticDataset(), base);
    for (const [id, kind] of [
      [5, 'number. Give ids as texts, such as "12"'],
      [null, "null"],
      [undefined, "undefined"],
      [{}, "object"],
    ] as const)
      await expect(model.forget({ subjects: ["person-0@example.com", id as never] })).rejects.toMatchObject({
        code: "E_OPTION",
        message: `Expected subjects[1] to be a text, found ${kind}.`,
      });
    const corrected = model.correct({ subject: 7, to: syntheticDataset() } as never);
    await expect(corrected).rejects.toThrow(
      /^Expected subject to be a text, found number\. Give ids as texts/,
    );
    const asRow = await errorOf("E_UNKNOWN_SUBJECT", () => model.forget({ rows: ["person-0"] as never }));
    expect(JSON.stringify([asRow.message, asRow.details])).not.toMatch(/person-0/);
    expect(asRow.message).toMatch(/^Expected rows\[0\], a string, to be an integer in/);
    expect(model.isSuperseded).toBe(false);
  });

  it("with a key that is unknown is refused by its name", async () => {
    const model = await fit(syntheticDataset(), base);
    const to = syntheticDataset();
    const request = { subjects: ["person-1"], row: [7] };
    const options = { maxnoise: 1 };
    const calls: readonly [string, () => unknown][] = [
      ["row", () => model.forget(request, { signer })],
      ["row", () => model.preview(request)],
      ["row", () => model.correct({ rows: [7], to, row: [7] } as CorrectRequest)],
      ["row", () => model.preview({ rows: [7], to, row: [7] } as CorrectRequest)],
      ["maxnoise", () => model.forget({ subjects: ["person-1"] }, options as ForgetOptions)],
      ["maxnoise", () => model.preview({ subjects: ["person-1"] }, options as ForgetOptions)],
      ["maxnoise", () => model.correct({ rows: [7], to }, options as ForgetOptions)],
      ["maxnoise", () => model.learn(to, options as LearnOptions)],
      ["maxnoise", () => model.previewLesson(to, options as LearnOptions)],
    ];
    for (const [key, call] of calls)
      expect((await errorOf("E_OPTION", call)).message).toMatch(`Unknown key "${key}" in `);
    await errorOf("E_OPTION", () => model.forget(undefined as never));
    expect(model.isSuperseded).toBe(false);
  });

  it("that names a stranger changes nothing and does not repeat the name", async () => {
    const model = await fit(syntheticDataset(), base);
    const error = await model
      .forget({ subjects: ["person-0@example.com", "nobody@example.com"] })
      .catch((e) => e);
    expect(error).toMatchObject({ code: "E_UNKNOWN_SUBJECT", details: { index: 1 } });
    expect(error.message).toContain("subjects[1]");
    expect(error.message).not.toContain("nobody@");
    expect(model.isSuperseded).toBe(false);
    await expect(model.forget({ rows: [400] })).rejects.toThrow(
      /rows\[0\] = 400 to be an integer in \[0, 399\]/,
    );
    await expect(model.forget({ rows: [] })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(model.forget({ rows: [1], subjects: ["a"] } as never)).rejects.toMatchObject({
      code: "E_OPTION",
    });
  });

  it("that cannot be certified names what could be, and changes nothing (noise at every step)", async () => {
    const model = await fit(syntheticDataset(), { ...everyStep, sigma: 1e-3, maxSteps: 30 });
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const error = await model.forget({ rows }).catch((e) => e);
    expect(error.code).toBe("E_INFEASIBLE");
    const { epsilonWithinMaxSteps, rowsWithinMaxSteps, stepsNeeded } = error.details;
    expect(stepsNeeded).toBeGreaterThan(30);
    expect(rowsWithinMaxSteps).toBeLessThan(60);
    if (rowsWithinMaxSteps > 0) {
      const preview = await model.preview({ rows: rows.slice(0, rowsWithinMaxSteps) });
      expect(preview.steps).toBeLessThanOrEqual(30);
    }
    expect(epsilonWithinMaxSteps).toBeGreaterThan(1);
  });

  it("that cannot be certified within the noise allowed names the noise that it takes (noise on release)", async () => {
    const model = await fit(syntheticDataset(), { ...onRelease, maxNoise: 1e-3, maxSteps: 30 });
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const error = await model.forget({ rows }).catch((e) => e);
    expect(error.code).toBe("E_INFEASIBLE");
    const { noiseWithinMaxSteps, stepsNeeded } = error.details;
    expect(stepsNeeded).toBeGreaterThan(30);
    const served = await model.forget({ rows }, { maxNoise: noiseWithinMaxSteps * 1.001 });
    expect(served.steps).toBeLessThanOrEqual(30);
    expect(served.proof?.epsilon).toBeLessThanOrEqual(1);
  });

  it("chooses its steps or its noise (noise on release)", async () => {
    const model = await fit(syntheticDataset(), base);
    const few = await model.forget({ rows: [1] }, { steps: 3 });
    expect(few.steps).toBe(3);
    const quiet = await few.model.forget({ rows: [2] }, { maxNoise: 0.05 });
    expect(quiet.noise).toBeLessThanOrEqual(0.05);
    expect(quiet.steps).toBeGreaterThan(3);
    await expect(quiet.model.forget({ rows: [3] }, { steps: 3, maxNoise: 1 })).rejects.toThrow(/not both/);
    const paper = await fit(syntheticDataset(), everyStep);
    await expect(paper.forget({ rows: [3] }, { steps: 3 })).rejects.toThrow(/on-release/);
  });

  it("skips unknown subjects where asked to, and says which", async () => {
    const model = await fit(syntheticDataset(), base);
    const subjects = ["nobody", "person-0@example.com", "person-0@example.com", "no-one"];
    const result = await model.forget({ subjects, unknown: "skip" }, { signer });
    expect(result.unknown).toEqual([0, 3]);
    expect(result.receipts?.count).toBe(1);
    expect(verify(result.certificate as never, { publicKey: signer.publicKey }).issues).toEqual([]);
  });

  it("gives each subject a salt and a proof of its own", async () => {
    const dataset = syntheticDataset();
    const ids = [...new Set(dataset.subjects)].slice(0, 5);
    const { certificate, receipts } = await (await fit(dataset, base)).forget({ subjects: ids }, { signer });
    const salts = new Set<string>();
    for (const { id, receipt } of receipts ?? []) {
      salts.add(receipt.salt);
      const subject = { id, salt: receipt.salt, proof: receipt.proof };
      const check = (given: typeof subject) =>
        verify(certificate as never, { publicKey: signer.publicKey, subject: given }).ok;
      expect(check(subject)).toBe(true);
      for (const other of ids) if (other !== id) expect(check({ ...subject, id: other })).toBe(false);
    }
    expect(salts.size).toBe(5);
    expect(receipts?.of("person-0@example.com")?.certificateId).toBe(receipts?.certificateId);
    expect(receipts?.of("nobody")).toBeNull();
  });

  it("counts a subject whose rows went one by one as forgotten", async () => {
    const dataset = syntheticDataset();
    const rows = dataset.subjects?.flatMap((s, i) => (s === "person-0@example.com" ? [i] : [])) as number[];
    const { model, certificateId } = await (await fit(dataset, base)).forget({ rows });
    const again = await model.forget({ subjects: ["person-0@example.com"] });
    expect(again.earlierCertificates).toEqual([certificateId]);
  });

  it("cannot go on from a superseded model, nor while another runs", async () => {
    const model = await fit(syntheticDataset(), base);
    const running = model.forget({ rows: [1] });
    await expect(model.forget({ rows: [2] })).rejects.toMatchObject({ code: "E_LOCKED" });
    const { model: next } = await running;
    await expect(model.forget({ rows: [2] })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    expect(model.predict([[1, 0, 0, 0, 0, 0]]).length).toBe(1);
    expect(next.isSuperseded).toBe(false);
  });

  it("states everything released where every step has noise, and no bound where releases alone have", async () => {
    const paper = await fit(syntheticDataset(), everyStep);
    const first = await paper.forget({ rows: [1] }, { signer });
    const second = await first.model.forget({ rows: [2] }, { signer });
    const { statement } = verify(second.certificate as never, { publicKey: signer.publicKey });
    const { disclosure, erasure } = (statement as Statement).predicate;
    expect(disclosure?.mu).toBeGreaterThan(erasure.mu);
    // The very numbers of the certificate, without a limit as with one.
    expect(disclosure).toMatchObject(writtenDisclosure(second.model));
    const ordinary = await fit(syntheticDataset(), onRelease);
    expect(ordinary.privacy()).toBeNull();
    const served = await ordinary.forget({ rows: [1] }, { signer });
    const check = verify(served.certificate as never, { publicKey: signer.publicKey });
    expect((check.statement as Statement).predicate.disclosure).toBeNull();
    expect(check.holds).toMatchObject({ against: "independent" });
  });
});

/** As a certificate writes it: null where nothing bounds epsilon. */
function writtenDisclosure(model: Model): object {
  const { mu, epsilon, delta } = model.disclosure() as Proof;
  return { mu, epsilon: Number.isFinite(epsilon) ? epsilon : null, delta };
}

describe("a policy", () => {
  const adaptive: FitOptions = {
    ...shared,
    requesters: "adaptive",
    adaptiveEpsilon: 8,
    requests: 3,
    rowsPerRequest: 4,
  };

  it("for adaptive requesters holds its limit, and releases nothing beyond it", async () => {
    let model = await fit(syntheticDataset(), { ...adaptive, epsilon: 0.5, sigma: 0.2 });
    const limit = { epsilon: 8, delta: 1e-4, against: "adaptive" };
    let refused: unknown = null;
    for (let row = 0; row < 40 && refused === null; row++) {
      const result = await model.forget({ rows: [10 * row] }, { signer }).catch((error) => error);
      if (result instanceof Error) refused = result;
      else {
        expect(result.holds).toEqual(limit);
        const { holds, statement } = verify(result.certificate, { publicKey: signer.publicKey });
        expect(holds).toEqual(limit);
        model = result.model;
        expect(statement?.predicate.disclosure).toMatchObject(writtenDisclosure(model));
      }
    }
    expect(refused).toMatchObject({ code: "E_INFEASIBLE" });
    expect(model.timeline.requestCount).toBeGreaterThanOrEqual(3);
    expect(model.disclosure()?.epsilon).toBeLessThanOrEqual(8);
  });

  it("cannot be chosen where nothing would be proved", async () => {
    const dataset = syntheticDataset();
    await expect(fit(dataset, { requesters: "adaptive" })).rejects.toThrow(/adaptiveEpsilon/);
    await expect(fit(dataset, { ...adaptive, noise: "on-release" })).rejects.toThrow(/every-step/);
    await expect(fit(dataset, { adaptiveEpsilon: 1 })).rejects.toThrow(/only with requesters = "adaptive"/);
    await expect(fit(dataset, { noise: "on-release", sigma: 1 })).rejects.toThrow(/sigma: only with/);
    await expect(fit(dataset, { ...adaptive, rowsPerRequest: 1 })).rejects.toThrow(
      /rowsPerRequest = 1 to be at least/,
    );
  });

  it("of a seeded run certifies nothing", async () => {
    const { holds, certificate } = await (await fit(syntheticDataset(), { ...base, seed: 1 })).forget(
      { rows: [1] },
      { signer },
    );
    expect(holds).toBeNull();
    const check = verify(certificate as never, { publicKey: signer.publicKey });
    expect([check.ok, check.holds]).toEqual([false, null]);
  });
});

describe("all requests of one model", () => {
  it("cost no more memory than the first ones", async () => {
    let model = await fit(syntheticDataset(), { ...base, l2: 0.1, maxNoise: 2 });
    for (let row = 0; row < 350; row++) model = (await model.forget({ rows: [row] }, { signer })).model;
    expect(model.timeline.requestCount).toBe(350);
    expect(JSON.stringify(model.timeline).length).toBeLessThan(20_000);
  });
});

describe("a preview", () => {
  it("foretells the steps and the claim, and changes nothing", async () => {
    const dataset = syntheticDataset();
    const model = await fit(dataset, base);
    const weights = model.weights;
    const preview = await model.preview({ subjects: ["person-0@example.com"] }, { evaluateOn: dataset });
    expect(Math.abs(preview.expectedScoreChange as number)).toBeLessThan(0.2);
    expect(preview.gradientEvaluations).toBe(preview.steps * 20);
    expect(preview.retrainSteps).toBe(100);
    expect(model.weights).toEqual(weights);
    const result = await model.forget({ subjects: ["person-0@example.com"] });
    expect(result.steps).toBe(preview.steps);
    expect(result.proof?.epsilon).toBe(preview.epsilon);
    expect(preview.holds).toEqual(result.holds);
    expect(preview.trades.filter(({ isChosen }) => isChosen).length).toBe(1);
    const noises = preview.trades.map(({ noise }) => noise);
    expect(noises).toEqual([...noises].sort((a, b) => b - a));
    expect(preview.score).toBeGreaterThan(0.8);
    expect((await result.model.preview({ rows: [0] })).earlierCertificates.length).toBe(1);
  });
});

describe("fit", () => {
  it("refuses what is no data set", async () => {
    for (const none of [undefined, null, "data.csv"])
      expect((await errorOf("E_OPTION", () => fit(none as never))).message).toMatch(/^Expected a data set/);
  });

  const dataset = syntheticDataset({ rowCount: 50 });

  it("chooses noise that serves the planned requests within their steps", async () => {
    const model = await fit(dataset, {
      epsilon: 1,
      delta: 1e-3,
      epochs: 4,
      batchSize: 5,
      unlearnSteps: 10,
      requests: 8,
    });
    let current = model;
    for (let request = 0; request < 8; request++) {
      // The row that the plan reckoned with: one of the batch visited last, as far as there are any left in it.
      const { slotOfRow, forgotten } = current.state;
      const age = (row: number): number =>
        (current.timeline.steps - 1 - Math.floor(slotOfRow[row]! / 5) + 1000) % 10;
      const left = Array.from({ length: 50 }, (_, row) => row).filter((row) => !forgotten.hasRow(row));
      const row = left.reduce((a, c) => (age(c) < age(a) ? c : a));
      const result = await current.forget({ rows: [row] });
      expect(result.steps).toBeLessThanOrEqual(10);
      current = result.model;
    }
  });

  it("refuses rows longer than 1 and numbers that are none, however the data set was made", async () => {
    const long = { ...dataset, features: Float32Array.from(dataset.features, (v) => v * 1.01) } as Dataset;
    await expect(fit(long, base)).rejects.toMatchObject({ code: "E_ASSUMPTION" });
    const broken = {
      ...dataset,
      features: dataset.features.map((v, i) => (i === 3 ? Number.NaN : v)),
    } as Dataset;
    await expect(fit(broken, base)).rejects.toThrow(/Row 0/);
    const unlabelled = {
      ...dataset,
      labels: dataset.labels.map((v, i) => (i === 3 ? Number.NaN : v)),
    } as Dataset;
    await expect(fit(unlabelled, base)).rejects.toThrow(/Row 3: expected a finite label/);
    const short = { ...dataset, features: dataset.features.slice(0, -1) } as Dataset;
    const last = dataset.rowCount - 1;
    await expect(fit(short, base)).rejects.toThrow(new RegExp(`Row ${last}: expected \\d+ features`));
  });

  it("refuses what the theory does not allow, and options that contradict or do not exist", async () => {
    await expect(fit(dataset, { ...base, eta: 100 })).rejects.toThrow(/eta = 100/);
    await expect(fit(dataset, { ...shared, sigma: 0 })).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(fit(dataset, { ...everyStep, unlearnSteps: 4 })).rejects.toThrow(/not both/);
    await expect(fit(dataset, { ...base, maxNoise: 0 })).rejects.toThrow(/maxNoise = 0/);
    await expect(fit(dataset, { ...base, objective: "softmax" })).rejects.toThrow(/multiclass/);
    await expect(fit(dataset, { ...base, sgima: 1 } as never)).rejects.toThrow(
      /^Unknown key "sgima" in the options of fit\. Known: .*sigma/,
    );
    await expect(fit(dataset, { ...base, batchSize: 51 })).rejects.toThrow(/batchSize = 51/);
    const classes = syntheticDataset({ task: "multiclass", rowCount: 50 });
    await expect(fit(classes, { ...base, clip: 0.5 })).rejects.toMatchObject({ code: "E_ASSUMPTION" });
  });

  it("refuses options of predict and evaluate that do not exist", async () => {
    const model = await fit(dataset, base);
    const mistyped = { treshold: 0.3 } as never;
    const unknown = (call: string) => ({
      code: "E_OPTION",
      message: `Unknown key "treshold" in the options of ${call}. Known: threshold.`,
    });
    expect(() => model.predict(dataset, mistyped)).toThrow(expect.objectContaining(unknown("predict")));
    expect(() => model.predictNames(dataset, mistyped)).toThrow(expect.objectContaining(unknown("predict")));
    expect(() => model.evaluate(dataset, mistyped)).toThrow(expect.objectContaining(unknown("evaluate")));
    const said = { task: "binary", labelNames: ["no", "yes"], labels: [1], outputs: [1] } as const;
    expect(() => evaluatePredictions({ ...said, ...(mistyped as object) })).toThrow(
      /Unknown key "treshold" in predictions\. Known: task, .*, threshold\./,
    );
    model.dispose();
  });

  it("clips where asked, which lowers the sensitivity", async () => {
    const model = await fit(dataset, { ...base, clip: 0.5, maxSteps: 1e4 });
    expect(model.plan.process.lipschitz).toBe(0.5);
    expect((await model.forget({ rows: [1] }, { signer })).certificate).not.toBeNull();
  });

  it("trains without regularisation too, where only noise forgets", async () => {
    const model = await fit(dataset, { ...everyStep, l2: 0, sigma: 0.2, maxSteps: 1e6 });
    expect(model.plan.process.contraction).toBe(1);
    const { certificate } = await model.forget({ rows: [1] }, { signer });
    expect(verify(certificate as never, { publicKey: signer.publicKey }).ok).toBe(true);
  });

  it("projects on a ball where asked", async () => {
    const model = await fit(dataset, { ...everyStep, radius: 0.3, maxSteps: 1e4 });
    expect(Math.hypot(...model.weights)).toBeLessThanOrEqual(0.3);
    const { certificate } = await model.forget({ rows: [1] }, { signer });
    expect(verify(certificate as never, { publicKey: signer.publicKey }).issues).toEqual([]);
  });

  it("reports progress and heeds an abort", async () => {
    const seen: number[] = [];
    await fit(dataset, { ...base, onProgress: ({ stepsDone }) => seen.push(stepsDone) });
    expect(seen.at(-1)).toBe(15);
    await expect(fit(dataset, { ...base, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "E_ABORTED",
    });
  });
});
