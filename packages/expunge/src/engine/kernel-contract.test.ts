import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createKernelUnderTest,
  KERNELS_UNDER_TEST,
  kernelSetting,
  parametersFor,
  SEED,
} from "../../testing/kernels.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import {
  type Kernel,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type ProcessParameters,
} from "./index.js";

/*
 * What every kernel must do: one suite, four implementations. The fast kernel's agreement with the reference, number by
 * number, is in wasm-kernel.test.ts and rounding.test.ts; what they refuse is in check-input.test.ts.
 */

const SPECS: ObjectiveSpec[] = [
  { kind: "logistic" },
  { kind: "logistic", offset: -3 },
  { kind: "softmax", classCount: 5 },
  { kind: "smoothedHinge", width: 0.5 },
  { kind: "huberRegression", threshold: 0.7 },
];

const SYSTEM: NoiseOrigin = { kind: "system" };

describe.each(KERNELS_UNDER_TEST)("kernel %s", (name) => {
  const create = (rows: PackedRows, parameters: ProcessParameters): Promise<Kernel> =>
    createKernelUnderTest(rows, parameters, name);
  const setting = (spec?: ObjectiveSpec, overrides?: Partial<ProcessParameters>, density?: number) =>
    kernelSetting(name, spec, overrides, density);

  it("names itself", async () => {
    const { kernel } = await setting();
    expect(kernel.name).toBe(name === "sparse" ? "float64" : name);
    expect(kernel.precision).toBe(name === "float32" ? "float32" : "float64");
  });

  describe.each(SPECS)("%o", (spec) => {
    it("gives the same weights however the steps are cut into calls", async () => {
      const { run } = await setting(spec, { radius: 1 });
      const whole = run(1, 23);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }), async (cuts) => {
          const weights = run(1, 0);
          let done = 0;
          for (const cut of [...cuts, 23]) {
            const count = Math.min(cut, 23 - done);
            run(1 + done, count, SEED, weights);
            done += count;
          }
          expect(weights).toEqual(whole);
        }),
        { numRuns: 20, seed: 1 },
      );
    });

    it("goes on from the middle of the cycle: step k uses batch (k - 1) mod batchCount", async () => {
      const { kernel, rows, run, parameters } = await setting(spec, { noiseStd: 0 });
      const expected = run(7, 1); // 4 batches, so step 7 uses batch 2
      const features = rows.features.slice(12 * 11, 18 * 11);
      const only = await create(
        { slotCount: 6, featureCount: 11, features, labels: rows.labels.slice(12, 18) },
        parameters,
      );
      const weights = run(1, 0);
      only.advance(weights, 1, 1, SEED);
      expect(weights).toEqual(expected);
      for (const slot of [0, 11, 18, 23]) kernel.writeSlot(slot, null);
      expect(run(7, 1)).toEqual(expected);
    });

    it("an empty slot contributes exactly nothing, whatever its label", async () => {
      const { kernel, objective, rows, run, parameters } = await setting(spec);
      for (const slot of [0, 5, 6, 13]) kernel.writeSlot(slot, null);
      const features = rows.features.slice();
      const labels = rows.labels.slice();
      for (const slot of [0, 5, 6, 13]) features.fill(0, slot * 11, (slot + 1) * 11);
      labels[5] = 77;
      const fresh = await create({ ...rows, features, labels }, parameters);
      const weights = new Float64Array(objective.outputCount * 11);
      fresh.advance(weights, 1, 12, SEED);
      expect(weights).toEqual(run(1, 12));
    });

    it("keeps the weights within the ball", async () => {
      const { run } = await setting(spec, { radius: 0.125, noiseStd: 0.2 });
      for (let steps = 1; steps < 30; steps++) {
        const norm = Math.hypot(...run(1, steps));
        expect(norm).toBeLessThanOrEqual(0.125);
        expect(norm).toBeGreaterThan(0.125 * (1 - 1e-6));
      }
    });

    it("leaves weights inside the ball alone", async () => {
      const free = await setting(spec, { noiseStd: 0 });
      const held = await setting(spec, { noiseStd: 0, radius: 50 });
      expect(held.run(1, 9)).toEqual(free.run(1, 9));
    });
  });

  it("without noise follows the definition for one record: one step of logistic regression", async () => {
    const objective = objectiveFrom({ kind: "logistic" });
    const rows = {
      slotCount: 2,
      featureCount: 2,
      features: Float32Array.of(0.6, 0.8, 0, 0),
      labels: Float32Array.of(1, 0),
    };
    const kernel = await create(
      rows,
      parametersFor(objective, { batchSize: 2, l2: 0.5, eta: 0.4, noiseStd: 0 }),
    );
    const weights = Float64Array.of(0.25, -0.5);
    kernel.advance(weights, 1, 1, SEED);
    const derivative = -1 / (1 + Math.exp(0.6 * 0.25 - 0.8 * 0.5));
    expect(weights[0]).toBeCloseTo(0.25 * 0.8 - 0.2 * derivative * 0.6, 6);
    expect(weights[1]).toBeCloseTo(-0.5 * 0.8 - 0.2 * derivative * 0.8, 6);
  });

  it("clips the scalar derivative to M / |row|, so one step moves the weights by at most eta M / b", async () => {
    const objective = objectiveFrom({ kind: "huberRegression", threshold: 5 });
    const rows = {
      slotCount: 1,
      featureCount: 3,
      features: Float32Array.of(0.1, 0.2, 0.2),
      labels: Float32Array.of(100),
    };
    const kernel = await create(
      rows,
      parametersFor(objective, { batchSize: 1, l2: 0, eta: 1, clip: 0.5, noiseStd: 0 }),
    );
    const weights = new Float64Array(3);
    kernel.advance(weights, 1, 1, SEED);
    const moved = Math.hypot(...weights);
    expect(moved).toBeCloseTo(0.5, 6);
    expect(moved).toBeLessThanOrEqual(0.5 * (1 + 2 ** -23));
  });

  it("system noise differs from call to call", async () => {
    const { run } = await setting();
    expect(run(1, 3, SYSTEM)).not.toEqual(run(1, 3, SYSTEM));
  });

  it("seeded noise depends on the key and on the step number, also beyond 2^32", async () => {
    const { run } = await setting();
    const other: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed("other") };
    expect(run(1, 3, SEED)).toEqual(run(1, 3, SEED));
    expect(run(1, 3, SEED)).not.toEqual(run(1, 3, other));
    expect(run(1, 1)).not.toEqual(run(5, 1)); // same batch, other noise
    expect(run(2 ** 32 + 1, 1)).not.toEqual(run(1, 1));
    expect(run(2 ** 52 + 1, 1)).not.toEqual(run(1, 1));
  });

  it("runs without noise where there is no origin, whatever noiseStd is, and with it again afterwards", async () => {
    const noisy = await setting({ kind: "softmax", classCount: 3 }, { noiseStd: 0.3 });
    const quiet = await setting({ kind: "softmax", classCount: 3 }, { noiseStd: 0 });
    const first = noisy.run(1, 5);
    expect(noisy.run(1, 5, null)).toEqual(quiet.run(1, 5));
    expect(noisy.run(1, 5)).toEqual(first);
    expect(first).not.toEqual(quiet.run(1, 5));
  });

  it("keeps weights that float64 holds, or rounds them to float32", async () => {
    const { run } = await setting({ kind: "logistic" }, { noiseStd: 0, l2: 0 });
    const weights = new Float64Array(11).fill(1 / 3);
    const kept = run(1, 0, null, weights.slice());
    expect(kept).toEqual(weights.map((x) => (name === "float32" ? Math.fround(x) : x)));
  });

  it("does not keep the caller's buffers", async () => {
    const { rows, run } = await setting();
    const before = run(1, 8);
    rows.features.fill(0);
    rows.labels.fill(0);
    expect(run(1, 8)).toEqual(before);
  });

  describe("slots", () => {
    it.each([1, 0.3])("reads back what was packed and what was written, density %d", async (density) => {
      const { kernel, rows } = await setting({ kind: "logistic" }, {}, density);
      for (let slot = 0; slot < 24; slot++) {
        const { features, label } = kernel.readSlot(slot);
        const expected = rows.features.slice(slot * 11, (slot + 1) * 11);
        // Sparse rows hold no zeros, of either sign.
        expect(features).toEqual(name === "sparse" ? expected.map((x) => x + 0) : expected);
        expect(label).toBe(rows.labels[slot]);
      }
      const features = Float32Array.from({ length: 11 }, (_, i) => i / 100);
      kernel.writeSlot(17, { features: Array.from(features), label: -1 });
      expect(kernel.readSlot(17)).toEqual({ features, label: -1 });
      expect(kernel.readSlot(16).features).toEqual(rows.features.slice(16 * 11, 17 * 11));
      expect(kernel.readSlot(18).features).toEqual(rows.features.slice(18 * 11, 19 * 11));
      kernel.writeSlot(17, null);
      expect(kernel.readSlot(17)).toEqual({ features: new Float32Array(11), label: 0 });
    });

    it.each([1, 0.3])("runs on what was written, density %d", async (density) => {
      const { kernel, rows, parameters, run } = await setting({ kind: "logistic" }, {}, density);
      const features = rows.features.slice();
      const labels = rows.labels.slice();
      features.copyWithin(3 * 11, 9 * 11, 10 * 11);
      labels[3] = -labels[9]!;
      kernel.writeSlot(3, { features: features.slice(3 * 11, 4 * 11), label: labels[3]! });
      const fresh = await create({ ...rows, features, labels }, parameters);
      const weights = new Float64Array(11);
      fresh.advance(weights, 1, 12, SEED);
      expect(run(1, 12)).toEqual(weights);
    });
  });
});
