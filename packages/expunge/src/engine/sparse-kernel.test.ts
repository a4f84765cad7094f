import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import { generator, parametersFor, SEED, storedPairs } from "../../testing/kernels.js";
import { roundingBound } from "../../testing/rounding-bounds.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import { createKernel, createSparseKernel, type PackedRows, type ProcessParameters } from "./index.js";
import { allocateSparse } from "./sparse-memory.js";

/* That the kernel does what every kernel does is in kernel-contract.test.ts. */

const spec: fc.Arbitrary<ObjectiveSpec> = fc.oneof(
  fc.constant({ kind: "logistic" } as const),
  fc.record({ kind: fc.constant("logistic" as const), offset: fc.constantFrom(-12, 5) }),
  fc.record({ kind: fc.constant("softmax" as const), classCount: fc.integer({ min: 2, max: 7 }) }),
  fc.record({ kind: fc.constant("smoothedHinge" as const), width: fc.constantFrom(0.25, 4) }),
  fc.record({ kind: fc.constant("huberRegression" as const), threshold: fc.constantFrom(0.3, 50) }),
);

const shape = fc.record({
  // On both sides of where a batch's entries are fewer than the columns, and of padding.
  featureCount: fc.constantFrom(1, 3, 16, 17, 130, 1000, 4099),
  capacity: fc.constantFrom(1, 2, 5, 16, 130),
  batchSize: fc.integer({ min: 1, max: 13 }),
  batchCount: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer(),
  clipShare: fc.constantFrom(1, 0.01),
  l2: fc.constantFrom(0, 1e-3, 0.1),
  noiseStd: fc.constantFrom(0, 1e-3, 0.1),
  radius: fc.constantFrom(1e4, 1, 0.01),
  isWeighted: fc.boolean(),
});

interface Shape {
  readonly featureCount: number;
  readonly capacity: number;
  readonly batchSize: number;
  readonly batchCount: number;
  readonly seed: number;
  readonly clipShare: number;
  readonly l2: number;
  readonly noiseStd: number;
  readonly radius: number;
  readonly isWeighted: boolean;
}

/** Columns of a row, each once: none, one, all that there is room for, or some; neighbours often share columns. */
function drawColumns(featureCount: number, most: number, random: () => number): readonly number[] {
  const kind = random();
  const room = Math.min(featureCount, most);
  const count = kind < 0.2 ? 0 : kind < 0.4 ? 1 : kind < 0.6 ? room : Math.floor(room * random());
  const from = random() < 0.5 ? Math.min(featureCount, 2 * room) : featureCount;
  const columns = new Set<number>();
  while (columns.size < Math.min(count, from)) columns.add(Math.floor(from * random()));
  return [...columns];
}

interface Setting {
  readonly dense: PackedRows;
  readonly pairs: PackedRows;
  readonly parameters: ProcessParameters;
  readonly weights: Float64Array;
}

function settingOf(objectiveSpec: ObjectiveSpec, shape: Shape): Setting {
  const { featureCount, capacity, batchSize, batchCount, seed, clipShare, l2, noiseStd, radius } = shape;
  const objective = objectiveFrom(objectiveSpec);
  const random = generator(seed);
  const slotCount = batchSize * batchCount;
  const width = featureCount + (shape.isWeighted ? 1 : 0);
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot++) {
    const columns = drawColumns(featureCount, capacity, random);
    const numbers = columns.map(() => random() - 0.45);
    const norm = Math.hypot(...numbers) * (1 + 4 * random()) || 1;
    for (const [i, column] of columns.entries()) features[slot * width + column] = numbers[i]! / norm;
    if (shape.isWeighted && columns.length > 0) features[slot * width + featureCount] = 1 - 0.99 * random();
    labels[slot] =
      objective.task === "binary"
        ? Math.sign(random() - 0.5) || 1
        : objective.task === "multiclass"
          ? Math.floor(random() * objective.outputCount)
          : 4 * random() - 2;
  }
  const rows = Array.from({ length: slotCount }, (_, slot) =>
    storedPairs(features.subarray(slot * width, (slot + 1) * width), featureCount, capacity),
  );
  const stored = new Float32Array(rows.flatMap((row) => [...row]));
  const classCount = Math.max(2, objective.outputCount);
  const classes =
    objective.task === "regression" ? null : Array.from({ length: classCount }, () => 1 - 0.9 * random());
  const parameters = {
    ...{ objective: objectiveSpec, batchSize, l2, noiseStd, radius },
    clip: objective.lipschitz * (objective.clippable ? clipShare : 1),
    eta: 1 / (objective.smoothness + l2),
    ...(shape.isWeighted ? { weighting: { classes, samples: true } } : {}),
  };
  const weights = Float64Array.from({ length: objective.outputCount * featureCount }, () => random() - 0.3);
  const scale = (0.2 + 0.79 * random()) / (Math.hypot(...weights) || 1);
  return {
    dense: { slotCount, featureCount, features, labels },
    pairs: { slotCount, featureCount, features: stored, labels },
    parameters,
    weights: weights.map((x) => x * scale * radius),
  };
}

