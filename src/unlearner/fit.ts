import type { Dataset, DatasetFacts } from "../data/dataset.js";
import { randomBytes } from "../records/bytes.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { drawBatchOrder, seededUniform32 } from "./batch-order.js";
import { requireBudgetForAll } from "./budget.js";
import { Model } from "./model.js";
import type { ModelState } from "./model-state.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { createPlanKernel, noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { type RunOptions, runSteps } from "./run-steps.js";
import { SubjectIndex } from "./subject-index.js";
import { withinWeightNorm } from "./weight-norm.js";

/**
 * Trains a model with projected noisy SGD (theory.md section 1) and returns it with its running process, ready to forget.
 *
 * @throws ExpungeError E_OPTION, E_ASSUMPTION, E_DATA, E_KERNEL, E_ABORTED; DomainError E_DOMAIN
 */
export async function fit(dataset: Dataset, options: FitOptions & RunOptions): Promise<Model> {
  const { signal, onProgress, ...rest } = options;
  const run: RunOptions = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const plan = makeTrainingPlan(dataset, rest);
  const slotOfRow = drawOrder(plan);
  const { batchCount, batchSize } = plan.process;
  const kernel = await createPlanKernel(plan, packRows(dataset, slotOfRow, batchCount * batchSize));
  const index = SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects);
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
    if (plan.budget !== null) requireBudgetForAll(plan, index.mostRows());
    const initial = new Float64Array(plan.outputCount * plan.featureCount);
    const steps = plan.epochs * plan.process.batchCount;
    const trained = await runSteps(kernel, initial, 1, steps, noiseOriginOf(plan), "train", run);
    const weights = withinWeightNorm(plan, trained);
    const { task, labelNames, featureNames, featureCount, scaling, schemaDigest } = facts;
    const { rowCount } = plan.process;
    const description = { task, labelNames, featureNames, featureCount, scaling, schemaDigest, rowCount };
    const state: ModelState = Object.freeze({
      plan,
      timeline: Object.freeze({ version: 1, steps, deleted: [], releases: [steps], requests: [] }),
      weights,
      description: Object.freeze(description),
      slotOfRow,
      index,
      forgotten: { subjects: new Map(), rows: new Map() },
      certificates: new Map(),
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
