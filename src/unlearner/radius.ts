import type { KernelName } from "../accounting/rounding.js";

/** Weights in float32 are rounded in proportion to the radius, so that it is kept small there. */
const LARGEST_FLOAT32_RADIUS = 64;

/**
 * The radius R of the ball that weights are projected on at every step, where none is given. Where l2 > 0 steps without noise, from 0, never
 * leave the ball of radius M / l2 (|x'| <= (1 - eta l2)|x| + eta M), so that a radius a little above it never bites; noise gets room besides.
 * Without l2 it is what twice the steps of training can reach. The float32 kernel takes no more than 64 max(1, M).
 *
 * It depends on the plan alone, never on a row or a weight.
 *
 * @param noiseStd of each step, 0 for none
 */
export function defaultRadius(process: {
  readonly l2: number;
  readonly eta: number;
  readonly lipschitz: number;
  readonly contraction: number;
  readonly steps: number;
  readonly noiseStd: number;
  readonly dimension: number;
  readonly kernel: KernelName;
}): number {
  const { l2, eta, lipschitz, contraction, steps, noiseStd, dimension, kernel } = process;
  const reach = l2 > 0 ? lipschitz / l2 : 2 * steps * eta * lipschitz;
  const gathered = Math.min(2 * steps, 1 / ((1 - contraction) * (1 + contraction)));
  // A Gaussian's norm lies below sqrt(dimension) + 5 but for one draw in a hundred thousand.
  const noise = 2 * noiseStd * (Math.sqrt(dimension) + 5) * Math.sqrt(gathered);
  const wide = 1.001 * reach + noise;
  return kernel === "float32"
    ? Math.min(wide, LARGEST_FLOAT32_RADIUS * Math.max(1, lipschitz) + noise)
    : wide;
}
