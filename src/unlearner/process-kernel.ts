import { noiseStdFromSigma } from "../accounting/process.js";
import {
  createKernel,
  type Kernel,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
} from "../engine/index.js";
import type { TrainingPlan } from "../records/training-plan.js";

/** The kernel of a plan over rows in batch order. */
export function createPlanKernel(plan: TrainingPlan, rows: PackedRows): Promise<Kernel> {
  return createKernelWithNoise(plan, rows, noiseStdFromSigma(plan.process, plan.sigma));
}

/** The same process without noise: what accuracy the noise costs. It certifies nothing. */
export function createNoiselessKernel(plan: TrainingPlan, rows: PackedRows): Promise<Kernel> {
  return createKernelWithNoise(plan, rows, 0);
}

function createKernelWithNoise(
  { process, objective, kernel }: TrainingPlan,
  rows: PackedRows,
  noiseStd: number,
): Promise<Kernel> {
  const parameters = {
    objective,
    batchSize: process.batchSize,
    clip: process.lipschitz,
    l2: process.strongConvexity,
    eta: process.eta,
    noiseStd,
    radius: process.radius,
  };
  return createKernel(rows, parameters, { kernel });
}

/** Where a plan's noise comes from. */
export function noiseOriginOf(plan: Pick<TrainingPlan, "seed">): NoiseOrigin {
  if (plan.seed === null) return { kind: "system" };
  return { kind: "seed", key: noiseKeyFromSeed(plan.seed) };
}
