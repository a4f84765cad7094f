import { describe, expect, it } from "vitest";
import {
  generator,
  KERNEL_NAMES,
  parametersFor,
  randomRows,
  SEED,
  weighRows,
} from "../../testing/kernels.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import { createKernel, createStreamingKernel, createTrialPool, type PackedRows } from "./index.js";
import type { SlotSource } from "./kernel.js";
import type { Weighting } from "./weighting.js";

const SPECS: readonly ObjectiveSpec[] = [
  { kind: "logistic" },
  { kind: "softmax", classCount: 3 },
  { kind: "smoothedHinge", width: 0.5 },
  { kind: "huberRegression", threshold: 1 },
];
const WASM = ["float64", "float32"] as const;
const FEATURES = 11;

/** 24 random rows in 4 batches of 6, with parameters that use the given weights. */
function settingOf(spec: ObjectiveSpec, weighting: Weighting | undefined, weightOf?: () => number) {
  const objective = objectiveFrom(spec);
  const random = generator(5);
  const plain = randomRows(objective, 24, FEATURES, random);
  const rows = weighting?.samples ? weighRows(plain, weightOf ?? (() => 0.05 + 0.95 * random())) : plain;
  const parameters = { ...parametersFor(objective), ...(weighting ? { weighting } : {}) };
  return { objective, rows, parameters, start: new Float64Array(objective.outputCount * FEATURES) };
}

function classesOf(spec: ObjectiveSpec): readonly number[] | null {
  if (spec.kind === "huberRegression") return null;
  return spec.kind === "softmax" ? [1, 0.3, 0.07] : [0.2, 1];
}

/** Rows as a source gives them, a few at a time. */
const sourceOf = ({ slotCount, features, labels }: PackedRows): SlotSource => {
  const width = features.length / slotCount;
  return {
    slotCount,
    featureCount: width,
    async read(first, into, intoLabels) {
      into.set(features.subarray(first * width, first * width + into.length));
      intoLabels.set(labels.subarray(first, first + intoLabels.length));
    },
  };
};

