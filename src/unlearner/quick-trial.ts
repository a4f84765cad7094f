import type { Dataset } from "../data/dataset.js";
import { splitDataset } from "../data/split-dataset.js";
import type { Kernel } from "../engine/kernel.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { drawBatchOrder } from "./batch-order.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";
import { score } from "./predict.js";
import { createNoiselessKernel, createPlanKernel } from "./process-kernel.js";

/** What a plan's noise costs in accuracy, measured on a held-back part of the data. */
export interface QuickTrial {
  readonly plan: TrainingPlan;
  /** Score with the plan's noise, on rows held back. */
  readonly score: number;
  /** The same process without noise. */
  readonly noiselessScore: number;
  readonly heldBackRows: number;
  /** Milliseconds of training, kernel set-up included. */
  readonly milliseconds: number;
}

/**
 * Trains twice on a part of the data, with the plan's noise and without, and scores both on the rest. Nothing is released: the answer
 * is for whoever runs the training, and a choice made by it is a choice made by looking at the data.
 *
 * @param options.testFraction share of the subjects held back, default 0.2
 * @throws as `fit`
 */
export async function quickTrial(
  dataset: Dataset,
  options: FitOptions & { readonly testFraction?: number },
): Promise<QuickTrial> {
  const { testFraction = 0.2, ...fitOptions } = options;
  const { train, test } = splitDataset(dataset, { testFraction, seed: "quick-trial" });
  const plan = makeTrainingPlan(dataset, fitOptions);
  const { batchCount, batchSize } = plan.process;
  // The held-back rows leave empty slots, so that the process keeps the constants of the whole.
  const order = drawBatchOrder(dataset.rowCount).subarray(0, train.rowCount);
  const rows = packRows(train, order, batchCount * batchSize);
  const start = performance.now();
  const noisy = await createPlanKernel(plan, rows);
  const weights = trainOnce(plan, noisy);
  const milliseconds = performance.now() - start;
  const noiseless = trainOnce(plan, await createNoiselessKernel(plan, rows));
  const scoreOf = (w: Float64Array): number => score({ plan, weights: w, description: dataset }, test);
  return {
    plan,
    score: scoreOf(weights),
    noiselessScore: scoreOf(noiseless),
    heldBackRows: test.rowCount,
    milliseconds,
  };
}

function trainOnce(plan: TrainingPlan, kernel: Kernel): Float64Array {
  const weights = new Float64Array(plan.outputCount * plan.featureCount);
  kernel.advance(weights, 1, plan.epochs * plan.process.batchCount, { kind: "system" });
  kernel.dispose();
  return weights;
}
