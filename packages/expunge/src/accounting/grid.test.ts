import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridFor } from "./grid.js";

/** Whether x is a power of two: its float64 has a fraction of zeros. */
function isPowerOfTwo(x: number): boolean {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0]!;
  return x > 0 && (bits & 0xfffffffffffffn) === 0n;
}

const size = fc
  .tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: -300, max: 300 }))
  .map(([fraction, exponent]) => fraction * 2 ** exponent);

describe("gridFor", () => {
  it("is a power of two, within (noiseStd 2^-21, noiseStd 2^-20] unless the radius asks for more, and then the least that will do", () => {
    fc.assert(
      fc.property(size, size, (noiseStd, radius) => {
        const grid = gridFor(noiseStd, radius);
        expect(isPowerOfTwo(grid)).toBe(true);
        expect(grid).toBeGreaterThan(noiseStd * 2 ** -21);
        expect(grid).toBeGreaterThanOrEqual(radius * 2 ** -52);
        const isLeast = grid / 2 < radius * 2 ** -52;
        expect(grid <= noiseStd * 2 ** -20 || isLeast).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [1, 1, 2 ** -20],
    [1 - 2 ** -53, 1, 2 ** -21],
    [1 + 2 ** -52, 1, 2 ** -20],
    [2 - 2 ** -52, 1, 2 ** -20],
    [2 ** -10, 2 ** 22, 2 ** -30],
    [2 ** -10, 2 ** 22 * (1 + 2 ** -52), 2 ** -29],
    [2 ** -40, 1, 2 ** -52],
    [2 ** -40, 1 + 2 ** -52, 2 ** -51],
    [1e-3, 5e-324, 2 ** -30],
    [2 ** 900, 2 ** 900, 2 ** 880],
  ])("noise %d, radius %d: %d", (noiseStd, radius, expected) => {
    expect(gridFor(noiseStd, radius)).toBe(expected);
  });

  it.each([
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
    [2 ** -901, 1],
    [1, 0],
    [1, Number.POSITIVE_INFINITY],
    [1, Number.NaN],
  ])("refuses noise %d, radius %d", (noiseStd, radius) => {
    expect(() => gridFor(noiseStd, radius)).toThrow(expect.objectContaining({ code: "E_DOMAIN" }));
  });
});
