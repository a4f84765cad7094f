import type { Row } from "../engine/kernel.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { seededUniform32, systemUniform32 } from "./batch-order.js";
import type { DataDescription } from "./model-state.js";

/**
 * The record that takes a deleted one's place: a uniformly random unit vector with a random label, as in the paper's experiments, and with
 * sample weight 1 behind it where rows have one. It
 * depends on nothing but the system's randomness, or on the slot and the seed of a plan that has one.
 */
export function drawReplacement(plan: TrainingPlan, description: DataDescription, slot: number): Row {
  const features = new Float32Array(plan.featureCount);
  const uniform32 =
    plan.seed === null ? systemUniform32() : seededUniform32(`${plan.seed}/replacement/${slot}`);
  let square = 0;
  for (let k = 0; k < features.length; k++) {
    const radius = Math.sqrt(-2 * Math.log((uniform32() + 1) / 2 ** 32));
    features[k] = radius * Math.cos((2 * Math.PI * uniform32()) / 2 ** 32);
    square += features[k]! ** 2;
  }
  // A hair inside the unit ball, so that rounding to float32 cannot leave it.
  const scale = (1 - 1e-6) / Math.sqrt(square);
  for (let k = 0; k < features.length; k++) features[k]! *= scale;
  const label = randomLabel(description, uniform32());
  return { features: plan.weighting?.samples ? Float32Array.of(...features, 1) : features, label };
}

function randomLabel({ task, labelNames }: DataDescription, uniform: number): number {
  if (task === "binary") return uniform % 2 === 0 ? 1 : -1;
  if (task === "multiclass") return uniform % labelNames.length;
  return 0;
}
