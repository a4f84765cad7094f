import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { privacyOfLearning } from "../accounting/privacy-of-learning.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import type { Dataset } from "../data/dataset.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { batchCountOf } from "../records/training-plan.js";
import { fit } from "./fit.js";
import type { Model } from "./model.js";
import type { FitOptions } from "./options.js";
import type { Preview } from "./preview.js";
import { createPlanKernel } from "./process-kernel.js";
import { readRows } from "./read-rows.js";

const shared = { epsilon: 1, delta: 1e-4, epochs: 5, batchSize: 20, l2: 0.02 } as const;
const everyStep: FitOptions = { ...shared, sigma: 0.01, maxSteps: 1e4 };
const onRelease: FitOptions = { ...shared, maxNoise: 0.5, maxSteps: 1e4 };
const signer = createSigner();
const { publicKey } = signer;

const statementOf = (certificate: Envelope | null): Statement =>
  JSON.parse(Buffer.from((certificate as Envelope).payload, "base64").toString()) as Statement;

/** Rows of other people, or of those named. */
function people(
  rowCount: number,
  seed: number,
  subjects?: readonly string[],
  task?: Dataset["task"],
): Dataset {
  const drawn = syntheticDataset({ rowCount, seed, ...(task ? { task } : {}) });
  return { ...drawn, subjects: subjects ?? drawn.subjects?.map((id) => `${seed}-${id}`) ?? null };
}

/** What a preview and the request itself both say. */
const costIn = ({ steps, noise, holds }: Preview) => ({ steps, noise, holds });

const slotsInUse = ({ state }: Model): number[] =>
  [...state.slotOfRow].filter((_, row) => !state.forgotten.hasRow(row));

describe.each([
  { kernel: "reference", noise: "on-release" },
  { kernel: "float64", noise: "on-release" },
  { kernel: "float64", noise: "every-step" },
  { kernel: "float32", noise: "every-step" },
] as const)("a living model on the $kernel kernel with noise $noise", ({ kernel, noise }) => {
  const options: FitOptions = { ...(noise === "on-release" ? onRelease : everyStep), kernel };

  it("takes people in, lets them go, corrects rows and takes people in again; every certificate is true", async () => {
    let model = await fit(syntheticDataset({ rowCount: 197 }), options);
    const certificates: (Envelope | null)[] = [];
    for (let month = 1; month <= 3; month++) {
      const learned = await model.learn(people(9, 100 + month), { epochs: 1 });
      model = learned.model;
      expect(new Set(slotsInUse(model)).size).toBe(slotsInUse(model).length);
      const leaving = { rows: [month, learned.rows[0] as number] };
      const expected = await model.preview(leaving);
      const left = await model.forget(leaving, { signer });
      expect(left).toMatchObject(costIn(expected));
      certificates.push(left.certificate);
      model = left.model;
      const to = people(2, 200 + month, null as never);
      const rows = [50 + month, learned.rows[1] as number];
      const correction = { rows, to: { ...to, subjects: null } };
      const foreseen = await model.preview(correction);
      const corrected = await model.correct(correction, { signer });
      expect(corrected).toMatchObject(costIn(foreseen));
      certificates.push(corrected.certificate);
      model = corrected.model;
      expect(corrected.rows).toEqual([model.description.rowCount - 2, model.description.rowCount - 1]);
    }
    const id = "104-person-0@example.com";
    const first = await model.learn(people(3, 104, [id, id, id]), { steps: 12 });
    const gone = await first.model.forget({ subjects: [id] }, { signer });
    expect(gone.rowCount).toBe(3);
    const again = await gone.model.learn(people(2, 105, [id, id]), { steps: 12 });
    const goneAgain = await again.model.forget({ subjects: [id] }, { signer });
    expect(goneAgain.rowCount).toBe(2);
    const asked = await goneAgain.model.forget({ subjects: [id] }, { signer });
    expect(asked.earlierCertificates).toEqual([goneAgain.certificateId]);
    certificates.push(gone.certificate, goneAgain.certificate);
    for (const certificate of certificates) {
      expect(verify(certificate as Envelope, { publicKey }).issues).toEqual([]);
      expect(statementOf(certificate).predicate.lives).toBeDefined();
    }
    const chain = certificates as Envelope[];
    const last = goneAgain.model;
    const { subject } = statementOf(goneAgain.certificate);
    expect(
      verify(chain[0] as Envelope, { publicKey, chain: chain.slice(1), model: subject[0].digest.sha256 })
        .issues,
    ).toEqual([]);
    expect(last.timeline.lives?.lessonCount).toBe(5);
    expect(last.timeline.lives?.joinedCount).toBe(27 + 6 + 5);
    expect(last.description.rowCount).toBe(197 + 27 + 6 + 5);
    expect(last.timeline.deletedCount).toBe(6 + 6 + 5);
  });
});

