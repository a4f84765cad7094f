import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generator, parametersFor, SEED, storedPairs } from "../../testing/kernels.js";
import { roundingBound } from "../../testing/rounding-bounds.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import {
  createKernel,
  createSparseKernel,
  createStreamingKernel,
  type PackedRows,
  type ProcessParameters,
  type SlotSource,
} from "./index.js";
import { heldSparseSlots } from "./slot-window.js";
import { denseWindow, type SteppingWindow, sparseWindow, type WindowOptions } from "./stepping-window.js";

/* Sparse rows that are read as they are visited: the process of the kernel that holds them, bit for bit. */

const MIB = 2 ** 20;

interface Shape {
  readonly featureCount: number;
  readonly capacity: number;
  readonly batchSize: number;
  readonly batchCount: number;
  readonly isWeighted: boolean;
}

interface Made {
  readonly dense: PackedRows;
  readonly pairs: PackedRows;
}

/** One row in five empty, the others of any number of entries; rows share the first columns rather than the last. */
function rowsOf(spec: ObjectiveSpec, shape: Shape, seed: number): Made {
  const { featureCount, capacity, batchSize, batchCount, isWeighted } = shape;
  const { task, outputCount } = objectiveFrom(spec);
  const random = generator(seed);
  const slotCount = batchSize * batchCount;
  const width = featureCount + (isWeighted ? 1 : 0);
  const labels = new Float32Array(slotCount);
  const features = new Float32Array(slotCount * width);
  const storedWidth = 2 * capacity + width - featureCount;
  const pairs = new Float32Array(slotCount * storedWidth);
  for (let slot = 0; slot < slotCount; slot++) {
    const row = features.subarray(slot * width, (slot + 1) * width);
    const count = random() < 0.2 ? 0 : 1 + Math.floor(Math.min(capacity, featureCount) * random());
    for (let i = 0; i < count; i++)
      row[Math.floor(featureCount * random() ** 3)] = (random() - 0.45) / capacity;
    if (isWeighted && row.some((x) => x !== 0)) row[featureCount] = 1 - 0.9 * random();
    pairs.set(storedPairs(row, featureCount, capacity), slot * storedWidth);
    labels[slot] = task === "binary" ? (random() < 0.5 ? -1 : 1) : Math.floor(outputCount * random());
  }
  const facts = { slotCount, featureCount, labels };
  return { dense: { ...facts, features }, pairs: { ...facts, features: pairs } };
}

/** Answers late and in any order. */
function sourceOver({ slotCount, features, labels }: PackedRows): SlotSource {
  const width = features.length / slotCount;
  const random = generator(3);
  return {
    slotCount,
    featureCount: width,
    async read(firstSlot, into, intoLabels) {
      await new Promise((resolve) => setTimeout(resolve, 2 * random()));
      into.set(features.subarray(firstSlot * width, firstSlot * width + into.length));
      intoLabels.set(labels.subarray(firstSlot, firstSlot + intoLabels.length));
    },
  };
}

const softmax: ObjectiveSpec = { kind: "softmax", classCount: 3 };

