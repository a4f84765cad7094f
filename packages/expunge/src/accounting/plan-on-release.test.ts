import { describe, expect, it } from "vitest";
import { planOnRelease } from "./plan-on-release.js";

const options = {
  rowCount: 30_000,
  batchSize: 400,
  epochs: 260,
  l2: 1e-4,
  smoothness: 0.25,
  lipschitz: 1,
  epsilon: 1,
  delta: 1e-5,
} as const;

describe("a plan for noise on release", () => {
  it("keeps to the noise allowed, and every request meets the target", () => {
    const plan = planOnRelease({ ...options, maxNoise: 0.1, requests: 20 });
    expect(plan.requests.length).toBe(20);
    for (const { noise, epsilon } of plan.requests) {
      expect(noise).toBeLessThanOrEqual(0.1);
      expect(epsilon).toBeLessThanOrEqual(1);
    }
    expect(plan.totals.steps).toBe(plan.requests.reduce((sum, { steps }) => sum + steps, 0));
    expect(plan.retraining.ratio).toBeGreaterThan(1);
  });

  it("takes the steps given, and trades more of them for less noise", () => {
    const noiseOf = (steps: number): number =>
      planOnRelease({ ...options, steps }).requests[0]?.noise as number;
    expect(noiseOf(4000)).toBeLessThan(noiseOf(400));
    const { trades } = planOnRelease({ ...options, maxNoise: 0.1 });
    expect(trades.map(({ noise }) => noise)).toEqual(trades.map(({ noise }) => noise).sort((a, b) => b - a));
  });

  it("goes on for ten thousand requests", () => {
    const plan = planOnRelease({ ...options, maxNoise: 0.1, requests: 10_000 });
    expect(plan.requests.length).toBe(10_000);
    expect(plan.requests.at(-1)?.steps).toBe(plan.requests[100]?.steps);
  });

  it("says what is missing where retraining's steps do not suffice", () => {
    expect(() => planOnRelease({ ...options, epochs: 2, maxNoise: 1e-3 })).toThrow(
      /maxNoise = 0.001 large enough/,
    );
    expect(() => planOnRelease({ ...options, maxNoise: 0.1, steps: 3 })).toThrow(/not both/);
  });
});
