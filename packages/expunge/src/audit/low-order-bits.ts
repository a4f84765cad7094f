import type { KernelName } from "../accounting/choices.js";
import type { Statistic } from "./directions.js";

/** How a kernel adds noise to weights: a float32 normal times the standard deviation, and the sum, each rounded to the kernel's precision. */
export interface KernelNoise {
  readonly std: number;
  readonly kernel: KernelName;
}

/**
 * An attack on the low-order bits of released weights, for who knows the state before the one step that had noise. Noise that a kernel adds by
 * itself, without a grid, can reach only some of the floating-point numbers, and others from another state: weights that cannot
 * come from a state tell that it was not the one.
 *
 * Source: Mironov, *On significance of the least significant bits for differential privacy*, CCS 2012.
 *
 * @param unlearned the state of the noisy step, its noise left out, in the world with the rows; @param retrained in the other
 */
export function impossibleNoise(
  unlearned: Float64Array,
  retrained: Float64Array,
  noise: KernelNoise,
): Statistic {
  const p = unlearned.slice();
  const q = retrained.slice();
  return {
    name: "low-order bits",
    score: (weights) => possibleCount(weights, p, noise) - possibleCount(weights, q, noise),
  };
}

/** Weights that the kernel's noise can have made of a state. */
export function possibleCount(weights: Float64Array, state: Float64Array, noise: KernelNoise): number {
  let count = 0;
  for (let j = 0; j < weights.length; j++) if (isPossible(weights[j]!, state[j]!, noise)) count += 1;
  return count;
}

/** Whether a kernel can have made a weight of a state by its noise. */
export function isPossible(weight: number, state: number, { std, kernel }: KernelNoise): boolean {
  return kernel === "float32"
    ? isPossible32(weight, state, Math.fround(std))
    : isPossible64(weight, state, std);
}

function isPossible64(weight: number, state: number, std: number): boolean {
  const noise = weight - state;
  const normal = Math.fround(noise / std);
  // The product and the sum are rounded, and so are the difference and the quotient here.
  return Math.abs(noise - std * normal) <= 2 ** -52 * (Math.abs(weight) + Math.abs(state) + Math.abs(noise));
}

function isPossible32(weight: number, state: number, std: number): boolean {
  const noise = Math.fround(weight - state);
  if (Math.fround(state + noise) !== weight) return false;
  // Where the weight is coarser than the noise, many products end up there.
  if (Math.abs(weight) > Math.abs(noise)) return true;
  const normal = Math.fround(noise / std);
  const ulp = 2 ** (Math.floor(Math.log2(Math.abs(normal))) - 23);
  return [-2, -1, 0, 1, 2].some((k) => Math.fround(std * Math.fround(normal + k * ulp)) === noise);
}
