import {
  noiseStdFromSigma,
  type ProcessConstants,
  roundingPerStep,
  type UNIT_ROUNDOFF,
} from "../accounting/process.js";
import { ExpungeError } from "../errors.js";
import type { TrainingPlan } from "../records/training-plan.js";

/** Norm of the weights that a plan reckons with before there are any. */
export const PLANNED_WEIGHT_NORM = 16;

export function precisionOf({ kernel }: Pick<TrainingPlan, "kernel">): keyof typeof UNIT_ROUNDOFF {
  return kernel === "wasm-simd" ? "float32" : "float64";
}

/** What of a model the rounding of its steps depends on. */
type Running = {
  readonly plan: TrainingPlan;
  readonly weights: Float64Array;
  readonly timeline: { readonly steps: number };
};

/**
 * The norm that certificates reckon with and hold the run to: a power of two above half as much again as the weights' norm and twice
 * what noise alone can build up, so that a run all but never leaves it.
 */
export function weightNormFor({ plan, weights, timeline }: Running): number {
  const { contraction } = plan.process;
  const std = noiseStdFromSigma(plan.process, plan.sigma);
  const span = Math.min(2 * timeline.steps, 1 / (1 - contraction * contraction));
  const fromNoise = std * Math.sqrt(weights.length * span);
  const norm = Math.min(plan.process.radius, 1.5 * normOf(weights) + 2 * fromNoise);
  return 2 ** Math.ceil(Math.log2(norm));
}

/** The constants of a model's process, with the rounding of one step at the size that its weights now have. */
export function certifiedProcess(state: Running): ProcessConstants {
  const rounding = roundingPerStep(precisionOf(state.plan), weightNormFor(state));
  return Object.freeze({ ...state.plan.process, roundingPerStep: rounding });
}

/** @throws ExpungeError E_ASSUMPTION where the weights have outgrown the norm that their certificate reckons with */
export function requireWeightNorm(weights: Float64Array, weightNorm: number): void {
  const found = normOf(weights);
  if (found <= weightNorm) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected weights of norm at most ${weightNorm} after the request, found ${found}; the model is unchanged. Try again, or ask for a smaller request.`,
    { found, expected: weightNorm },
  );
}

function normOf(weights: Float64Array): number {
  let square = 0;
  for (const weight of weights) square += weight * weight;
  return Math.sqrt(square);
}
