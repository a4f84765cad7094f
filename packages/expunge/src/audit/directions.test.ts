import { describe, expect, it } from "vitest";
import { gaussianRuns, normalSource } from "../../testing/normal-samples.js";
import {
  builtInStatistics,
  distanceToRetrained,
  forgottenLoss,
  knownDirection,
  likelihoodRatio,
  meanDifference,
  type Statistic,
  scoresOf,
} from "./directions.js";
import { shrunkCorrelation, solvePositiveDefinite } from "./moments.js";

/** |difference of means| in units of the deviation, on fresh runs. */
function separation(statistic: Statistic, p: Float64Array[], q: Float64Array[]): number {
  const [a, b] = [scoresOf(statistic, p), scoresOf(statistic, q)];
  const mean = (x: Float64Array) => x.reduce((s, v) => s + v, 0) / x.length;
  const variance = (x: Float64Array) => x.reduce((s, v) => s + (v - mean(x)) ** 2, 0) / x.length;
  return Math.abs(mean(a) - mean(b)) / Math.sqrt(0.5 * (variance(a) + variance(b)));
}

/** w = A z with a lower triangular A, shifted. */
function correlatedRuns(seed: number, m: number, d: number, shift: (j: number) => number): Float64Array[] {
  const normal = normalSource(seed);
  return gaussianRuns(normal, m, new Array(d).fill(0)).map((z) => {
    const w = new Float64Array(d);
    // A walk: neighbours are strongly correlated.
    for (let j = 0; j < d; j++) w[j] = (j > 0 ? 0.95 * w[j - 1]! : 0) + z[j]!;
    return w.map((value, j) => value + shift(j));
  });
}

describe("the likelihood ratio", () => {
  it("finds the quiet coordinate that the plain difference of means drowns in noise", () => {
    // The exact mu is 2, all of it in the first coordinate; the others shift too, far less than their noise.
    const deviations = [0.01, ...new Array(9).fill(10)];
    const shift = [0.02, ...new Array(9).fill(0.5)];
    const none = shift.map(() => 0);
    const normal = normalSource(5);
    const sample = (m: number) => ({
      unlearned: gaussianRuns(normal, m, shift, deviations),
      retrained: gaussianRuns(normal, m, none, deviations),
    });
    const fitting = sample(1500);
    const fresh = sample(3000);
    expect(separation(likelihoodRatio(fitting), fresh.unlearned, fresh.retrained)).toBeGreaterThan(1.9);
    expect(separation(meanDifference(fitting), fresh.unlearned, fresh.retrained)).toBeLessThan(0.5);
  });

  it("uses correlations where there are more runs than dimensions, and comes near the exact mu", () => {
    const d = 20;
    // A^-1 shift is nearly zero but at j = 10: a step there looks smeared over all later coordinates.
    const shift = (j: number) => (j < 10 ? 0 : 1.5 * 0.95 ** (j - 10));
    const fitting = {
      unlearned: correlatedRuns(1, 1500, d, shift),
      retrained: correlatedRuns(2, 1500, d, () => 0),
    };
    const fresh = {
      unlearned: correlatedRuns(3, 4000, d, shift),
      retrained: correlatedRuns(4, 4000, d, () => 0),
    };
    const full = likelihoodRatio(fitting);
    expect(full.name).toBe("likelihood ratio");
    expect(separation(full, fresh.unlearned, fresh.retrained)).toBeGreaterThan(0.93 * 1.5);
    expect(separation(meanDifference(fitting), fresh.unlearned, fresh.retrained)).toBeLessThan(0.9);
  });

  it("falls back on the diagonal where there are fewer runs than dimensions", () => {
    const normal = normalSource(9);
    const shift = new Array(300).fill(0.3);
    const fitting = {
      unlearned: gaussianRuns(normal, 60, shift),
      retrained: gaussianRuns(
        normal,
        60,
        shift.map(() => 0),
      ),
    };
    const statistic = likelihoodRatio(fitting);
    expect(statistic.name).toBe("likelihood ratio (diagonal)");
    const unlearned = gaussianRuns(normal, 500, shift);
    const retrained = gaussianRuns(
      normal,
      500,
      shift.map(() => 0),
    );
    expect(separation(statistic, unlearned, retrained)).toBeGreaterThan(3);
  });

  it("is not disturbed by constant coordinates, and is won by one that differs without noise", () => {
    const normal = normalSource(3);
    const runs = (shift: number, constant: number, m: number) =>
      gaussianRuns(normal, m, [shift]).map(([x]) => Float64Array.of(x!, 0.1, constant, 0));
    const same = { unlearned: runs(1, 0.3, 500), retrained: runs(0, 0.3, 500) };
    expect(separation(likelihoodRatio(same), runs(1, 0.3, 2000), runs(0, 0.3, 2000))).toBeCloseTo(1, 0);
    const parted = { unlearned: runs(1, 0.3, 500), retrained: runs(0, 0.3001, 500) };
    expect(separation(likelihoodRatio(parted), runs(1, 0.3, 500), runs(0, 0.3001, 500))).toBeGreaterThan(
      1000,
    );
  });
});

describe("the other statistics", () => {
  it("are the numbers they are named for", () => {
    const fitting = {
      unlearned: [Float64Array.of(2, 0), Float64Array.of(4, 0)],
      retrained: [Float64Array.of(0, 1), Float64Array.of(0, 3)],
    };
    const w = Float64Array.of(3, 6);
    expect(distanceToRetrained(fitting).score(w)).toBe(5);
    expect(meanDifference(fitting).score(w)).toBe(3 * 1.5 - 2 * 5);
    expect(knownDirection(Float64Array.of(2, -1)).score(w)).toBe(0);
    expect(forgottenLoss((weights) => weights[1]!).score(w)).toBe(6);
    expect(new Set(builtInStatistics(fitting).map(({ name }) => name)).size).toBe(5);
  });

  it("refuse directions and scores that are no use", () => {
    expect(() => knownDirection(Float64Array.of(0, 0))).toThrow(
      expect.objectContaining({ code: "E_DOMAIN" }),
    );
    expect(() => knownDirection(Float64Array.of(Number.NaN))).toThrow(/direction\[0\] = NaN/);
    expect(() => knownDirection(Float64Array.of(1)).score(Float64Array.of(1, 2))).toThrow(
      expect.objectContaining({ code: "E_OPTION" }),
    );
    expect(() =>
      scoresOf(
        forgottenLoss(() => Number.NaN),
        [Float64Array.of(1)],
      ),
    ).toThrow('Expected score of "loss of the forgotten rows" = NaN to be finite.');
  });
});

describe("the shrunk correlation", () => {
  it("is the identity's neighbour for independent coordinates and inverts by Cholesky", () => {
    const runs = gaussianRuns(normalSource(11), 400, new Array(30).fill(0));
    const group = { runs, mean: new Float64Array(30) };
    const matrix = shrunkCorrelation([group], new Float64Array(30).fill(1));
    // Unshrunk, the entries beside the diagonal scatter by 0.05.
    let worst = 0;
    for (let i = 0; i < 30; i++)
      for (let j = 0; j < i; j++) worst = Math.max(worst, Math.abs(matrix[i * 30 + j]!));
    expect(worst).toBeLessThan(0.05);
    const b = Float64Array.from({ length: 30 }, (_, i) => i - 7);
    const x = solvePositiveDefinite(matrix.slice(), b);
    for (let i = 0; i < 30; i++) {
      let sum = 0;
      for (let j = 0; j < 30; j++) sum += matrix[i * 30 + j]! * x[j]!;
      expect(sum).toBeCloseTo(b[i]!, 10);
    }
  });
});
