import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf } from "../math/special.js";
import { lowerBinomialBound, upperBinomialBound } from "./clopper-pearson.js";
import { normalQuantile } from "./normal-quantile.js";

/** k, n, error, upper, lower by scipy 1.17.1: stats.beta.ppf(1 - error, k + 1, n - k), stats.beta.ppf(error, k, n - k + 1). */
const SCIPY = [
  [0, 10, 0.05, 0.2588655508930522, 0],
  [3, 10, 0.025, 0.6524528500599973, 0.06673951117773447],
  [5, 10, 0.025, 0.8129139715526015, 0.18708602844739855],
  [10, 100, 0.05, 0.16371762327581477, 0.05526323768287004],
  [50, 100, 0.0125, 0.6152206426978385, 0.3847793573021616],
  [1, 1000, 0.0025, 0.008182420204197982, 2.5031270852906997e-6],
  [500, 1000, 0.05, 0.5264822687643087, 0.47351773123569124],
  [3085, 10000, 0.025, 0.31765738134327154, 0.2994542647185414],
  [31000, 100000, 0.0125, 0.31329008943368686, 0.3067239332444465],
  [62000, 200000, 0.025, 0.3120321716390146, 0.30797333649898706],
  [9, 10, 0.1, 0.9895192582062144, 0.6631522766932753],
  [99, 100, 0.5, 0.9930924954370359, 0.9832733294542367],
  [123, 100000, 0.00125, 0.0016036335763644916, 0.0009217744314714324],
] as const;

/** P(X <= k) by its recurrence from P(X = 0), for n small enough not to underflow. */
function directTail(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 0; i < k; i++) sum += term *= ((n - i) / (i + 1)) * (p / (1 - p));
  return sum;
}

describe("the exact binomial bounds", () => {
  it.each(SCIPY)(
    "of %i in %i at %f agree with scipy to 1e-10, on the safe side",
    (k, n, error, upper, lower) => {
      const found = upperBinomialBound(k, n, error);
      expect(found).toBeGreaterThan(upper * (1 - 1e-13));
      expect(found).toBeLessThan(upper * (1 + 1e-10));
      expect(lowerBinomialBound(k, n, error)).toBeLessThanOrEqual(lower + 1e-15);
      expect(lowerBinomialBound(k, n, error)).toBeGreaterThan(lower - 1e-10);
    },
  );

  it("put just the allowed failure into the tail, against a direct sum", () => {
    const cases = fc.integer({ min: 1, max: 100 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        k: fc.integer({ min: 0, max: n - 1 }),
        u: fc.double({ min: 1, max: 4, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ n, k, u }) => {
        const error = 10 ** -u;
        const bound = upperBinomialBound(k, n, error);
        const tail = directTail(k, n, bound);
        // Within 2e-3 of 1 the rounding of 1 - p outweighs the promised digits.
        if (bound < 0.998) expect(tail / error).toBeCloseTo(1, 6);
      }),
      { numRuns: 300 },
    );
  });

  it("have their ends: no case seen by the closed form, every case seen without a bound", () => {
    expect(upperBinomialBound(0, 1000, 0.05)).toBeCloseTo(1 - 0.05 ** (1 / 1000), 12);
    expect(upperBinomialBound(7, 7, 0.05)).toBe(1);
    expect(lowerBinomialBound(0, 7, 0.05)).toBe(0);
  });

  it.each([
    [-1, 5, 0.1],
    [6, 5, 0.1],
    [1.5, 5, 0.1],
    [0, 0, 0.1],
    [1, 5, 0],
    [1, 5, 0.6],
    [1, 5, Number.NaN],
  ])("refuse k = %f, n = %f, error = %f", (k, n, error) => {
    expect(() => upperBinomialBound(k, n, error)).toThrow(expect.objectContaining({ code: "E_DOMAIN" }));
  });
});

describe("the normal quantile", () => {
  /** mpmath at 40 digits, rounded. */
  it.each([
    [1e-300, -37.0470962993612],
    [1e-5, -4.264890793922825],
    [0.025, -1.9599639845400543],
    [0.3085, -0.5001066271622766],
  ])("of %f to 1e-13", (p, x) => {
    expect(Math.abs(normalQuantile(p) / x - 1)).toBeLessThan(1e-13);
  });

  it("undoes the distribution function, and has infinite ends", () => {
    for (let x = -30; x <= 5; x += 0.37) expect(normalQuantile(normalCdf(x))).toBeCloseTo(x, 9);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(0.5)).toBe(0);
  });
});