/** Whether a stored row is one: columns from 1 on that ascend, numbers that are finite and not 0, and zeros behind the last. */
function arePairs(row: Float32Array, featureCount: number): boolean {
  let end = row.findIndex((x, i) => i % 2 === 0 && x === 0);
  if (end < 0) end = row.length;
  for (let i = 0; i < end; i += 2) {
    const before = i === 0 ? 0 : row[i - 2]!;
    const isColumn = Number.isInteger(row[i]) && row[i]! > before && row[i]! <= featureCount;
    if (!(isColumn && Number.isFinite(row[i + 1]) && row[i + 1] !== 0)) return false;
  }
  return row.subarray(end).every((x) => x === 0);
}

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

/** What the two kernels may differ by: their roundings, and bounds on a row's derivative that are a little apart. */
function boundOf({ parameters, dense: { featureCount } }: Setting): number {
  const objective = objectiveFrom(parameters.objective);
  const limits = parameters.eta * parameters.clip * (featureCount + 10) * 2 ** -52;
  const quiet = roundingBound("float64", objective, { ...parameters, noiseStd: 0 }, featureCount);
  return roundingBound("float64", objective, parameters, featureCount) + quiet + limits;
}

describe("the kernel of sparse rows", () => {
  it("stays within the proved bound of the reference, step by step, slots emptied and filled, over random processes", async () => {
    let moved = 0;
    const property = fc.asyncProperty(spec, shape, async (objectiveSpec, shape) => {
      const setting = settingOf(objectiveSpec, shape);
      const { dense, pairs, parameters, weights } = setting;
      const { capacity } = shape;
      const sparse = await createSparseKernel(pairs, parameters, { capacity });
      const reference = await createKernel(dense, parameters, { kernel: "reference" });
      const bound = boundOf(setting);
      const random = generator(shape.seed + 1);
      const width = dense.features.length / dense.slotCount;
      for (let step = 1; step <= shape.batchCount + 4; step++) {
        if (step > shape.batchCount) {
          // Another row's record, or none: more numbers than there were, or fewer.
          const slot = Math.floor(dense.slotCount * random());
          const other = Math.floor(dense.slotCount * random());
          const features = dense.features.subarray(other * width, (other + 1) * width);
          const label = dense.labels[other]!;
          const isEmptied = random() < 0.4;
          reference.writeSlot(slot, isEmptied ? null : { features, label });
          const row = storedPairs(features, dense.featureCount, capacity);
          sparse.writeSlot(slot, isEmptied ? null : { features: row, label });
        }
        const expected = weights.slice();
        const before = weights.slice();
        sparse.advance(weights, step, 1, SEED);
        reference.advance(expected, step, 1, SEED);
        expect(distance(weights, expected)).toBeLessThanOrEqual(bound);
        expect(Math.hypot(...weights)).toBeLessThanOrEqual(parameters.radius);
        moved += distance(weights, before) / parameters.radius;
      }
      for (let slot = 0; slot < dense.slotCount; slot++) {
        const { features, label } = reference.readSlot(slot);
        const stored = storedPairs(features, dense.featureCount, capacity);
        expect(sparse.readSlot(slot)).toEqual({ features: stored, label });
      }
      sparse.dispose();
      reference.dispose();
    });
    await fc.assert(property, { numRuns: tries(100, 400), seed: 19 });
    // Weights that stood still would agree as well.
    expect(moved).toBeGreaterThan(10);
  });

  it("gives the same bits however steps are cut, where sums are looked up one by one", async () => {
    const shape = {
      ...{ featureCount: 5000, capacity: 6, batchSize: 5, batchCount: 4, seed: 3, clipShare: 1, l2: 0.01 },
      ...{ noiseStd: 0, radius: 1.5, isWeighted: false },
    };
    const { pairs, parameters } = settingOf({ kind: "softmax", classCount: 3 }, shape);
    const kernel = await createSparseKernel(pairs, parameters, { capacity: 6 });
    const whole = new Float64Array(15_000);
    kernel.advance(whole, 1, 40, null);
    const cut = new Float64Array(15_000);
    for (const [from, count] of [
      [1, 7],
      [8, 1],
      [9, 0],
      [9, 32],
    ] as const)
      kernel.advance(cut, from, count, null);
    expect(cut).toEqual(whole);
  });

  it("projects where steps would lead out of the ball, and keeps on its edge", async () => {
    const shape = {
      ...{ featureCount: 5000, capacity: 6, batchSize: 5, batchCount: 4, seed: 5, clipShare: 1, l2: 0 },
      ...{ noiseStd: 0, radius: 0.25, isWeighted: false },
    };
    const { pairs, parameters } = settingOf({ kind: "logistic" }, shape);
    const kernel = await createSparseKernel(pairs, parameters, { capacity: 6 });
    const weights = new Float64Array(5000);
    for (let step = 1; step < 60; step++) {
      kernel.advance(weights, step, 1, null);
      expect(Math.hypot(...weights)).toBeLessThanOrEqual(0.25);
    }
    expect(Math.hypot(...weights)).toBeGreaterThan(0.25 * (1 - 1e-12));
  });
});

