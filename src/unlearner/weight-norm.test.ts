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

  it("withholds a trained model beyond it, and does not tell its norm", async () => {
    await expect(fit(dataset, { ...options, weightNorm: 0.01 })).rejects.toMatchObject({
      code: "E_ASSUMPTION",
      message: expect.stringMatching(/weightNorm = 0.01.*found more\. Nothing was released/),
    });
  });

  it("withholds what forgetting has made, and leaves the model as it was", async () => {
    const forgotten = { rows: [0, 1, 2] };
    const grown = async (seed: number) => {
      const model = await fit(dataset, { ...options, seed });
      return [normOf(model.weights), normOf((await model.forget(forgotten)).model.weights)] as const;
    };
    let seed = 0;
    let [before, after] = await grown(seed);
    while (after < before * 1.01) [before, after] = await grown(++seed);
    const model = await fit(dataset, { ...options, seed, weightNorm: (before + after) / 2 });
    const weights = [...model.weights];
    await expect(model.forget(forgotten)).rejects.toMatchObject({ code: "E_ASSUMPTION" });
    expect([...model.weights]).toEqual(weights);
    expect(model.isSuperseded).toBe(false);
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