describe("learning", () => {
  it("fills free slots first, and the cycle grows where there are too few", async () => {
    const trained = await fit(syntheticDataset({ rowCount: 196 }), onRelease);
    const { model: emptied } = await trained.forget({ rows: [3, 7] }, { signer });
    const free = new Set([196, 197, 198, 199, emptied.state.slotOfRow[3], emptied.state.slotOfRow[7]]);
    const { model: full } = await emptied.learn(people(6, 5), { steps: 1 });
    expect(new Set(full.state.slotOfRow.slice(196))).toEqual(free);
    expect(batchCountOf(full)).toBe(10);
    const { model: grown } = await full.learn(people(21, 6), { steps: 1 });
    expect(batchCountOf(grown)).toBe(12);
    expect(grown.timeline.lives?.phases).toEqual([
      { from: 0, batchCount: 10 },
      { from: full.timeline.steps, batchCount: 12 },
    ]);
    expect(Math.max(...grown.state.slotOfRow)).toBeGreaterThanOrEqual(220);
  });

  it("draws slots at random, and from a seed the same again", async () => {
    const slots = async (options: FitOptions): Promise<string> => {
      const model = await fit(syntheticDataset({ rowCount: 190 }), options);
      const { state } = (await model.learn(people(5, 5), { steps: 1 })).model;
      return state.slotOfRow.slice(190).join();
    };
    const seeded = { ...onRelease, seed: "places" };
    expect(await slots(seeded)).toBe(await slots(seeded));
    const drawn = new Set<string>();
    for (let i = 0; i < 4; i++) drawn.add(await slots(onRelease));
    expect(drawn.size).toBeGreaterThan(1);
  });

  it("goes on with the same bits whether many newcomers find free slots or few at a time do", async () => {
    const seeded = { ...onRelease, seed: "many" };
    const emptied = async (): Promise<Model> => {
      const model = await fit(syntheticDataset({ rowCount: 1000 }), seeded);
      const rows = Array.from({ length: 700 }, (_, row) => row);
      return (await model.forget({ rows }, { signer })).model;
    };
    const { model } = await (await emptied()).learn(people(600, 5), { steps: 3 });
    expect(batchCountOf(model)).toBe(50);
    const other = await emptied();
    // The same rows in the same slots, one by one and before any step.
    const { state } = model;
    const kernel = await createPlanKernel(state.plan, await readRows(other));
    for (const slot of state.slotOfRow.slice(1000)) kernel.writeSlot(slot, await model.readSlot(slot));
    const weights = Float64Array.from(other.weights);
    kernel.advance(weights, other.timeline.steps + 1, 3, null);
    expect(model.weights).toEqual(weights);
  });

  it("is training on: newcomers of a kind that the model did not know are predicted", async () => {
    const line = (rowCount: number, sign: number, axis: number): Dataset => {
      const all = syntheticDataset({ rowCount });
      const features = new Float32Array(rowCount * 6);
      const labels = new Float32Array(rowCount);
      for (let row = 0; row < rowCount; row++) {
        labels[row] = row % 2 === 0 ? 1 : -1;
        features[row * 6 + axis] = sign * labels[row]! * 0.9;
      }
      return { ...all, features, labels };
    };
    const model = await fit(line(200, 1, 0), { ...onRelease, epochs: 20 });
    const newcomers = line(100, 1, 3);
    const before = model.loss(newcomers);
    const { model: after } = await model.learn(newcomers, { epochs: 20 });
    expect(before).toBeCloseTo(Math.log(2), 3);
    expect(after.loss(newcomers)).toBeLessThan(0.8 * before);
    expect(after.score(newcomers)).toBe(1);
  });

  it("leaves the model as it was where it fails or is stopped", async () => {
    for (const rowCount of [3, 40]) {
      const model = await fit(syntheticDataset({ rowCount: 190 }), onRelease);
      const controller = new AbortController();
      const learning = model.learn(people(rowCount, 5), {
        epochs: 2000,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await expect(learning).rejects.toMatchObject({ code: "E_ABORTED" });
      for (const slot of [190, 199]) expect((await model.readSlot(slot)).label).toBe(0);
      const { model: next } = await model.learn(people(rowCount, 5), { steps: 3 });
      expect(model.isSuperseded).toBe(true);
      await expect(model.learn(people(1, 6))).rejects.toMatchObject({ code: "E_SUPERSEDED" });
      expect(next.timeline.steps).toBe(model.timeline.steps + 3);
    }
  });

  it("says beforehand what it takes", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), onRelease);
    const preview = model.previewLesson(people(15, 5), { epochs: 2 });
    expect(preview).toEqual({
      rowCount: 15,
      steps: 22,
      gradientEvaluations: 440,
      batchCountBefore: 10,
      batchCountAfter: 11,
    });
    const { steps } = await model.learn(people(15, 5), { epochs: 2 });
    expect(steps).toBe(22);
  });

  it("refuses rows that do not fit, naming what differs, and counts that are none", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190, task: "multiclass" }), onRelease);
    const rows = people(4, 5, undefined, "multiclass");
    const refused = (given: Partial<Dataset>) => expect(model.learn({ ...rows, ...given })).rejects;
    await refused({ featureCount: 3, rowCount: 8 }).toThrow(/expected features a row 6, found 3/);
    await refused({ schemaDigest: "0".repeat(64) }).toThrow(/schema/);
    await refused({ scaling: { kind: "clip", intercept: 0 } }).toThrow(/clip/);
    await refused({ subjects: null }).toThrow(/owners/);
    // Else the rows of those who join next would be taken for somebody else's.
    for (const subjects of [["Bea"], ["Bea", "Carl", "Dora", "Emil", "Fred"]])
      await refused({ subjects }).toMatchObject({
        code: "E_DATA",
        message: `rows: expected 4 subjects, one a row, found ${subjects.length}.`,
      });
    await refused({ task: "binary" }).toThrow(/task/);
    await refused({ labelNames: ["a", "b", "d"], labels: Float32Array.of(0, 1, 2, 2) }).toThrow(/label/);
    await refused({ labels: Float32Array.of(0, 1, 7, 2) }).toMatchObject({ code: "E_DOMAIN" });
    await refused({ features: rows.features.map((x) => 2 * x) }).toThrow(/norm at most 1/);
    await refused({ rowCount: 0 }).toThrow(/at least one row/);
    await expect(model.learn(rows, { epochs: 1, steps: 1 })).rejects.toThrow(/not both/);
    await expect(model.learn(rows, { steps: 0 })).rejects.toThrow(/at least 1/);
    // Classes are known by name.
    const { model: next } = await model.learn({ ...rows, labelNames: ["c", "b", "a"] }, { steps: 1 });
    const slot = next.state.slotOfRow[190] as number;
    expect((await next.readSlot(slot)).label).toBe(2 - (rows.labels[0] as number));
  });

  it("refuses newcomers without an id as the model compares ids, naming the row", async () => {
    const trained = { ...syntheticDataset({ rowCount: 190 }), subjectForm: "NFC-trim-lower-case" } as const;
    const model = await fit(trained, onRelease);
    // Two people whose ids say something only where spaces and invisible marks count.
    const rows = people(3, 5, ["Bea", "\u200b", " "]);
    const refused = {
      code: "E_DATA",
      message: "rows: row 2: expected a subject id (a text that is not empty), found none.",
    };
    expect(() => model.previewLesson(rows)).toThrow(expect.objectContaining(refused));
    await expect(model.learn(rows, { steps: 1 })).rejects.toMatchObject(refused);
    const { model: next } = await model.learn(people(1, 6, [" BEA "]), { steps: 1 });
    expect((await next.preview({ subjects: ["bea"] })).rowCount).toBe(1);
    next.dispose();
  });

  it("takes values in their own units, however they were scaled", async () => {
    const trained = syntheticDataset({ rowCount: 190, task: "regression" });
    const model = await fit({ ...trained, labelScaling: { centre: 40, scale: 8 } }, onRelease);
    const rows = people(1, 5, undefined, "regression");
    const given = { ...rows, labels: Float32Array.of(2), labelScaling: { centre: 50, scale: 4 } };
    const { model: next } = await model.learn(given, { steps: 1 });
    expect((await next.readSlot(next.state.slotOfRow[190] as number)).label).toBe((50 + 4 * 2 - 40) / 8);
  });

  it("keeps to releases at the ends of epochs", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), { ...everyStep, releaseAt: "epoch" });
    await expect(model.learn(people(15, 5), { steps: 4 })).rejects.toThrow(/epoch/);
    const { model: next } = await model.learn(people(15, 5), { epochs: 2 });
    expect(next.timeline.steps % 11).toBe(0);
    const { model: after } = await next.forget({ rows: [194] }, { signer });
    expect(after.timeline.steps % 11).toBe(0);
  });

  it("counts as a release of everything, and stops at the limit", async () => {
    const limit: FitOptions = {
      ...shared,
      requesters: "adaptive",
      adaptiveEpsilon: 4,
      rowsPerRequest: 4,
      requests: 2,
      unlearnSteps: 10,
    };
    let model = await fit(syntheticDataset({ rowCount: 190 }), limit);
    const before = model.disclosure()?.mu as number;
    ({ model } = await model.learn(people(12, 5), { steps: 5 }));
    expect(model.disclosure()?.mu).toBeGreaterThan(before);
    expect(model.timeline.releaseCount).toBe(2);
    await expect(model.learn(people(5, 6, ["x", "x", "x", "x", "x"]), { steps: 1 })).rejects.toThrow(
      /rowsPerRequest/,
    );
    const endless = async (): Promise<void> => {
      for (let i = 0; i < 400; i++) ({ model } = await model.learn(people(1, 300 + i), { steps: 5 }));
    };
    await expect(endless()).rejects.toMatchObject({ code: "E_INFEASIBLE" });
    expect(model.disclosure()?.epsilon).toBeLessThanOrEqual(4);
  });

  it("leaves the privacy of those in use as it was where the cycle has not grown", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), everyStep);
    const { model: next } = await model.learn(people(5, 5), { epochs: 1 });
    const { plan, timeline } = next;
    const { sigma } = plan.noise as { sigma: number };
    const { process, target } = plan;
    const { mu } = privacyOfLearning({ process, sigma, steps: timeline.steps, delta: target.delta });
    expect(next.privacy()?.mu).toBe(mu);
  });

  it("tells of the privacy of people in use, newcomers among them", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), everyStep);
    const { model: next } = await model.learn(people(15, 5), { epochs: 1 });
    expect(next.privacy()?.mu).toBeGreaterThan(0);
    expect(next.privacy()?.mu).toBeLessThan(1.2 * (model.privacy()?.mu as number));
  });
});

