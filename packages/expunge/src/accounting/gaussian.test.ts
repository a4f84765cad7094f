import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../../../../test/vectors.js";
import { deltaFromMu, epsilonFromMu, muFromEpsilonDelta, renyiFromMu } from "./gaussian.js";

const relative = (found: number, exact: number): number => (exact === 0 ? found : found / exact - 1);

describe("the GDP conversions against 60-digit arithmetic, to 1e-10 on the safe side", () => {
  it.each(vectors.gdp.epsilonOfMuDelta ?? [])(
    "epsilon of mu = $mu, delta = $delta",
    ({ mu, delta, epsilon }) => {
      const error = relative(epsilonFromMu(mu, delta), Number(epsilon));
      expect(error).toBeGreaterThanOrEqual(-1e-16);
      expect(error).toBeLessThan(1e-10);
    },
  );

  it.each(vectors.gdp.muOfEpsilonDelta ?? [])(
    "mu of epsilon = $epsilon, delta = $delta",
    ({ mu, delta, epsilon }) => {
      const error = relative(muFromEpsilonDelta(epsilon, delta), Number(mu));
      expect(error).toBeLessThanOrEqual(1e-16);
      expect(error).toBeGreaterThan(-1e-10);
    },
  );

  it.each(vectors.gdp.deltaOfMuEpsilon ?? [])(
    "delta of mu = $mu, epsilon = $epsilon",
    ({ mu, delta, epsilon }) => {
      const error = relative(deltaFromMu(mu, epsilon), Number(delta));
      expect(error).toBeGreaterThanOrEqual(-1e-16);
      expect(error).toBeLessThan(1e-10);
    },
  );
});

describe("the GDP conversions", () => {
  const mus = fc.double({ min: -6, max: Math.log10(50), noNaN: true }).map((x) => 10 ** x);
  const deltas = fc.double({ min: -30, max: Math.log10(0.5), noNaN: true }).map((x) => 10 ** x);

  it("never let a round trip through epsilon end above the delta it began with", () => {
    fc.assert(
      fc.property(mus, deltas, (mu, delta) => {
        const epsilon = epsilonFromMu(mu, delta);
        expect(deltaFromMu(mu, epsilon)).toBeLessThanOrEqual(delta * (1 + 1e-13));
        // Where epsilon is 0 the pair is even closer than asked.
        if (epsilon > 0) expect(muFromEpsilonDelta(epsilon, delta) / mu).toBeCloseTo(1, 9);
      }),
      { numRuns: 500 },
    );
  });

  it("agree across the switch from the integral to the difference of Mills ratios", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), (epsilon) => {
        const below = deltaFromMu(2, epsilon);
        const above = deltaFromMu(2 * (1 + 1e-15), epsilon);
        expect(above / below).toBeCloseTo(1, 10);
      }),
    );
  });

  it("grow with mu and fall with delta", () => {
    fc.assert(
      fc.property(mus, deltas, (mu, delta) => {
        expect(epsilonFromMu(mu * 1.01, delta)).toBeGreaterThanOrEqual(epsilonFromMu(mu, delta));
        expect(epsilonFromMu(mu, delta / 1.1)).toBeGreaterThanOrEqual(epsilonFromMu(mu, delta));
      }),
    );
  });

  it("never return a delta below the exact one where it underflows", () => {
    expect(deltaFromMu(0.001, 5)).toBeGreaterThan(0);
  });

  it("give the Renyi line alpha mu^2 / 2", () => {
    expect(renyiFromMu(0.5, 3)).toBeCloseTo(0.375, 15);
  });

  it("name the field, the value and the range when the input is out of range", () => {
    expect(() => epsilonFromMu(1, 2)).toThrow("Expected delta = 2 in (0, 1).");
    expect(() => deltaFromMu(Number.NaN, 1)).toThrow("Expected mu = NaN in [0, inf).");
  });
});
