import { describe, expect, it } from "vitest";
import { seededRandom } from "./seeded-random.js";

const COUNT = 100_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: COUNT }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / COUNT;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COUNT };
}

describe("seededRandom", () => {
  it("repeats itself for a seed and differs for another", () => {
    const [a, b, c] = [seededRandom(1), seededRandom(1), seededRandom(2)];
    const draw = (random: typeof a) => Array.from({ length: 100 }, () => random.uniform());
    const values = draw(a);
    expect(draw(b)).toEqual(values);
    expect(draw(c)).not.toEqual(values);
  });

  it("gives uniform, normal and Poisson numbers of the right mean and variance, within 5 standard errors", () => {
    const random = seededRandom(7);
    for (const [draw, mean, variance, kurtosis] of [
      [() => random.uniform(), 1 / 2, 1 / 12, 9 / 5],
      [() => random.normal(), 0, 1, 3],
      [() => random.poisson(3), 3, 3, 3 + 1 / 3],
      [() => random.integer(1, 6), 3.5, 35 / 12, 1.73],
    ] as const) {
      const found = moments(draw);
      expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / COUNT));
      expect(Math.abs(found.variance - variance)).toBeLessThan(
        5 * variance * Math.sqrt((kurtosis - 1) / COUNT),
      );
    }
  });

  it("chooses keys by weight", () => {
    const random = seededRandom(3);
    const counts = { a: 0, b: 0, never: 0 };
    for (let i = 0; i < COUNT; i++) counts[random.weighted({ a: 1, b: 3, never: 0 })]++;
    expect(counts.never).toBe(0);
    expect(Math.abs(counts.a / COUNT - 0.25)).toBeLessThan(0.01);
  });
});
