import type { Dataset, DatasetFacts } from "../data/dataset.js";
import { randomBytes } from "../records/bytes.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { drawBatchOrder, seededUniform32 } from "./batch-order.js";
import { requireLimitForAll } from "./disclosure-limit.js";
import { Forgotten } from "./forgotten.js";
import { Model } from "./model.js";
import { descriptionOf, type ModelState } from "./model-state.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { createPlanKernel, noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { runRelease } from "./run-release.js";
import type { RunOptions } from "./run-steps.js";
import { SubjectIndex } from "./subject-index.js";
import { trainedTimeline } from "./timeline.js";

/**
 * Trains a model with projected SGD and returns it with its running process, ready to forget. With noise on release (the default) it is an
 * ordinary model: it certifies nothing about anybody until the first request.
 *
 * Source: docs/theory.md, "Learning and unlearning are one process".
 * @throws ExpungeError E_OPTION, E_ASSUMPTION, E_DATA, E_KERNEL, E_ABORTED; DomainError E_DOMAIN
 */
export async function fit(dataset: Dataset, options: FitOptions & RunOptions = {}): Promise<Model> {
  const { signal, onProgress, ...rest } = options;
  const run: RunOptions = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const plan = makeTrainingPlan(dataset, rest);
  const slotOfRow = drawOrder(plan);
  const { batchCount, batchSize } = plan.process;
  const kernel = await createPlanKernel(plan, packRows(dataset, slotOfRow, batchCount * batchSize));
  const index = SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects, dataset.subjectForm);
  return train({ plan, facts: dataset, slotOfRow, index }, kernel, run);
}

/** All that a trained model remembers of its data, but the rows. */
export interface Prepared {
  readonly plan: TrainingPlan;
  readonly facts: DatasetFacts;
  readonly slotOfRow: Uint32Array;
  readonly index: SubjectIndex;
}

/** Runs the training steps of a plan on a kernel over its rows; disposes of the kernel where that fails. @throws as `fit` */
export async function train(
  { plan, facts, slotOfRow, index }: Prepared,
  kernel: ProcessKernel,
  run: RunOptions,
): Promise<Model> {
  try {
    if (plan.limit !== null) requireLimitForAll(plan, index.mostRows());
    const initial = new Float64Array(plan.outputCount * plan.featureCount);
    const steps = plan.epochs * plan.process.batchCount;
    const std = plan.noise.kind === "every-step" ? plan.noise.std : 0;
    const release = { firstStep: 1, steps, std };
    const weights = await runRelease(kernel, plan, initial, release, noiseOriginOf(plan), "train", run);
    // As the plan says, by which rows are stored.
    const hasSampleWeights = plan.weighting?.samples;
    const description = descriptionOf({ ...facts, hasSampleWeights }, plan.process.rowCount);
    const state: ModelState = Object.freeze({
      plan,
      timeline: trainedTimeline(plan, steps),
      weights,
      description,
      slotOfRow,
      index,
      forgotten: Forgotten.none(),
    });
    return Model.begin(state, kernel);
  } catch (error) {
    kernel.dispose();
    throw error;
  }
}

/** The batch order of a plan, from the row count alone. */
export function drawOrder({ seed, process }: Pick<TrainingPlan, "seed" | "process">): Uint32Array {
  if (seed === null) return drawBatchOrder(process.rowCount);
  return drawBatchOrder(process.rowCount, seededUniform32(`${seed}/order`));
}
