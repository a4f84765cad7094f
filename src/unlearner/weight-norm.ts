import { noiseStdFromSigma, type ProcessConstants } from "../accounting/process.js";
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
 * Weights as they are released: those beyond the norm that rounding was reckoned with are scaled back to it. A projection depends on no record,
 * and brings two worlds no further apart, so every claim holds of what comes out of it; to refuse such weights, and to try again, would be
 * another law and another look at the data.
 */
export function withinWeightNorm(
  { weightNorm }: Pick<TrainingPlan, "weightNorm">,
  weights: Float64Array,
): Float64Array {
  const norm = Math.hypot(...normsOfParts(weights));
  return norm <= weightNorm ? weights : weights.map((weight) => (weight * weightNorm) / norm);
}

/** In parts, since a call takes only so many arguments. */
function normsOfParts(weights: Float64Array): number[] {
  const norms: number[] = [];
  for (let i = 0; i < weights.length; i += 1024) norms.push(Math.hypot(...weights.subarray(i, i + 1024)));
  return norms;
}
