import type { Dataset } from "../data/dataset.js";
import { splitDataset } from "../data/split-dataset.js";
import type { Kernel, PackedRows } from "../engine/kernel.js";
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
  // The plan is the whole data set's; the rows held back leave empty slots, so that its constants stay as they are.
  const plan = makeTrainingPlan(dataset, fitOptions);
  const rows = packInRandomOrder(plan, train);
  const noisy = trainOnce(plan, await createPlanKernel(plan, rows));
  const noiseless = trainOnce(plan, await createNoiselessKernel(plan, rows));
  const scoreOf = (weights: Float64Array): number => score({ plan, weights, description: dataset }, test);
  return { plan, score: scoreOf(noisy), noiselessScore: scoreOf(noiseless), heldBackRows: test.rowCount };
}

/** The score on `test` of the same process run without noise on all of `train`: what accuracy the noise costs. */
export async function noiselessScore(train: Dataset, test: Dataset, options: FitOptions): Promise<number> {
  const plan = makeTrainingPlan(train, options);
  const kernel = await createNoiselessKernel(plan, packInRandomOrder(plan, train));
  return score({ plan, weights: trainOnce(plan, kernel), description: train }, test);
}

function packInRandomOrder(plan: TrainingPlan, train: Dataset): PackedRows {
  const { process } = plan;
  const order = drawBatchOrder(process.rowCount).subarray(0, train.rowCount);
  return packRows(train, order, process.batchCount * process.batchSize, plan);
}

function trainOnce(plan: TrainingPlan, kernel: Kernel): Float64Array {
  const weights = new Float64Array(plan.outputCount * plan.featureCount);
  kernel.advance(weights, 1, plan.epochs * plan.process.batchCount, { kind: "system" });
  kernel.dispose();
  return weights;
}
