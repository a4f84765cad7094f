import { describe, expect, it } from "vitest";
import { normalCdf } from "../math/special.js";
import { binomialLogPmf } from "./binomial.js";
import { upperBinomialBound } from "./clopper-pearson.js";
import { type ErrorCounts, epsilonLowerBound, largestBound, muLowerBound } from "./lower-bounds.js";
import { normalQuantile } from "./normal-quantile.js";

const counts = (falsePositives: number, falseNegatives: number, n = 1000): ErrorCounts => ({
  falsePositives,
  negatives: n,
  falseNegatives,
  positives: n,
});
const halves = { kind: "separate", typeOneShare: 0.5 } as const;
const pooled = { kind: "pooled" } as const;

describe("the lower bounds from error counts", () => {
  it("follow their formulas in both directions", () => {
    const alpha = upperBinomialBound(10, 1000, 0.01);
    const beta = upperBinomialBound(300, 1000, 0.01);
    const delta = 0.01;
    expect(epsilonLowerBound(counts(10, 300), delta, 0.02, "epsilonForward", halves)).toBeCloseTo(
      Math.log((1 - delta - beta) / alpha),
      12,
    );
    expect(epsilonLowerBound(counts(300, 10), delta, 0.02, "epsilonBackward", halves)).toBeCloseTo(
      Math.log((1 - delta - beta) / alpha),
      12,
    );
    expect(muLowerBound(counts(10, 300), 0.02, halves)).toBeCloseTo(
      normalQuantile(1 - alpha) - normalQuantile(beta),
      12,
    );
    expect(muLowerBound(counts(10, 300), 0.02, pooled)).toBeCloseTo(
      -2 * normalQuantile(upperBinomialBound(310, 2000, 0.02)),
      12,
    );
  });

  it("are 0, not negative or NaN, where nothing is shown", () => {
    for (const [fp, fn] of [
      [500, 500],
      [1000, 1000],
      [0, 1000],
      [1000, 0],
      [700, 600],
    ] as const) {
      expect(muLowerBound(counts(fp, fn), 0.02, halves)).toBe(0);
      expect(muLowerBound(counts(fp, fn), 0.02, pooled)).toBe(0);
      expect(epsilonLowerBound(counts(fp, fn), 0.3, 0.02, "epsilonForward", halves)).toBe(0);
      expect(epsilonLowerBound(counts(fp, fn), 0.3, 0.02, "epsilonBackward", halves)).toBe(0);
    }
  });

  it("of a faultless attack stay finite and grow with the runs", () => {
    expect(largestBound("epsilonForward", 1000, 1e-5, 0.01)).toBeCloseTo(
      Math.log((1 - 1e-5 - upperBinomialBound(0, 1000, 0.001)) / upperBinomialBound(0, 1000, 0.009)),
      10,
    );
    expect(largestBound("mu", 100, 1e-5, 0.01)).toBeLessThan(largestBound("mu", 1000, 1e-5, 0.01));
    expect(largestBound("mu", 1e6, 1e-5, 0.01)).toBeLessThan(12);
  });

  it("pooled: fail no more often than allowed for any pair of rates, by exact enumeration", () => {
    // The claim that needs Hoeffding's theorem: the errors' sum is not binomial where the two rates differ.
    const n = 40;
    const error = 0.05;
    for (const mu of [0.3, 1, 2])
      for (const threshold of [-1, 0, mu / 2, 1, mu, mu + 1]) {
        const [typeOne, typeTwo] = [normalCdf(-threshold), normalCdf(threshold - mu)];
        let failure = 0;
        for (let x = 0; x <= n; x++)
          for (let y = 0; y <= n; y++)
            if (muLowerBound(counts(x, y, n), error, pooled) > mu)
              failure += Math.exp(binomialLogPmf(x, n, typeOne) + binomialLogPmf(y, n, typeTwo));
        expect(failure).toBeLessThanOrEqual(error);
      }
  });

  it("pooled: sharper than separate at the balanced threshold", () => {
    const errors = Math.round(1000 * normalCdf(-0.5));
    const sharp = muLowerBound(counts(errors, errors), 0.035, pooled);
    expect(sharp).toBeGreaterThan(0.88);
    expect(muLowerBound(counts(errors, errors), 0.035, halves)).toBeLessThan(sharp - 0.04);
  });
});
