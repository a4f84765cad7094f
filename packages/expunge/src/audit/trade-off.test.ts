import { describe, expect, it } from "vitest";
import { gaussianRuns, normalSource } from "../../testing/normal-samples.js";
import { deltaFromMu } from "../accounting/index.js";
import { epsilonDeltaTradeOff, gaussianTradeOff, tradeOffCurve } from "./trade-off.js";

const certified = { mu: 1, epsilon: 1, delta: deltaFromMu(1, 1) };

function scores(seed: number, m: number, mu: number): { unlearned: Float64Array; retrained: Float64Array } {
  const normal = normalSource(seed);
  const flat = (shift: number) => Float64Array.from(gaussianRuns(normal, m, [shift]), ([x]) => x!);
  return { unlearned: flat(mu), retrained: flat(0) };
}

describe("the certified curves", () => {
  it("meet at their ends and touch where they should", () => {
    expect(gaussianTradeOff(1, 0)).toBe(1);
    expect(gaussianTradeOff(1, 1)).toBe(0);
    expect(gaussianTradeOff(0, 0.3)).toBeCloseTo(0.7, 14);
    expect(epsilonDeltaTradeOff(1, 0.1, 0)).toBeCloseTo(0.9, 14);
    expect(epsilonDeltaTradeOff(1, 0.1, 0.9)).toBe(0);
    expect(epsilonDeltaTradeOff(1000, 0.1, 0)).toBeCloseTo(0.9, 14);
  });

  it("of (epsilon, delta(mu, epsilon)) lie nowhere above G_mu, and touch it", () => {
    let least = Number.POSITIVE_INFINITY;
    for (let alpha = 0; alpha <= 1; alpha += 1 / 4096) {
      const gap = gaussianTradeOff(1, alpha) - epsilonDeltaTradeOff(1, certified.delta, alpha);
      expect(gap).toBeGreaterThan(-1e-11);
      least = Math.min(least, gap);
    }
    expect(least).toBeLessThan(1e-5);
  });
});

describe("the empirical trade-off curve", () => {
  it("has a band that covers the whole true curve in at least 95 of 100 audits, less sampling slack", () => {
    let covered = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { unlearned, retrained } = scores(seed, 400, 1);
      const points = tradeOffCurve(unlearned, retrained, "above", { certified, confidence: 0.95 });
      if (
        points.every(
          ({ typeOne, low, high }) =>
            low <= gaussianTradeOff(1, typeOne) && gaussianTradeOff(1, typeOne) <= high,
        )
      )
        covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.05 * 0.95) / 300));
  });

  it("is ordered, falls, comes near the true curve and mirrors with the side", () => {
    const { unlearned, retrained } = scores(1, 20_000, 1);
    const points = tradeOffCurve(unlearned, retrained, "above", { certified, confidence: 0.95, steps: 100 });
    const mirrored = tradeOffCurve(
      unlearned.map((x) => -x),
      retrained.map((x) => -x),
      "below",
      {
        certified,
        confidence: 0.95,
        steps: 100,
      },
    );
    expect(mirrored).toEqual(points);
    expect(points).toHaveLength(101);
    points.forEach((point, i) => {
      expect(point.low).toBeLessThanOrEqual(point.typeTwo);
      expect(point.high).toBeLessThanOrEqual(1 - point.typeOne + 1e-15);
      if (i > 0) expect(point.typeTwo).toBeLessThanOrEqual(points[i - 1]!.typeTwo);
      expect(Math.abs(point.typeTwo - gaussianTradeOff(1, point.typeOne))).toBeLessThan(0.02);
      expect(point.certifiedMu).toBe(gaussianTradeOff(1, point.typeOne));
      expect(point.certifiedEpsilon).toBeLessThanOrEqual(point.certifiedMu! + 1e-11);
    });
  });

  it("counts ties as what they are: equal scores part nothing", () => {
    const same = new Float64Array(100).fill(3);
    const points = tradeOffCurve(same, same, "above", {
      certified: { epsilon: 1, delta: 0 },
      confidence: 0.95,
    });
    expect(points).toHaveLength(201);
    expect([points[0], points[100], points[200]]).toMatchObject([
      { typeTwo: 1 },
      { typeTwo: 1, certifiedMu: null },
      { typeTwo: 0 },
    ]);
  });
});