describe("sparse rows that are read as they are visited", () => {
  it.each<[string, ObjectiveSpec, Partial<Shape>, number]>([
    ["batches whose columns are looked up, many in a window", { kind: "logistic" }, {}, 0.02],
    ["classes", softmax, {}, 0],
    [
      "so many columns that shared ones are listed",
      { kind: "logistic" },
      { featureCount: 2 ** 19, batchCount: 3 },
      0,
    ],
    ["the same of classes, weighted", softmax, { featureCount: 180_000, batchCount: 3, isWeighted: true }, 0],
    ["batches that come in parts", { kind: "logistic" }, { batchSize: 2601, batchCount: 2 }, 0.02],
    ["batches of classes that come in parts, weighted", softmax, { batchSize: 2602, isWeighted: true }, 0],
    ["batches that fill their groups, weighted", { kind: "logistic" }, { batchSize: 8, isWeighted: true }, 0],
    [
      "a batch that is wide and larger than the window",
      { kind: "logistic" },
      { featureCount: 200_000, batchSize: 1500, batchCount: 3, capacity: 30 },
      0.01,
    ],
  ])("give the bits of those in memory: %s", async (_, spec, more, noiseStd) => {
    const usual = { featureCount: 4099, capacity: 60, batchSize: 13, batchCount: 400, isWeighted: false };
    const shape = { ...usual, ...(more.batchSize! > 2000 ? { batchCount: 2 } : {}), ...more };
    const { pairs } = rowsOf(spec, shape, 5);
    const objective = objectiveFrom(spec);
    const { batchSize, batchCount, capacity, featureCount, isWeighted } = shape;
    const parameters: ProcessParameters = {
      ...parametersFor(objective, { batchSize, noiseStd, radius: 1.5 }),
      ...(isWeighted ? { weighting: { classes: null, samples: true } } : {}),
    };
    const held = await createSparseKernel(pairs, parameters, { capacity });
    const source = sourceOver(pairs);
    const sparse = { capacity, featureCount };
    expect(heldSparseSlots(sparse, batchSize) < batchSize).toBe(batchSize > 2000);
    expect(4 * pairs.features.length > MIB).toBe(featureCount < 180_000 || batchSize === 1500);
    const streamed = await createStreamingKernel(source, parameters, { sparse, memoryLimit: MIB });
    const a = new Float64Array(objective.outputCount * featureCount);
    const b = a.slice();
    const run = async (from: number, count: number, noise: typeof SEED | null) => {
      held.advance(a, from, count, noise);
      await streamed.advance(b, from, count, noise);
      expect(b.findIndex((x, i) => !Object.is(x, a[i]))).toBe(-1);
    };
    await run(1, batchCount + 1, SEED);
    await run(batchCount + 2, 3, null);
    const last = pairs.slotCount - 1;
    const record = held.readSlot(0);
    for (const kernel of [held, streamed]) {
      kernel.writeSlot(3, null);
      kernel.writeSlot(last, record);
    }
    for (const slot of [0, 1, 3, last]) expect(await streamed.readSlot(slot)).toEqual(held.readSlot(slot));
    await run(batchCount + 5, batchCount, SEED);
    streamed.dispose();
    held.dispose();
  });

  it("give the bits of those in memory where weight decay is a factor, on the ball or in it, however calls are cut", async () => {
    let projected = 0;
    const property = fc.asyncProperty(
      fc.record({
        capacity: fc.constantFrom(1, 3, 8),
        batchSize: fc.integer({ min: 1, max: 9 }),
        batchCount: fc.integer({ min: 1, max: 3 }),
        isWeighted: fc.boolean(),
      }),
      fc.constantFrom<ObjectiveSpec>({ kind: "logistic" }, softmax),
      fc.constantFrom(1e4, 3, 0.02),
      fc.integer(),
      async (given, spec, radius, seed) => {
        const shape = {
          ...given,
          featureCount: given.batchSize * given.capacity + (seed % 2 === 0 ? 0 : 100),
        };
        const { pairs } = rowsOf(spec, shape, seed);
        const objective = objectiveFrom(spec);
        const parameters: ProcessParameters = {
          ...parametersFor(objective, { batchSize: shape.batchSize, noiseStd: 0, radius }),
          ...(shape.isWeighted ? { weighting: { classes: null, samples: true } } : {}),
        };
        const held = await createSparseKernel(pairs, parameters, shape);
        const streamed = await createStreamingKernel(sourceOver(pairs), parameters, { sparse: shape });
        expect(streamed.cutEvery).toBe(64);
        const a = new Float64Array(objective.outputCount * shape.featureCount);
        const b = a.slice();
        let done = 0;
        for (const count of [70, 58, 3, 0, 64]) {
          held.advance(a, done + 1, count, null);
          await streamed.advance(b, done + 1, count, null);
          done += count;
          expect(b.findIndex((x, i) => !Object.is(x, a[i]))).toBe(-1);
        }
        if (Math.hypot(...a) > 0.99 * radius) projected++;
        held.dispose();
        streamed.dispose();
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 22 });
    expect(projected).toBeGreaterThan(3);
  });

  it("stay within the proved bound of the reference on all numbers, step by step", async () => {
    const spec: ObjectiveSpec = { kind: "logistic" };
    const objective = objectiveFrom(spec);
    const property = fc.asyncProperty(
      fc.record({
        featureCount: fc.constantFrom(17, 130, 4099),
        capacity: fc.constantFrom(1, 5, 16),
        batchSize: fc.integer({ min: 1, max: 13 }),
        batchCount: fc.integer({ min: 1, max: 3 }),
        isWeighted: fc.boolean(),
      }),
      fc.integer(),
      fc.constantFrom(0, 0.05),
      async (shape, seed, noiseStd) => {
        const { dense, pairs } = rowsOf(spec, shape, seed);
        const parameters: ProcessParameters = {
          ...parametersFor(objective, { batchSize: shape.batchSize, noiseStd, radius: 1 }),
          ...(shape.isWeighted ? { weighting: { classes: null, samples: true } } : {}),
        };
        const kernel = await createStreamingKernel(sourceOver(pairs), parameters, { sparse: shape });
        const reference = await createKernel(dense, parameters, { kernel: "reference" });
        const quiet = roundingBound("float64", objective, { ...parameters, noiseStd: 0 }, shape.featureCount);
        const bound =
          quiet +
          roundingBound("float64", objective, parameters, shape.featureCount) +
          parameters.eta * parameters.clip * (shape.featureCount + 10) * 2 ** -52;
        const weights = new Float64Array(shape.featureCount);
        for (let step = 1; step < 6; step++) {
          const expected = weights.slice();
          reference.advance(expected, step, 1, SEED);
          await kernel.advance(weights, step, 1, SEED);
          expect(Math.hypot(...weights.map((x, i) => x - expected[i]!))).toBeLessThanOrEqual(bound);
        }
        kernel.dispose();
      },
    );
    await fc.assert(property, { numRuns: 60, seed: 19 });
  });

  it("grow by slots that are written, and lose them again", async () => {
    const shape = { featureCount: 4099, capacity: 6, batchSize: 4, batchCount: 2, isWeighted: false };
    const spec: ObjectiveSpec = { kind: "logistic" };
    const { pairs } = rowsOf(spec, { ...shape, batchCount: 3 }, 7);
    const parameters = parametersFor(objectiveFrom(spec), { batchSize: 4 });
    const first = {
      ...pairs,
      slotCount: 8,
      features: pairs.features.slice(0, 96),
      labels: pairs.labels.slice(0, 8),
    };
    const kernel = await createStreamingKernel(sourceOver(first), parameters, { sparse: shape });
    kernel.resize(12);
    for (let slot = 8; slot < 12; slot++)
      kernel.writeSlot(slot, {
        features: pairs.features.subarray(slot * 12, slot * 12 + 12),
        label: pairs.labels[slot]!,
      });
    const whole = await createSparseKernel(pairs, parameters, shape);
    const [a, b] = [new Float64Array(4099), new Float64Array(4099)];
    whole.advance(a, 1, 7, SEED);
    await kernel.advance(b, 1, 7, SEED);
    expect(b).toEqual(a);
    kernel.resize(8);
    await expect(kernel.readSlot(8)).rejects.toThrow(/slot = 8/);
  });

  it("are checked each time they are read, and where they are written", async () => {
    const shape = { featureCount: 4099, capacity: 6, batchSize: 4, batchCount: 3, isWeighted: false };
    const spec: ObjectiveSpec = { kind: "logistic" };
    const { pairs } = rowsOf(spec, shape, 7);
    const parameters = parametersFor(objectiveFrom(spec), { batchSize: 4 });
    const kernel = await createStreamingKernel(sourceOver(pairs), parameters, { sparse: shape });
    const weights = new Float64Array(4099);
    await kernel.advance(weights, 1, 3, SEED);
    pairs.features.set([3, 0.1, 3, 0.1], 7 * 12);
    await expect(kernel.advance(weights, 4, 3, SEED)).rejects.toThrow(
      /column of entry 1 of slot 7 = 2 above 2 and below 4099/,
    );
    pairs.features.set([3, 0.8, 4, 0.8], 7 * 12);
    await expect(kernel.advance(weights, 4, 3, SEED)).rejects.toThrow(/row norm of slot 7/);
    const features = new Float32Array(12);
    features.set([4100, 0.5]);
    expect(() => kernel.writeSlot(5, { features, label: 1 })).toThrow(/column of entry 0 of slot 5/);
    features.set([0, 0, 3, 0.5]);
    expect(() => kernel.writeSlot(5, { features, label: 1 })).toThrow(/entries behind the last of slot 5/);
  });

  it("are refused with another kernel, from a source of other rows, and with bad shapes", async () => {
    const shape = { featureCount: 4099, capacity: 6, batchSize: 4, batchCount: 3, isWeighted: false };
    const { pairs } = rowsOf({ kind: "logistic" }, shape, 7);
    const parameters = parametersFor(objectiveFrom({ kind: "logistic" }), { batchSize: 4 });
    const source = sourceOver(pairs);
    const open = (options: object) => createStreamingKernel(source, parameters, options);
    await expect(open({ kernel: "float32", sparse: shape })).rejects.toThrow(/"float64" for sparse rows/);
    await expect(open({ sparse: { ...shape, capacity: 7 } })).rejects.toThrow(/rows of 14 numbers, found 12/);
    await expect(open({ sparse: { ...shape, capacity: 0 } })).rejects.toThrow(/capacity = 0/);
    await expect(open({ sparse: { ...shape, featureCount: 2 ** 24 } })).rejects.toThrow(/featureCount/);
  });
});