describe("correcting", () => {
  it("puts the new record in the old one's slot, for the same owner, and covers the old one", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), onRelease);
    const subject = "one@example.com";
    const { model: joined, rows } = await model.learn(people(1, 7, [subject]), { steps: 5 });
    const to = people(1, 8, [subject]);
    const preview = await joined.preview({ subject, to });
    const result = await joined.correct({ subject, to }, { signer });
    expect(preview.steps).toBe(result.steps);
    const [old, fresh] = [rows[0] as number, result.rows[0] as number];
    const { state } = result.model;
    expect(state.slotOfRow[fresh]).toBe(state.slotOfRow[old]);
    const { features } = await result.model.readSlot(state.slotOfRow[fresh] as number);
    expect([...features]).toEqual([...to.features]);
    const { predicate } = statementOf(result.certificate);
    expect(predicate.lives).toMatchObject({ isCorrection: true, joinedCount: 2, lessonCount: 1 });
    expect(predicate.request.subjects.count).toBe(1);
    const earlier = await result.model.forget({ rows: [old] }, { signer });
    expect(earlier.earlierCertificates).toEqual([result.certificateId]);
    const gone = await result.model.forget({ subjects: [subject] }, { signer });
    expect(gone.rowCount).toBe(1);
    expect(verify(gone.certificate as Envelope, { publicKey }).issues).toEqual([]);
  });

  it("refuses what it cannot find, or find once, or what is somebody else's", async () => {
    const model = await fit(syntheticDataset({ rowCount: 190 }), onRelease);
    const one = { ...people(1, 8), subjects: null };
    const two = { ...people(2, 8), subjects: null };
    const refused = (request: Parameters<Model["correct"]>[0]) => expect(model.correct(request)).rejects;
    await refused({ subject: "nobody@example.com", to: one }).toMatchObject({ code: "E_UNKNOWN_SUBJECT" });
    const { subjects } = syntheticDataset({ rowCount: 190 });
    const subject = subjects?.find((id, i) => subjects[i + 1] === id) as string;
    await refused({ subject, to: one }).toThrow(/^subject owns [2-4] rows \(\d+, [\d, ]+\): name the rows/);
    const stranger = { ...two, subjects: [subject, "nobody@example.com"] };
    await refused({ to: stranger }).toThrow(/^The owner of to\[1\] owns no row .*training data\.$/);
    await refused({ to: { ...one, subjects: [subject] } }).toThrow(/^The owner of to\[0\] owns [2-4] rows/);
    await refused({ rows: [1, 1], to: two }).toThrow(/each once/);
    await refused({ rows: [1], to: two }).toThrow(/1 corrected rows/);
    await refused({ rows: [1], to: { ...one, subjects: ["else@example.com"] } }).toThrow(/owners/);
    await refused({ rows: [999], to: one }).toMatchObject({ code: "E_UNKNOWN_SUBJECT" });
    await refused({ rows: [1], subject, to: one } as never).toThrow(/one of them/);
    const { model: next } = await model.forget({ rows: [1] }, { signer });
    await expect(next.correct({ rows: [0, 1], to: two })).rejects.toThrow(/^rows\[1\] names what is gone/);
  });
});
