import type { Dataset, DatasetFacts } from "../data/dataset.js";
import { requireOwners } from "../data/row-owners.js";
import { ExpungeError } from "../errors.js";
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
import type { RunOptions, StepsReached, WatchedRun } from "./run-steps.js";
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
  requireDataset(dataset);
  const plan = makeTrainingPlan(dataset, rest);
  requireOwners(dataset.subjects, dataset.rowCount, "dataset");
  const slotOfRow = drawOrder(plan);
  const { batchCount, batchSize } = plan.process;
  const kernel = await createPlanKernel(plan, packRows(dataset, slotOfRow, batchCount * batchSize, plan));
  const index = SubjectIndex.fromSubjects(randomBytes(32), dataset.subjects, dataset.subjectForm);
  return train({ plan, facts: dataset, slotOfRow, index }, kernel, run);
}

/** Plain JavaScript may give none. @throws ExpungeError E_OPTION */
function requireDataset(dataset: unknown): void {
  if (typeof dataset === "object" && dataset !== null && "features" in dataset) return;
  const found = dataset === null ? "null" : typeof dataset;
  throw new ExpungeError("E_OPTION", `Expected a data set, of createDataset or readTable, found ${found}.`);
}

/** All that a trained model remembers of its data, but the rows. */
export interface Prepared {
  readonly plan: TrainingPlan;
  readonly facts: DatasetFacts;
  readonly slotOfRow: Uint32Array;
  readonly index: SubjectIndex;
}

/** A training that may go on from where an earlier run of the same plan, order and rows was left. */
export interface TrainRun extends WatchedRun {
  /**
   * Steps that are done, fewer than the plan's, and the weights after them. The noise of the others is fresh. So whatever an earlier run computed after
   * this point must be thrown away, and must never have been shown to anybody.
   */
  readonly from?: StepsReached | undefined;
}

/** Runs the training steps of a plan on a kernel over its rows; disposes of the kernel where that fails. @throws as `fit` */
export async function train(
  { plan, facts, slotOfRow, index }: Prepared,
  kernel: ProcessKernel,
  run: TrainRun,
): Promise<Model> {
  try {
    if (plan.limit !== null) requireLimitForAll(plan, index.mostRows());
    const steps = plan.epochs * plan.process.batchCount;
    const { stepsDone, weights: initial } = startOf(plan, steps, run.from);
    const std = plan.noise.kind === "every-step" ? plan.noise.std : 0;
    const release = { firstStep: stepsDone + 1, steps: steps - stepsDone, std };
    const weights = await runRelease(
      kernel,
      plan,
      initial,
      release,
      noiseOriginOf(plan),
      "train",
      countedFrom(stepsDone, run),
    );
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

/** @throws ExpungeError E_MODEL for a state that no run of the plan can have come to */
function startOf(
  { outputCount, featureCount }: TrainingPlan,
  steps: number,
  from: StepsReached | undefined,
): StepsReached {
  const length = outputCount * featureCount;
  if (from === undefined) return { stepsDone: 0, weights: new Float64Array(length) };
  const { stepsDone, weights } = from;
  if (Number.isSafeInteger(stepsDone) && stepsDone >= 0 && stepsDone < steps && weights.length === length)
    return from;
  throw new ExpungeError(
    "E_MODEL",
    `Expected a training to go on from one of ${steps} steps with ${length} weights, found step ${stepsDone} with ${weights.length}.`,
  );
}

/** Steps are counted from the training's own beginning. */
function countedFrom(first: number, { signal, onProgress, onSlice }: TrainRun): WatchedRun {
  return {
    ...(signal ? { signal } : {}),
    ...(onProgress && {
      onProgress: ({ stage, stepsDone, stepsTotal }) =>
        onProgress({ stage, stepsDone: first + stepsDone, stepsTotal: first + stepsTotal }),
    }),
    ...(onSlice && {
      onSlice: ({ stepsDone, weights }) => onSlice({ stepsDone: first + stepsDone, weights }),
    }),
  };
}

/** The batch order of a plan, from the row count alone. */
export function drawOrder({ seed, process }: Pick<TrainingPlan, "seed" | "process">): Uint32Array {
  if (seed === null) return drawBatchOrder(process.rowCount);
  return drawBatchOrder(process.rowCount, seededUniform32(`${seed}/order`));
}
