import {
  createKernel,
  createSparseKernel,
  createStreamingKernel,
  type Kernel,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type ProcessParameters,
  rowWidthOf,
  type SlotSource,
  type StreamingKernel,
  type StreamingOptions,
} from "../engine/index.js";
import { widenedSource } from "../engine/widened-source.js";
import { ExpungeError } from "../errors.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import type { Standing, TrainingPlan } from "../records/training-plan.js";
import { storageAt } from "./sparse-storage.js";

export type { Row } from "../engine/index.js";

/** A kernel over rows in memory, or one that reads them as it goes: calls of either are awaited. */
export type ProcessKernel = Kernel | StreamingKernel;

/** The kernel of a plan over rows in batch order. @param storage how they are stored, where that is no longer as planned */
export function createPlanKernel(
  plan: TrainingPlan,
  rows: PackedRows,
  storage: SparseStorage | undefined = plan.sparse,
): Promise<Kernel> {
  return createKernelWithNoise({ ...plan, sparse: storage }, rows, planNoiseStd(plan));
}

/** The same process without noise: what accuracy the noise costs. It certifies nothing. */
export function createNoiselessKernel(plan: TrainingPlan, rows: PackedRows): Promise<Kernel> {
  return createKernelWithNoise(plan, rows, 0);
}

function createKernelWithNoise(plan: TrainingPlan, rows: PackedRows, noiseStd: number): Promise<Kernel> {
  if (plan.sparse) return createSparseKernel(rows, parametersOf(plan, noiseStd), plan.sparse);
  return createKernel(rows, parametersOf(plan, noiseStd), { kernel: plan.kernel });
}

/** The parameters of a plan's process with the given noise on each weight. */
export function parametersOf(
  { process, objective, weighting }: TrainingPlan,
  noiseStd: number,
): ProcessParameters {
  return {
    objective,
    batchSize: process.batchSize,
    clip: process.lipschitz,
    l2: process.strongConvexity,
    eta: process.eta,
    noiseStd,
    radius: process.radius,
    ...(weighting ? { weighting } : {}),
  };
}

/**
 * Numbers of a row of a plan's process as it is stored in training: features, or pairs of those that are not 0, and its sample weight where rows have
 * one.
 */
export function planRowWidth({ featureCount, weighting, sparse }: TrainingPlan): number {
  return rowWidthOf(sparse ? pairsWidth(sparse) : featureCount, weighting);
}

/** The same of a model as it stands, where longer rows may have joined. */
export function rowWidthAt(standing: Standing): number {
  return planRowWidth({ ...standing.plan, sparse: storageAt(standing) });
}

/** The rows of a model with the room that they are to have from now on. @param source of rows as the model has them */
export function widerSource(standing: Standing, wider: Standing, source: SlotSource): SlotSource {
  const [from, to] = [rowWidthAt(standing), rowWidthAt(wider)];
  const behind = standing.plan.weighting?.samples ? 1 : 0;
  return from === to ? source : widenedSource(source, { from, to, behind });
}

/**
 * The kernel of a plan over rows that are read as they are visited.
 *
 * @param options.storage how they are stored, where that is no longer as planned
 * @throws ExpungeError E_OPTION for the reference kernel
 */
export function createStreamingPlanKernel(
  plan: TrainingPlan,
  source: SlotSource,
  {
    storage = plan.sparse,
    ...options
  }: Omit<StreamingOptions, "kernel" | "sparse"> & { readonly storage?: SparseStorage | undefined },
): Promise<StreamingKernel> {
  if (plan.kernel === "reference")
    throw new ExpungeError(
      "E_OPTION",
      "Rows beyond the memory limit need kernel float64 or float32, not reference.",
    );
  return createStreamingKernel(source, parametersOf(plan, planNoiseStd(plan)), {
    ...options,
    kernel: plan.kernel,
    ...(storage ? { sparse: { ...storage, featureCount: plan.featureCount } } : {}),
  });
}

/** Standard deviation of the noise that a plan's steps add to each weight; 0 where noise comes on release. */
export function planNoiseStd({ noise }: TrainingPlan): number {
  return noise.kind === "every-step" ? noise.std : 0;
}

/** Where a plan's noise comes from. */
export function noiseOriginOf(plan: Pick<TrainingPlan, "seed">): NoiseOrigin {
  if (plan.seed === null) return { kind: "system" };
  return { kind: "seed", key: noiseKeyFromSeed(plan.seed) };
}
