import type { KernelName } from "../accounting/choices.js";
import type { Task } from "../objective/objective.js";

/** No classifier on rows of norm 1 needs larger weights: scores of a thousand are certainties. */
const MAX_CLASSIFIER_RADIUS = 1000;

/** Weights in float32 are rounded in proportion to the radius, so that it is kept small there. */
const MAX_FLOAT32_RADIUS = 64;

/**
 * The radius R of the ball that weights are projected on at every step, where none is given. Where l2 > 0 steps without noise, from 0, never
 * leave the ball of radius M / l2 (|x'| <= (1 - eta l2)|x| + eta M), so that a radius a little above it never bites; noise gets room besides.
 * Without l2 it is what twice the steps of training can reach. Classifiers take no more than 1000, and the float32 kernel no more than 64 max(1, M),
 * so that rounding, which grows with it, stays far below the noise.
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
  readonly task: Task;
}): number {
  const { l2, eta, lipschitz, contraction, steps, noiseStd, dimension, kernel, task } = process;
  const reach = l2 > 0 ? lipschitz / l2 : 2 * steps * eta * lipschitz;
  const gathered = Math.min(2 * steps, 1 / ((1 - contraction) * (1 + contraction)));
  // A Gaussian's norm lies below sqrt(dimension) + 5 but for one draw in a hundred thousand.
  const noise = 2 * noiseStd * (Math.sqrt(dimension) + 5) * Math.sqrt(gathered);
  const most = task === "regression" ? Number.POSITIVE_INFINITY : MAX_CLASSIFIER_RADIUS;
  const float32 = kernel === "float32" ? MAX_FLOAT32_RADIUS * Math.max(1, lipschitz) : most;
  return Math.min(1.001 * reach, most, float32) + noise;
}
