import { type Deletion, type ProcessConstants, processConstants } from "expunge/accounting";
import { FIT_OPTIONS } from "expunge/options";

/** The size and constants of the paper's MNIST experiment, 3 against 8: what the comparison is made at. */
export const MNIST_SIZE = Object.freeze({
  rowCount: 11264,
  /** Pixels: the dimension that Descent-to-Delete's steps depend on. */
  dimension: 784,
  l2: 0.011264,
  /** Of the logistic loss on rows of norm at most 1. */
  smoothness: 0.25,
  lipschitz: 1,
});

/** What the paper's experiments ask for; the product's own default is smaller. */
export const PAPER_DELTA = 1 / MNIST_SIZE.rowCount;

/** What the visitor drags. */
export interface Setting {
  readonly epsilon: number;
  readonly delta: number;
  readonly batchSize: number;
  readonly sigma: number;
  readonly epochs: number;
  readonly requests: number;
  /** Whose records are asked for: anybody's, or every time the one that costs most. */
  readonly slot: "mean" | "worst";
}

/** As the product begins: its epsilon and delta, and the record that costs most. Noise at every step has no default level. */
export const START: Setting = Object.freeze({
  ...{ epsilon: FIT_OPTIONS.epsilon.usual, delta: FIT_OPTIONS.delta.usual },
  ...{ batchSize: 128, sigma: 0.03, epochs: 100, requests: 20, slot: "worst" },
});

/** Steps of a request and of training again by Expunge's defaults, noise on release, at this size: `expunge plan --rows 11264 --columns 784`. */
export const DEFAULT_STEPS = Object.freeze({ request: 13_559, training: 40_866 });

/** PNSGD with noise at every step as Expunge certifies it: empty slots. Arithmetic is exact here; float64 makes no difference that could be seen. */
export function expungeProcess(batchSize: number): ProcessConstants {
  return processAt(batchSize, { deletion: "tombstone" });
}

/** The same steps as the paper reckons them: records are replaced. */
export function paperProcess(batchSize: number): ProcessConstants {
  return processAt(batchSize, { deletion: "replace" });
}

/** Full batches, for Langevin unlearning. */
export function fullBatch(): ProcessConstants {
  return paperProcess(MNIST_SIZE.rowCount);
}

/** Full batches with the step of Descent-to-Delete, 2 / (L + m). */
export function descentProcess(): ProcessConstants {
  const { smoothness, strongConvexity } = fullBatch();
  return processAt(MNIST_SIZE.rowCount, {
    deletion: "replace",
    eta: 2 / (smoothness + strongConvexity),
  });
}

function processAt(
  batchSize: number,
  { deletion, eta }: { readonly deletion: Deletion; readonly eta?: number },
): ProcessConstants {
  const { rowCount, l2, smoothness, lipschitz } = MNIST_SIZE;
  return processConstants({
    ...{ rowCount, l2, smoothness, lipschitz, batchSize, deletion },
    ...(eta === undefined ? {} : { eta }),
  });
}
