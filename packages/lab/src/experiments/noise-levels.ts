import { baselines, calibrateSigma, type ProcessConstants, paper } from "expunge/accounting";
import { type ExperimentSet, processOf } from "./data-sets.js";

/** Epochs of learning before the request: 100, or 3,000 with full batches, as the authors. */
export function learnEpochsOf(process: ProcessConstants): number {
  return process.batchCount === 1 ? 3000 : 100;
}

/** Noise for one request and one epoch by the paper's converged bound. */
export function paperSigma(process: ProcessConstants, epsilon: number, delta: number): number {
  return paper.calibrateSigma({ process, epsilon, delta, unlearnEpochs: 1 });
}

/**
 * Noise for one request and one epoch by the paper's bound that does not assume convergence, Hoelder exponent 2.
 *
 * @param radius of the projection ball; null for what the authors' program uses without a projection, R = 0, as if learning had no start
 *   to forget: the bound after infinitely many epochs
 */
export function paperSigmaNotConverged(
  set: Pick<ExperimentSet, "train" | "l2" | "delta">,
  options: {
    readonly batchSize: number;
    readonly epsilon: number;
    readonly learnEpochs: number;
    readonly radius: number | null;
  },
): number {
  const { batchSize, epsilon, learnEpochs, radius } = options;
  return paper.calibrateSigma({
    process: processOf(set, { batchSize, radius: radius ?? 1 }),
    epsilon,
    delta: set.delta,
    unlearnEpochs: 1,
    learnEpochs: radius === null ? 2 ** 30 : learnEpochs,
  });
}

/** Noise for one request and one epoch by our accountant, for the slot visited last. */
export function timelineSigma(process: ProcessConstants, epsilon: number, delta: number): number {
  const epochs = learnEpochsOf(process);
  return calibrateSigma({ process, epsilon, delta, epochs, unlearnSteps: process.batchCount }).sigma;
}

/** Noise for one request and one full-batch step by Langevin unlearning, to 1e-9. */
export function langevinSigma(process: ProcessConstants, epsilon: number, delta: number): number {
  const meets = (sigma: number): boolean =>
    baselines.langevinEpsilon({ process, sigma, delta, eta: process.eta }, [1]) <= epsilon;
  let high = 1;
  while (!meets(high)) high *= 2;
  while (meets(high / 2)) high /= 2;
  let low = high / 2;
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (meets(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Descent-to-Delete's process: full batches, step 2 / (L + m). */
export function descentProcess(set: Pick<ExperimentSet, "train" | "l2">): ProcessConstants {
  const { strongConvexity, smoothness } = processOf(set, { batchSize: set.train.rowCount });
  return processOf(set, { batchSize: set.train.rowCount, eta: 2 / (smoothness + strongConvexity) });
}

/** A function that computes each answer once. */
export function remembered(answer: (epsilon: number) => number): (epsilon: number) => number {
  const known = new Map<number, number>();
  return (epsilon) => {
    const found = known.get(epsilon) ?? answer(epsilon);
    known.set(epsilon, found);
    return found;
  };
}