describe("slots of sparse rows", () => {
  const objective = objectiveFrom({ kind: "logistic" });
  const parameters = parametersFor(objective, { batchSize: 2 });
  const kernelOf = (...rows: readonly (readonly number[])[]) => {
    const features = new Float32Array(2 * 8);
    for (const [slot, row] of rows.entries()) features.set(row, slot * 8);
    const labels = Float32Array.of(1, -1);
    const packed = { slotCount: 2, featureCount: 20, features, labels };
    return createSparseKernel(packed, parameters, { capacity: 4 });
  };

  it.each([
    [[3, 0.5, 3, 0.5], /column of entry 1 of slot 0 = 2 above 2 and below 20/],
    [[5, 0.5, 3, 0.5], /column of entry 1 of slot 0 = 2 above 4 and below 20/],
    [[21, 0.5], /column of entry 0 of slot 0 = 20 in \[0, 19\]/],
    [[-1, 0.5], /column of entry 0 of slot 0 = -2/],
    [[1.5, 0.5], /column of entry 0 of slot 0 = 0.5/],
    [[Number.NaN, 0.5], /column of entry 0 of slot 0 = NaN/],
    [[3, 0], /entry 0 of slot 0 = 0 to be finite and not 0/],
    [[3, Number.NaN], /entry 0 of slot 0 = NaN/],
    [[3, Number.POSITIVE_INFINITY], /entry 0 of slot 0 = Infinity/],
    [[0, 0, 3, 0.5], /entries behind the last of slot 0/],
    [[3, 0.8, 4, 0.8], /row norm of slot 0/],
  ])("refuse the pairs %j", async (row, message) => {
    await expect(kernelOf(row)).rejects.toThrow(message);
    const kernel = await kernelOf([2, 0.5], [9, 0.25]);
    const stored = new Float32Array(8);
    stored.set(row);
    expect(() => kernel.writeSlot(0, { features: stored, label: 1 })).toThrow(message);
    expect([...kernel.readSlot(0).features]).toEqual([2, 0.5, 0, 0, 0, 0, 0, 0]);
  });

  it("refuse whatever is no row, among others and at any of its pairs, and keep all else", async () => {
    const [capacity, featureCount] = [11, 40];
    const bad = [
      0,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      0.5,
      2.5,
      40,
      41,
      2 ** 24,
      2 ** 31,
      2 ** 40,
    ];
    let refused = 0;
    const property = fc.asyncProperty(
      fc.integer(),
      fc.nat({ max: 6 }),
      fc.option(fc.record({ word: fc.nat({ max: 2 * capacity - 1 }), to: fc.constantFrom(...bad) }), {
        freq: 4,
      }),
      async (seed, slot, change) => {
        const random = generator(seed);
        const features = new Float32Array(7 * 2 * capacity);
        for (let row = 0; row < 7; row++) {
          const columns = [...drawColumns(featureCount, capacity, random)].sort((a, b) => a - b);
          for (const [i, column] of columns.entries())
            features.set([column + 1, (random() - 0.45) / 10], 2 * (row * capacity + i));
        }
        if (change !== null) features[2 * slot * capacity + change.word] = change.to;
        const row = features.subarray(2 * slot * capacity, 2 * (slot + 1) * capacity);
        const packed = { slotCount: 7, featureCount, features, labels: new Float32Array(7).fill(1) };
        const made = createSparseKernel(packed, parametersFor(objective, { batchSize: 7 }), { capacity });
        const isRight = arePairs(row, featureCount) && Math.hypot(...row.filter((_, i) => i % 2 === 1)) <= 1;
        if (!isRight) {
          refused += 1;
          await expect(made).rejects.toThrow(new RegExp(`slot ${slot}\\b`));
          return;
        }
        const kernel = await made;
        for (let i = 0; i < 7; i++) {
          const expected = features.slice(2 * i * capacity, 2 * (i + 1) * capacity).map((x) => x + 0);
          expect(kernel.readSlot(i).features).toEqual(expected);
        }
      },
    );
    await fc.assert(property, { numRuns: 600, seed: 19 });
    expect(refused).toBeGreaterThan(200);
  });

  it("hold a row of any number of entries in the place of one of another number, and nothing of what was there", async () => {
    const kernel = await kernelOf([2, 0.5, 4, 0.25, 6, 0.125, 20, 0.25], [9, 0.25]);
    const fresh = await kernelOf([], [9, 0.25]);
    kernel.writeSlot(0, { features: [20, 0.5, 0, 0, 0, 0, 0, 0], label: -1 });
    kernel.writeSlot(0, { features: [1, 0.5, 2, 0.25, 3, 0.125, 20, 0.5], label: 1 });
    expect([...kernel.readSlot(0).features]).toEqual([1, 0.5, 2, 0.25, 3, 0.125, 20, 0.5]);
    kernel.writeSlot(0, null);
    expect(kernel.readSlot(0)).toEqual({ features: new Float32Array(8), label: 0 });
    const [a, b] = [new Float64Array(20), new Float64Array(20)];
    kernel.advance(a, 1, 5, SEED);
    fresh.advance(b, 1, 5, SEED);
    expect(a).toEqual(b);
  });

  it("are refused where the last of them would end with the 4 GiB, behind which addresses begin with 0 again", () => {
    // 2^32 bytes to the last entry: the number in the message says so, whatever else comes to stand in a memory.
    const three = objectiveFrom({ kind: "softmax", classCount: 3 });
    const shape = { slotCount: 2 ** 16, featureCount: 16 * 12_275, capacity: 8172 };
    expect(() => allocateSparse(shape, three, parametersFor(three, { batchSize: 4 }))).toThrow(
      /rows of 4294967360 bytes to fit in the 4 GiB/,
    );
  });

  it("refuse rows of another length, and nothing after disposal", async () => {
    const kernel = await kernelOf([2, 0.5]);
    expect(() => kernel.writeSlot(0, { features: new Float32Array(20), label: 1 })).toThrow(
      /a record of 8 features, found 20/,
    );
    expect(() => kernel.readSlot(2)).toThrow(/slot = 2/);
    kernel.dispose();
    kernel.dispose();
    expect(() => kernel.readSlot(0)).toThrow(/disposed/);
  });
});
