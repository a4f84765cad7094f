import { type Deletion, type ProcessConstants, processConstants } from "expunge/accounting";

/** The size and constants of the paper's MNIST experiment, 3 against 8: what the comparison is made at. */
export const MNIST_SIZE = Object.freeze({
  rowCount: 11264,
  /** Pixels: the dimension that Descent-to-Delete's steps depend on. */
  dimension: 784,
  l2: 0.011264,
  /** Of the logistic loss on rows of norm at most 1. */
  smoothness: 0.25,
  lipschitz: 1,
  delta: 1 / 11264,
});

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

export const START: Setting = Object.freeze({
  ...{ epsilon: 1, delta: MNIST_SIZE.delta, batchSize: 128, sigma: 0.03, epochs: 100, requests: 20 },
  slot: "mean",
});

/** PNSGD as Expunge certifies it: empty slots, float32 rounding reckoned with. */
export function expungeProcess(batchSize: number): ProcessConstants {
  return processAt(batchSize, { deletion: "tombstone", isRounded: true });
}

/** The same steps as the paper reckons them: records are replaced, arithmetic is exact. */
export function paperProcess(batchSize: number): ProcessConstants {
  return processAt(batchSize, { deletion: "replace", isRounded: false });
}

/** Full batches, for Langevin unlearning. */
export function fullBatch(): ProcessConstants {
  return paperProcess(MNIST_SIZE.rowCount);
}

/** Full batches with the step of Descent-to-Delete, 2 / (L + m). */
export function descentProcess(): ProcessConstants {
  const { smoothness, strongConvexity } = fullBatch();
  return processAt(MNIST_SIZE.rowCount, {
    ...{ deletion: "replace", isRounded: false },
    eta: 2 / (smoothness + strongConvexity),
  });
}

function processAt(
  batchSize: number,
  {
    deletion,
    isRounded,
    eta,
  }: { readonly deletion: Deletion; readonly isRounded: boolean; readonly eta?: number },
): ProcessConstants {
  const { rowCount, l2, smoothness, lipschitz } = MNIST_SIZE;
  return processConstants({
    ...{ rowCount, l2, smoothness, lipschitz, batchSize, deletion },
    ...(eta === undefined ? {} : { eta }),
    ...(isRounded ? { rounding: { precision: "float32", weightNorm: 16 } } : {}),
  });
}
