import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generator, SEED } from "../../testing/kernels.js";
import { roundingBound } from "../../testing/rounding-bounds.js";
import { clipDerivative, type Objective, type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import { normAbove } from "./check-input.js";
import { createKernel, createSparseKernel, type PackedRows, type ProcessParameters } from "./index.js";
import type { Kernel } from "./kernel.js";
import { projectOntoBall } from "./projection.js";
import { allocateSparse } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import { kernelOn } from "./wasm-kernel.js";
import { instantiateKernel } from "./wasm-module.js";

/* Steps of sparse rows whose weight decay is a factor of all weights (docs/theory.md, "Rounding of steps"). */

const MARGIN = 2 ** -20;

interface Entry {
  readonly column: number;
  readonly value: number;
}

interface Setting {
  readonly rows: readonly (readonly Entry[])[];
  readonly labels: Float32Array;
  readonly parameters: ProcessParameters;
  readonly featureCount: number;
  readonly capacity: number;
  readonly start: Float64Array;
}

const shape = fc.record({
  batchSize: fc.integer({ min: 1, max: 9 }),
  batchCount: fc.integer({ min: 1, max: 4 }),
  capacity: fc.constantFrom(1, 3, 8, 11),
  /** Columns beside as many as a batch has room for. */
  spare: fc.constantFrom(0, 1, 100, 3000),
  l2: fc.constantFrom(0, 1e-3, 0.1, 0.9),
  clipShare: fc.constantFrom(1, 0.05),
  radius: fc.constantFrom(1e4, 3, 0.2),
  seed: fc.integer(),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function settingOf(spec: ObjectiveSpec, given: Shape): Setting {
  const { batchSize, batchCount, capacity, spare, l2, clipShare, radius, seed } = given;
  const objective = objectiveFrom(spec);
  const random = generator(seed);
  const featureCount = batchSize * capacity + spare;
  const rows = Array.from({ length: batchSize * batchCount }, () => {
    const count = random() < 0.2 ? 0 : Math.ceil(random() * Math.min(capacity, featureCount));
    const columns = new Set<number>();
    // Few columns in common, or many.
    const from = random() < 0.5 ? Math.min(featureCount, 2 * capacity) : featureCount;
    while (columns.size < Math.min(count, from)) columns.add(Math.floor(from * random()));
    const entries = [...columns].sort((a, b) => a - b).map((column) => ({ column, value: random() - 0.4 }));
    const norm = Math.hypot(...entries.map(({ value }) => value)) * (1 + random());
    return entries.map(({ column, value }) => ({ column, value: Math.fround(value / norm) }));
  });
  const labels = Float32Array.from(rows, () =>
    objective.task === "binary"
      ? Math.sign(random() - 0.5) || 1
      : objective.task === "multiclass"
        ? Math.floor(random() * objective.outputCount)
        : 4 * random() - 2,
  );
  const start = Float64Array.from({ length: objective.outputCount * featureCount }, () => random() - 0.3);
  const length = (radius * random() * 0.99) / Math.hypot(...start);
  return {
    ...{ rows, labels, featureCount, capacity },
    parameters: {
      ...{ objective: spec, batchSize, l2, noiseStd: 0, radius },
      clip: objective.lipschitz * (objective.clippable ? clipShare : 1),
      eta: Math.min(1 / (objective.smoothness + l2), 0.5 / l2),
    },
    start: start.map((x) => x * length),
  };
}

function pairsOf({ rows, labels, featureCount, capacity }: Setting): PackedRows {
  const features = new Float32Array(rows.length * 2 * capacity);
  for (const [slot, entries] of rows.entries())
    for (const [i, { column, value }] of entries.entries())
      features.set([column + 1, value], 2 * (slot * capacity + i));
  return { slotCount: rows.length, featureCount, features, labels };
}

function denseOf({ rows, labels, featureCount }: Setting): PackedRows {
  const features = new Float32Array(rows.length * featureCount);
  for (const [slot, entries] of rows.entries())
    for (const { column, value } of entries) features[slot * featureCount + column] = value;
  return { slotCount: rows.length, featureCount, features, labels };
}

const createSparse = (setting: Setting): Promise<Kernel> =>
  createSparseKernel(pairsOf(setting), setting.parameters, { capacity: setting.capacity });

/** The process as docs/theory.md states it, a number at a time: a factor a, and numbers v, of which the weights are the products. */
class Model {
  private readonly setting: Setting;
  private readonly objective: Objective;
  private readonly v: Float64Array;
  private a = 1;
  private bound: number;
  /** How often weights were multiplied by the factor in mid-run because of their norm. */
  earlyCount = 0;

  constructor(setting: Setting) {
    this.setting = setting;
    this.objective = objectiveFrom(setting.parameters.objective);
    this.v = setting.start.slice();
    this.bound = this.norm();
  }

  run(firstStep: number, stepCount: number): Float64Array {
    for (let k = firstStep; k < firstStep + stepCount; k++)
      this.step(k, k % 64 === 0 || k === firstStep + stepCount - 1);
    return this.v.slice();
  }

  private step(k: number, isSettled: boolean): void {
    if (this.bound < 0) this.bound = this.norm();
    const { rows, parameters, labels } = this.setting;
    const { batchSize, eta, l2, radius } = parameters;
    const first = ((k - 1) % (rows.length / batchSize)) * batchSize;
    const gradient = new Float64Array(this.v.length);
    let sum = 0;
    for (let group = first; group < first + batchSize; group += 4) {
      const coefficients = [0, 0, 0, 0];
      for (let i = 0; i < Math.min(4, first + batchSize - group); i++) {
        const entries = rows[group + i]!;
        coefficients[i] = this.coefficient(entries, labels[group + i]!);
        for (const { column, value } of entries) gradient[column]! += coefficients[i]! * value;
      }
      const [p, q, r, s] = coefficients.map(Math.abs);
      sum += p! + r! + (q! + s!);
    }
    const kept = 1 - eta * l2;
    const gain = eta / batchSize;
    const a = this.a * kept;
    const step = gain / a;
    for (const [i, g] of gradient.entries()) if (g !== 0) this.v[i]! -= step * g;
    this.a = a;
    this.bound = (this.bound * kept + gain * sum) * (1 + MARGIN);
    const isInside = this.bound <= radius * (1 - MARGIN);
    if (!isInside && !isSettled) this.earlyCount++;
    if (isSettled || !isInside) this.settle();
    if (isSettled) this.bound = -1;
  }

  private coefficient(entries: readonly Entry[], label: number): number {
    const sums = [0, 0, 0, 0];
    for (const [i, { column, value }] of entries.entries()) sums[i % 4]! += this.v[column]! * value;
    const output = (sums[0]! + sums[1]! + (sums[2]! + sums[3]!)) * this.a;
    const derivative = new Float64Array(1);
    this.objective.derivative(Float64Array.of(output), label, derivative);
    const norm = Math.sqrt(entries.reduce((square, { value }) => square + value * value, 0));
    if (norm === 0) return 0;
    return clipDerivative(
      derivative[0]!,
      this.setting.parameters.clip,
      normAbove(norm, this.setting.featureCount),
    );
  }

  private settle(): void {
    const { radius } = this.setting.parameters;
    for (let i = 0; i < this.v.length; i++) this.v[i]! *= this.a;
    this.a = 1;
    this.bound = this.norm();
    if (this.bound <= radius * (1 - MARGIN)) return;
    projectOntoBall(this.v, radius);
    this.bound = radius;
  }

  private norm(): number {
    return Math.hypot(...this.v) * (1 + MARGIN);
  }
}

const single: fc.Arbitrary<ObjectiveSpec> = fc.oneof(
  fc.record({ kind: fc.constant("smoothedHinge" as const), width: fc.constantFrom(0.25, 4) }),
  fc.record({ kind: fc.constant("huberRegression" as const), threshold: fc.constantFrom(0.3, 50) }),
);
const any: fc.Arbitrary<ObjectiveSpec> = fc.oneof(
  single,
  fc.constant({ kind: "logistic" } as const),
  fc.record({ kind: fc.constant("softmax" as const), classCount: fc.integer({ min: 2, max: 5 }) }),
);

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

/** The same rows, whose entries name columns as they are: as rows are held that come and go. */
async function unlistedKernel(setting: Setting): Promise<Kernel> {
  const { parameters, capacity } = setting;
  const rows = pairsOf(setting);
  const objective = objectiveFrom(parameters.objective);
  const memory = allocateSparse({ ...rows, capacity }, objective, parameters);
  const kernel = await instantiateKernel(memory.memory);
  const slots = new SparseSlots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  const live = { memory, kernel, step: kernel.stepSparse64, slots };
  return kernelOn(live, "float64", rows.slotCount / parameters.batchSize);
}

describe("weight decay as a factor of all weights", () => {
  it("is the process that the theory states: the same bits as a model of it, but where it projects", async () => {
    let early = 0;
    const property = fc.asyncProperty(single, shape, async (spec, given) => {
      const setting = settingOf(spec, given);
      const kernel = await createSparse(setting);
      const model = new Model(setting);
      const weights = setting.start.slice();
      kernel.advance(weights, 60, 150, null);
      const expected = model.run(60, 150);
      early += model.earlyCount;
      // Sums of squares are added up in another order.
      if (setting.parameters.radius > 1000) expect(weights).toEqual(expected);
      else expect(distance(weights, expected)).toBeLessThan(1e-12 * setting.parameters.radius);
      kernel.dispose();
    });
    await fc.assert(property, { numRuns: 100, seed: 19 });
    expect(early).toBeGreaterThan(100);
  });

  it("stays within as many bounds of a step as there are steps, in one call, on the ball or in it", async () => {
    let moved = 0;
    const property = fc.asyncProperty(any, shape, async (spec, given) => {
      const setting = settingOf(spec, given);
      const { parameters, featureCount, start } = setting;
      const objective = objectiveFrom(spec);
      const kernel = await createSparse(setting);
      const reference = await createKernel(denseOf(setting), parameters, { kernel: "reference" });
      const [weights, expected] = [start.slice(), start.slice()];
      const steps = 70;
      kernel.advance(weights, 1, steps, null);
      reference.advance(expected, 1, steps, null);
      // Bounds on a row's derivative are a little apart, too. No step leads two runs further apart.
      const limits = parameters.eta * parameters.clip * (featureCount + 10) * 2 ** -52;
      const bound = 2 * roundingBound("float64", objective, parameters, featureCount) + limits;
      expect(distance(weights, expected)).toBeLessThanOrEqual(steps * bound);
      expect(Math.hypot(...weights)).toBeLessThanOrEqual(parameters.radius);
      moved += distance(weights, start) / parameters.radius;
      kernel.dispose();
      reference.dispose();
    });
    await fc.assert(property, { numRuns: 150, seed: 20 });
    expect(moved).toBeGreaterThan(10);
  });

  it("gives the same bits whether a batch's columns are listed or not, slots emptied and filled between", async () => {
    const property = fc.asyncProperty(any, shape, fc.boolean(), async (spec, given, hasNoise) => {
      const setting = settingOf(spec, given);
      const noisy = { ...setting, parameters: { ...setting.parameters, noiseStd: hasNoise ? 0.01 : 0 } };
      const [kernel, unlisted] = [await createSparse(noisy), await unlistedKernel(noisy)];
      const [a, b] = [setting.start.slice(), setting.start.slice()];
      const random = generator(given.seed + 1);
      for (let first = 1; first < 200; first += 20) {
        kernel.advance(a, first, 20, SEED);
        unlisted.advance(b, first, 20, SEED);
        expect(a).toEqual(b);
        const slot = Math.floor(setting.rows.length * random());
        const other = random() < 0.4 ? null : kernel.readSlot(Math.floor(setting.rows.length * random()));
        kernel.writeSlot(slot, other);
        unlisted.writeSlot(slot, other);
        for (let i = 0; i < setting.rows.length; i++)
          expect(kernel.readSlot(i)).toEqual(unlisted.readSlot(i));
      }
      kernel.dispose();
      unlisted.dispose();
    });
    await fc.assert(property, { numRuns: 40, seed: 21 });
  });

  const large = settingOf(
    { kind: "logistic" },
    { batchSize: 5, batchCount: 4, capacity: 8, spare: 3000, l2: 0.1, clipShare: 1, radius: 1e4, seed: 4 },
  );

  it("may be cut behind steps that are multiples of 64, and within the bound elsewhere", async () => {
    const kernel = await createSparse(large);
    expect(kernel.cutEvery).toBe(64);
    const run = (...ends: number[]): Float64Array => {
      const weights = large.start.slice();
      let done = 10;
      for (const end of ends) {
        kernel.advance(weights, done + 1, end - done, null);
        done = end;
      }
      return weights;
    };
    const whole = run(300);
    expect(run(64, 192, 192, 256, 300)).toEqual(whole);
    const cut = run(100, 101, 300);
    expect(cut).not.toEqual(whole);
    const objective = objectiveFrom({ kind: "logistic" });
    const bound = roundingBound("float64", objective, large.parameters, large.featureCount);
    expect(distance(cut, whole)).toBeLessThan(4 * bound);
  });

  it("may be cut there also where weights were just projected, and nothing but decay follows", async () => {
    // So little decay that one bound on the norm lets a step stay unsettled and another does not.
    const l2 = 2.5 * 2 ** -20;
    for (const seed of [7, 8, 9]) {
      const given = { batchSize: 4, batchCount: 8, capacity: 3, spare: 100, clipShare: 1, seed } as const;
      const setting = settingOf({ kind: "logistic" }, { ...given, l2: 0, radius: 3 });
      const parameters = { ...setting.parameters, l2, radius: 0.05, eta: 1 };
      const rows = setting.rows.map((row, slot) => (slot < 4 ? [] : row));
      const kernel = await createSparse({ ...setting, parameters, rows });
      const run = (...counts: number[]): Float64Array => {
        const weights = setting.start.map((x) => x * (0.0499 / Math.hypot(...setting.start)));
        let done = 0;
        for (const count of counts) {
          kernel.advance(weights, done + 1, count, null);
          done += count;
        }
        return weights;
      };
      expect(run(64, 8)).toEqual(run(72));
      expect(Math.hypot(...run(64))).toBeGreaterThan(0.04999);
      kernel.dispose();
    }
  });

  it("can be cut anywhere where steps have noise", async () => {
    const noisy = await createSparse({ ...large, parameters: { ...large.parameters, noiseStd: 0.1 } });
    expect(noisy.cutEvery).toBe(1);
  });

  it("leaves the weights as they are where it begins and ends without a step, wherever these lie", async () => {
    const kernel = await createSparse({ ...large, parameters: { ...large.parameters, radius: 1e-3 } });
    const weights = large.start.slice();
    kernel.advance(weights, 5, 0, null);
    expect(weights).toEqual(large.start);
  });

  it("is not where a step takes more than half of the weights: then each is taken off as it stands", async () => {
    const parameters = { ...large.parameters, l2: 1, eta: 0.75 };
    const kernel = await createSparse({ ...large, parameters });
    const reference = await createKernel(denseOf(large), parameters, { kernel: "reference" });
    const [weights, expected] = [large.start.slice(), large.start.slice()];
    kernel.advance(weights, 1, 3000, null);
    reference.advance(expected, 1, 3000, null);
    expect(distance(weights, expected)).toBeLessThan(1e-12);
    const again = large.start.slice();
    for (let k = 1; k <= 3000; k++) kernel.advance(again, k, 1, null);
    expect(again).toEqual(weights);
  });
});
