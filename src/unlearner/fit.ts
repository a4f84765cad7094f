import type { Dataset } from "../data/dataset.js";
import { randomBytes } from "../records/bytes.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { drawBatchOrder, seededUniform32 } from "./batch-order.js";
import { Model } from "./model.js";
import type { ModelState } from "./model-state.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { createPlanKernel, noiseOriginOf } from "./process-kernel.js";
import { type RunOptions, runSteps } from "./run-steps.js";
import { SubjectIndex } from "./subject-index.js";

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
  try {
    const initial = new Float64Array(plan.outputCount * plan.featureCount);
    const steps = plan.epochs * batchCount;
    const weights = await runSteps(kernel, initial, 1, steps, noiseOriginOf(plan), "train", run);
    const { task, labelNames, featureNames, featureCount, scaling, schemaDigest, rowCount } = dataset;
    const state: ModelState = Object.freeze({
      plan,
      timeline: Object.freeze({ version: 1, steps, deleted: [], releases: [steps], requests: [] }),
      weights,
      description: Object.freeze({
        task,
        labelNames,
        featureNames,
        featureCount,
        scaling,
        schemaDigest,
        rowCount,
      }),
      slotOfRow,
      index: SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects),
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
function drawOrder({ seed, process }: TrainingPlan): Uint32Array {
  if (seed === null) return drawBatchOrder(process.rowCount);
  return drawBatchOrder(process.rowCount, seededUniform32(`${seed}/order`));
}
