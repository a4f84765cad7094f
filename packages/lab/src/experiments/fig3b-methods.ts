import { baselines, type Deletion, type ProcessConstants } from "expunge/accounting";
import type { BatchOrder } from "./batch-orders.js";
import { type ExperimentSet, processOf } from "./data-sets.js";
import { descentProcess, learnEpochsOf } from "./noise-levels.js";
import {
  descentIterations,
  firstRequests,
  langevinSteps,
  paperEpochs,
  type SequenceQuestion,
  timelineSteps,
} from "./sequences.js";

export const REQUESTS = 100;
export const TARGET_EPSILON = 1;
export const SIGMA = 0.03;
export const BATCH_SIZES = [32, 64, 128, 256, 512, "full"] as const;
export type BatchSize = (typeof BATCH_SIZES)[number];

/** A way to serve a hundred requests. */
export interface SequenceMethod {
  readonly id: string;
  readonly label: string;
  readonly process: ProcessConstants;
  /** Noise of the steps; 0 where it comes with the release. */
  readonly sigma: number;
  readonly learnSteps: number;
  /** Rows a request. */
  readonly records: number;
  /** Steps that the method's accountant asks of each request. */
  steps(order: BatchOrder): readonly number[];
  /** Steps run beyond those on every call, as the authors' program. */
  readonly extraSteps: number;
  outputStd?(request: number): number;
  readonly publishedAs?: string;
}

export function batchRows(set: Pick<ExperimentSet, "train">, size: BatchSize): number {
  return size === "full" ? set.train.rowCount : size;
}

/** What is asked of an accountant in Figure 3b. */
export function questionFor(
  set: Pick<ExperimentSet, "train" | "l2" | "delta">,
  size: BatchSize,
  deletion: Deletion = "replace",
): SequenceQuestion {
  const process = processOf(set, { batchSize: batchRows(set, size), deletion });
  const learnSteps = learnEpochsOf(process) * process.batchCount;
  return { process, sigma: SIGMA, epsilon: TARGET_EPSILON, delta: set.delta, learnSteps };
}

/** Every way of serving the requests that Figure 3b shows. */
export function sequenceMethods(set: ExperimentSet): readonly SequenceMethod[] {
  return [
    ...BATCH_SIZES.map((size) => paperMethod(set, size)),
    ...BATCH_SIZES.map((size) => timelineMethod(set, size, "replace")),
    timelineMethod(set, 128, "tombstone"),
    ...[1, 1.5, 2].map((factor) => descentMethod(set, factor)),
    ...[5, 10, 20].map((records) => langevinMethod(set, records)),
  ];
}

function paperMethod(set: ExperimentSet, size: BatchSize): SequenceMethod {
  const question = questionFor(set, size);
  const { batchCount } = question.process;
  const epochs = paperEpochs(question, REQUESTS);
  return {
    ...question,
    id: `paper-b${size}`,
    label: `PNSGD, ${nameOf(size)}`,
    learnSteps: question.learnSteps + batchCount,
    records: 1,
    steps: () => epochs.map((count) => count * batchCount),
    extraSteps: batchCount,
    publishedAs: size === "full" ? "b0" : `b${size}`,
  };
}

function timelineMethod(set: ExperimentSet, size: BatchSize, deletion: Deletion): SequenceMethod {
  const question = questionFor(set, size, deletion);
  return {
    ...question,
    id: `expunge-${deletion}-b${size}`,
    label: `Expunge, ${nameOf(size)}${deletion === "tombstone" ? ", tombstone" : ""}`,
    records: 1,
    steps: (order) => timelineSteps(question, order, firstRequests(order, REQUESTS)),
    extraSteps: 0,
  };
}

function descentMethod(set: ExperimentSet, factor: number): SequenceMethod {
  const process = descentProcess(set);
  const question = { ...questionFor(set, "full"), process };
  const iterations = descentIterations(question, {
    dimension: set.train.featureCount,
    requests: REQUESTS,
    factor,
  });
  const { epsilon, delta } = question;
  return {
    ...question,
    id: `descent-${factor}`,
    label: `Descent-to-Delete, I x ${factor}`,
    sigma: 0,
    records: 1,
    steps: () => iterations,
    extraSteps: 0,
    outputStd: (request) =>
      baselines.descentToDeletePrivateSigma({
        process,
        epsilon,
        delta,
        iterations: iterations[Math.max(0, request - 1)]!,
      }),
  };
}

function langevinMethod(set: ExperimentSet, records: number): SequenceMethod {
  const question = questionFor(set, "full");
  // Seconds of searching, so only once it is needed.
  let steps: readonly number[] | null = null;
  return {
    ...question,
    id: `langevin-${records}`,
    label: `Langevin, ${records} rows a request`,
    records,
    steps: () => (steps ??= langevinSteps(question, records, REQUESTS / records)),
    extraSteps: 0,
  };
}

export function nameOf(size: BatchSize): string {
  return size === "full" ? "full batch" : `b = ${size}`;
}
