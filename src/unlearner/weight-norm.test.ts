import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { fit } from "./fit.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";

const dataset = syntheticDataset({ rowCount: 200, featureCount: 20 });
const options: FitOptions = { epsilon: 1, delta: 1e-4, batchSize: 20, epochs: 3, sigma: 0.2, maxSteps: 1000 };
const normOf = (weights: ArrayLike<number>): number => Math.hypot(...Array.from(weights));

describe("the norm that rounding is reckoned with", () => {
  it("is 16, the radius where that is smaller, and more where the noise alone is", () => {
    const normAt = (rest: Partial<FitOptions>) =>
      makeTrainingPlan(dataset, { ...options, ...rest }).weightNorm;
    expect(normAt({ sigma: 0.01 })).toBe(16);
    expect(normAt({ sigma: 0.01, radius: 3 })).toBe(3);
    expect(normAt({ sigma: 0.01, weightNorm: 40 })).toBe(40);
    expect(normAt({ sigma: 10 })).toBeGreaterThan(100);
    expect(normAt({ sigma: 10, radius: 50 })).toBe(50);
    expect(normAt({ sigma: 10, weightNorm: 40 })).toBe(40);
  });

  it.each([0, 1e-3, 0.1])("is kept by noise of every size, l2 = %d", async (l2) => {
    for (const sigma of [0.1, 1, 30]) {
      const model = await fit(dataset, { ...options, l2, sigma, maxSteps: 1e6 });
      expect(normOf(model.weights)).toBeLessThanOrEqual(model.plan.weightNorm);
      await model.forget({ rows: [0] });
    }
  });

  it("raises the noise that is chosen by no more than rounding takes", () => {
    const { sigma: _, ...rest } = options;
    const asked = { ...rest, unlearnSteps: 1, epsilon: 1e-3 };
    const loud = makeTrainingPlan(dataset, asked);
    expect(loud.weightNorm).toBeGreaterThan(16);
    const quiet = makeTrainingPlan(dataset, { ...asked, weightNorm: 16 });
    expect(loud.sigma).toBeGreaterThan(quiet.sigma);
    expect(loud.sigma).toBeLessThan(1.1 * quiet.sigma);
  });

  it("is kept by every release: weights beyond it are scaled back to it, and the process goes on from there", async () => {
    const free = await fit(dataset, { ...options, seed: 1 });
    const weightNorm = normOf(free.weights) / 2;
    const held = await fit(dataset, { ...options, seed: 1, weightNorm });
    expect(normOf(held.weights)).toBeCloseTo(weightNorm, 12);
    for (const [k, weight] of held.weights.entries()) expect(weight).toBeCloseTo(free.weights[k] / 2, 12);
    const { model, steps } = await held.forget({ rows: [0, 1, 2] });
    expect(steps).toBeGreaterThan(0);
    expect(normOf(model.weights)).toBeLessThanOrEqual(weightNorm * (1 + 1e-12));
  });

  it("has no plan where noise enough for epsilon would be lost in rounding", () => {
    const { sigma: _, ...rest } = options;
    expect(() =>
      makeTrainingPlan(dataset, { ...rest, unlearnSteps: 1, epsilon: 1e-12, delta: 1e-10 }),
    ).toThrow(/rounded too coarsely|noise per step/);
  });

  it("has no plan where the noise would overflow", () => {
    expect(() => makeTrainingPlan(dataset, { ...options, sigma: 1e40 })).toThrow(
      /noise per step .* at most 1e\+30/,
    );
  });
});
