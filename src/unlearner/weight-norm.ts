import { noiseStdFromSigma, type ProcessConstants } from "../accounting/process.js";
import { ExpungeError } from "../errors.js";
import type { TrainingPlan } from "../records/training-plan.js";

/** What weights that rows alone have made are reckoned to stay within. */
export const LEARNED_NORM = 16;

/**
 * The norm W that the rounding of steps is reckoned with where nothing else was asked: 16, or twice what the noise alone comes to, or the
 * radius where that is smaller. It depends on the process and its noise, never on a weight.
 *
 * @param steps of learning, which bound the noise gathered where nothing contracts
 * @param dimension number of weights
 */
export function defaultWeightNorm(
  process: Pick<ProcessConstants, "eta" | "contraction" | "radius">,
  sigma: number,
  steps: number,
  dimension: number,
): number {
  const { contraction, radius } = process;
  const gathered = Math.min(2 * steps, 1 / ((1 - contraction) * (1 + contraction)));
  // A Gaussian's norm lies below sqrt(dimension) + 5 but for one draw in a hundred thousand.
  const noiseNorm = noiseStdFromSigma(process, sigma) * (Math.sqrt(dimension) + 5) * Math.sqrt(gathered);
  return Math.min(radius, Math.max(LEARNED_NORM, 2 * noiseNorm));
}

/**
 * Withholds weights beyond the norm that rounding was reckoned with: their certificate would claim more than was accounted for. It looks at
 * nothing but what would be released, so it is post-processing; the message does not tell the norm found.
 *
 * @throws ExpungeError E_ASSUMPTION
 */
export function requireWeightNorm(
  { weightNorm }: Pick<TrainingPlan, "weightNorm">,
  weights: Float64Array,
): void {
  const square = weights.reduce((sum, weight) => sum + weight * weight, 0);
  // A projected weight may lie a rounding outside the ball.
  if (Math.sqrt(square) <= weightNorm * (1 + 1e-5)) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected weights of norm at most weightNorm = ${weightNorm}, which rounding is reckoned with; found more. Nothing was released. Train with a larger weightNorm (it costs some noise), a larger l2 or a radius.`,
    { weightNorm },
  );
}