describe("weights of records", () => {
  it("multiply each record's clipped gradient: one step of every kernel is the weighted sum of one-record steps", async () => {
    for (const spec of SPECS) {
      const weighting = { classes: classesOf(spec), samples: true };
      const { objective, rows, parameters, start } = settingOf(spec, weighting);
      const width = FEATURES + 1;
      // A clip that bites: it is the clipped gradient that is multiplied.
      const clip = objective.clippable ? 0.3 * objective.lipschitz : objective.lipschitz;
      const step = { ...parameters, batchSize: 24, noiseStd: 0, l2: 0, clip };
      const expected = start.slice();
      for (let slot = 0; slot < 24; slot++) {
        const alone: PackedRows = {
          ...{ slotCount: 1, featureCount: FEATURES, labels: rows.labels.slice(slot, slot + 1) },
          features: rows.features.slice(slot * width, slot * width + FEATURES),
        };
        const { weighting: _, ...unweighted } = step;
        const kernel = await createKernel(alone, { ...unweighted, batchSize: 1 }, { kernel: "reference" });
        const moved = start.slice();
        kernel.advance(moved, 1, 1, null);
        const label = alone.labels[0]!;
        const index = objective.task === "binary" ? Number(label > 0) : label;
        const weight = (weighting.classes?.[index] ?? 1) * rows.features[slot * width + FEATURES]!;
        for (let i = 0; i < moved.length; i++) expected[i]! += (weight * moved[i]!) / 24;
      }
      for (const name of KERNEL_NAMES) {
        const weights = start.slice();
        (await createKernel(rows, step, { kernel: name })).advance(weights, 1, 1, null);
        const error = Math.max(...weights.map((w, i) => Math.abs(w - expected[i]!)));
        expect(error, `${name}, ${spec.kind}`).toBeLessThan(name === "float32" ? 1e-6 : 1e-15);
      }
    }
  });

  it("of 1 everywhere change no bit", async () => {
    for (const spec of SPECS) {
      const classes = classesOf(spec)?.map(() => 1) ?? null;
      const plain = settingOf(spec, undefined);
      const ones = settingOf(spec, { classes, samples: true }, () => 1);
      for (const name of KERNEL_NAMES) {
        const [a, b] = [plain.start.slice(), plain.start.slice()];
        (await createKernel(plain.rows, plain.parameters, { kernel: name })).advance(a, 1, 9, SEED);
        (await createKernel(ones.rows, ones.parameters, { kernel: name })).advance(b, 1, 9, SEED);
        expect(b).toEqual(a);
      }
    }
  });

  it("of a half on two copies of a row do what the row does by itself", async () => {
    const objective = objectiveFrom({ kind: "logistic" });
    const once = randomRows(objective, 4, FEATURES, generator(3));
    const whole: PackedRows = {
      ...{ slotCount: 8, featureCount: FEATURES },
      features: Float32Array.of(...once.features, ...new Float32Array(4 * FEATURES)),
      labels: Float32Array.of(...once.labels, 0, 0, 0, 0),
    };
    const halves = weighRows(
      {
        ...{ slotCount: 8, featureCount: FEATURES },
        features: Float32Array.of(...once.features, ...once.features),
        labels: Float32Array.of(...once.labels, ...once.labels),
      },
      () => 0.5,
    );
    const parameters = { ...parametersFor(objective), batchSize: 8, noiseStd: 0 };
    for (const name of KERNEL_NAMES) {
      const [a, b] = [new Float64Array(FEATURES), new Float64Array(FEATURES)];
      const weighting = { classes: null, samples: true };
      (await createKernel(whole, parameters, { kernel: name })).advance(a, 1, 20, null);
      (await createKernel(halves, { ...parameters, weighting }, { kernel: name })).advance(b, 1, 20, null);
      const error = Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
      expect(error).toBeLessThan(name === "float32" ? 1e-5 : 1e-14);
    }
  });

  it("give the same bits in memory, read as visited, and in trials", async () => {
    for (const kernel of WASM) {
      for (const spec of SPECS) {
        const { rows, parameters, start } = settingOf(spec, { classes: classesOf(spec), samples: true });
        const [a, b] = [start.slice(), start.slice()];
        const held = await createKernel(rows, parameters, { kernel });
        held.advance(a, 1, 10, null);
        const streaming = await createStreamingKernel(sourceOf(rows), parameters, { kernel });
        await streaming.advance(b, 1, 10, null);
        expect(b).toEqual(a);
        const pool = await createTrialPool(rows, parameters, { kernel, trials: 3, workers: 0 });
        await pool.advance(1, 10, null);
        for (let trial = 0; trial < 3; trial++) expect(pool.weights(trial)).toEqual(a);
        for (let slot = 0; slot < 24; slot++) {
          expect(await streaming.readSlot(slot)).toEqual(held.readSlot(slot));
          expect(pool.readSlot(slot)).toEqual(held.readSlot(slot));
        }
        pool.dispose();
      }
    }
  });

  it("give the same bits where a batch is brought in by parts, as rows are read, with a slot written", async () => {
    const objective = objectiveFrom({ kind: "logistic" });
    const random = generator(6);
    const rows = weighRows(randomRows(objective, 4096, 64, random), () => 1 - 0.9 * random());
    const weighting = { classes: [0.5, 1], samples: true };
    const parameters = { ...parametersFor(objective), batchSize: 2048, weighting };
    const record = { features: Float32Array.from({ length: 65 }, () => 0.1), label: -1 };
    for (const kernel of WASM) {
      const [a, b] = [new Float64Array(64), new Float64Array(64)];
      const held = await createKernel(rows, parameters, { kernel });
      const streaming = await createStreamingKernel(sourceOf(rows), parameters, {
        kernel,
        memoryLimit: 2 ** 20,
      });
      for (const each of [held, streaming]) each.writeSlot(1999, record);
      held.advance(a, 1, 5, null);
      await streaming.advance(b, 1, 5, null);
      expect(b).toEqual(a);
    }
  });

  it("go with the rows: a slot is read and written with its weight, and an empty one has none", async () => {
    const weighting = { classes: null, samples: true };
    const { rows, parameters, start } = settingOf({ kind: "logistic" }, weighting);
    for (const kernel of KERNEL_NAMES) {
      const held = await createKernel(rows, parameters, { kernel });
      const other = { features: Float32Array.from({ length: FEATURES + 1 }, () => 0.25), label: 1 };
      expect(held.readSlot(3).features).toEqual(rows.features.slice(3 * (FEATURES + 1), 4 * (FEATURES + 1)));
      held.writeSlot(3, other);
      expect(held.readSlot(3)).toEqual(other);
      held.writeSlot(3, null);
      expect(held.readSlot(3)).toEqual({ features: new Float32Array(FEATURES + 1), label: 0 });
      // As if the slot had been empty from the start.
      const emptied = { ...rows, features: rows.features.slice(), labels: rows.labels.slice() };
      emptied.features.fill(0, 3 * (FEATURES + 1), 4 * (FEATURES + 1));
      emptied.labels[3] = 0;
      const [a, b] = [start.slice(), start.slice()];
      held.advance(a, 1, 8, null);
      (await createKernel(emptied, parameters, { kernel })).advance(b, 1, 8, null);
      expect(a).toEqual(b);
    }
  });

  it.each([0, -0.5, 1.0001, Number.NaN, Number.POSITIVE_INFINITY])("refuse %d", async (bad) => {
    const weighting = { classes: null, samples: true };
    const { rows, parameters } = settingOf({ kind: "logistic" }, weighting, () => bad);
    for (const kernel of KERNEL_NAMES) {
      await expect(createKernel(rows, parameters, { kernel })).rejects.toThrow(/sample weight of slot \d+/);
      const { rows: good } = settingOf({ kind: "logistic" }, weighting);
      const held = await createKernel(good, parameters, { kernel });
      const before = held.readSlot(2);
      const features = Float32Array.from({ length: FEATURES + 1 }, (_, i) => (i === FEATURES ? bad : 0.1));
      expect(() => held.writeSlot(2, { features, label: 1 })).toThrow(/sample weight of slot 2/);
      expect(held.readSlot(2)).toEqual(before);
      const classes = { ...parameters, weighting: { classes: [bad, 1], samples: true } };
      await expect(createKernel(good, classes, { kernel })).rejects.toThrow(/classWeights\[0\]/);
    }
  });

  it("refuse a number of class weights that is not the number of labels, and rows without room for weights", async () => {
    const { rows, parameters } = settingOf({ kind: "logistic" }, undefined);
    const three = { ...parameters, weighting: { classes: [1, 1, 1], samples: false } };
    await expect(createKernel(rows, three)).rejects.toThrow(/classWeights.length = 3 to be 2/);
    const samples = { ...parameters, weighting: { classes: null, samples: true } };
    await expect(createKernel(rows, samples)).rejects.toThrow(/24 x 12 numbers/);
  });
});
