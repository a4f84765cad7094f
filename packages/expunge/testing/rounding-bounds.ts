import { roundingPerStep } from "../src/accounting/rounding.js";
import type { ProcessParameters } from "../src/engine/kernel.js";
import type { Objective } from "../src/objective/index.js";

/** The accountant's bound on how far a computed step may lie from the exact one. */
export function roundingBound(
  kernel: "float64" | "float32",
  objective: Objective,
  { eta, clip, radius, noiseStd, batchSize }: ProcessParameters,
  featureCount: number,
): number {
  const { smoothness, outputCount } = objective;
  return roundingPerStep(
    { kernel, featureCount, outputCount, noiseStd },
    { batchSize, lipschitz: clip, eta, radius, recordSmoothness: smoothness },
  );
}