describe("a window on rows that are read as they are visited", () => {
  /** Of all rows here; no other number of the memory is. */
  const marked = Math.fround(0.123456789);
  const objective = objectiveFrom({ kind: "logistic" });
  const parameters = parametersFor(objective, { batchSize: 8 });
  const sparse = { capacity: 3, featureCount: 200 };

  const zeros = new Float32Array(17);

  it.each<[string, number, number[], (given: WindowOptions) => Promise<SteppingWindow>]>([
    ["sparse rows", 6, [2, marked], (given) => sparseWindow(given, sparse)],
    // Of fewer columns than 16, all are packed; of others, what stands behind the first 16 is.
    ["rows that are packed", 15, [0, marked], (given) => denseWindow(given, "float64")],
    ["rows that are not packed", 30, [...zeros, marked], (given) => denseWindow(given, "float64")],
    ["rows that are not packed, float32", 30, [...zeros, marked], (given) => denseWindow(given, "float32")],
  ])("holds nothing of %s once they are cleared", async (_, width, row, open) => {
    const features = new Float32Array(8 * width);
    for (let slot = 0; slot < 8; slot++) features.set(row, slot * width);
    const labels = new Float32Array(8).fill(1);
    const source = sourceOver({ slotCount: 8, featureCount: width, features, labels });
    const window = await open({ source, parameters, objective, memoryLimit: MIB });
    window.stage(0).set(features);
    window.take({ stage: 0, first: 0, labels, slot: 0, place: 0 });
    window.step(1);
    const found = () => new Float32Array(window.memory.memory.buffer).filter((x) => x === marked).length;
    expect(found()).toBe(16);
    window.clearRows();
    expect(found()).toBe(0);
  });
});
