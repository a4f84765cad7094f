import type { NoiseKind } from "../accounting/choices.js";
import { muFromEpsilonDelta } from "../accounting/gaussian.js";
import type { Target } from "../accounting/unlearning.js";
import type { Task } from "../objective/objective.js";
import { FIT_OPTIONS, USUAL_MAX_NOISE } from "./fit-option-table.js";

/** What defaults are chosen from: public facts, never a row. */
export interface DefaultFacts {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly outputCount: number;
  readonly task: Task;
  /** M: bound on one record's gradient. */
  readonly lipschitz: number;
  /** Smoothness of one record's loss. */
  readonly recordSmoothness: number;
  readonly noise: NoiseKind;
  readonly target: Target;
}

/** Settings of a process that nobody chose. */
export interface DefaultSettings {
  readonly l2: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly eta: number;
  /** Most noise left in a row's score; noise on release only. */
  readonly maxNoise: number;
}

/** Match and delta that requests are certified to where nothing else is asked. */
export const DEFAULT_TARGET: Target = Object.freeze({
  epsilon: FIT_OPTIONS.epsilon.usual,
  delta: FIT_OPTIONS.delta.usual,
});

/** Least a = n l2: in a regression rows are shorter than 1, so that a weight counts for more. */
const MIN_STRENGTH: Readonly<Record<Task, number>> = { binary: 1, multiclass: 1, regression: 0.5 };

/** Training takes as long as so many requests, so that forgetting is never dearer than a third of it. */
export const REQUESTS_PER_TRAINING = 3;
/** Time constants 1 / (eta l2) after which the start has faded to 5% at the most. */
export const MIN_TIME_CONSTANTS = 3;
const MIN_EPOCHS = 10;
/** Rows up to which a step takes them all, so that no batch is the last. */
const FULL_BATCH_ROWS = 2000;
/** Floating-point operations of a training with full batches, with smaller ones, and at the very most. */
const FULL_BATCH_WORK = 2e10;
const TRAINING_WORK = 3e10;
const MAX_WORK = 1.5e11;

/**
 * l2, batch size, epochs, step size and limit of noise where none are given.
 *
 * l2 is near 1 / n, the default of common libraries; where rows abound it is larger, which makes forgetting cheaper and costs nothing. A request
 * fades a record's trace in kappa = log(1 + M / (n l2 mu maxNoise)) time constants of 1 / (eta l2) steps. The step size is the
 * largest that the proof likes, 1 / L; batches are large enough that the last one does not sway the model.
 *
 * Source: docs/defaults.md, which has the measurements.
 */
export function defaultSettings(facts: DefaultFacts): DefaultSettings {
  const { rowCount, featureCount, outputCount, task, lipschitz, recordSmoothness, noise, target } = facts;
  const maxNoise = USUAL_MAX_NOISE[task];
  if (noise === "every-step") {
    const l2 = 0.01;
    return { l2, batchSize: Math.min(128, rowCount), epochs: 20, eta: 1 / (recordSmoothness + l2), maxNoise };
  }
  const strength = Math.max(MIN_STRENGTH[task], (0.002 * rowCount) / (outputCount * featureCount));
  const l2 = strength / rowCount;
  const eta = 1 / (recordSmoothness + l2);
  const mu = muFromEpsilonDelta(target.epsilon, target.delta);
  const kappa = Math.log(1 + lipschitz / (strength * mu * maxNoise));
  const steps = Math.ceil(Math.max(MIN_TIME_CONSTANTS, REQUESTS_PER_TRAINING * kappa) / (eta * l2));
  const batchSize = batchSizeFor(rowCount, eta, 4 * featureCount * outputCount * steps);
  const batchCount = Math.ceil(rowCount / batchSize);
  const affordable = Math.floor(MAX_WORK / (4 * featureCount * outputCount * rowCount));
  const epochs = Math.max(
    MIN_EPOCHS,
    Math.min(Math.ceil(steps / batchCount), Math.max(MIN_EPOCHS, affordable)),
  );
  return { l2, batchSize, epochs, eta, maxNoise };
}

/** @param workPerRow floating-point operations of a training with one row a step */
function batchSizeFor(rowCount: number, eta: number, workPerRow: number): number {
  if (rowCount <= FULL_BATCH_ROWS && workPerRow * rowCount <= FULL_BATCH_WORK) return rowCount;
  const wanted = Math.min(Math.max(TRAINING_WORK / workPerRow, 32 * eta), 100 * eta);
  return Math.min(rowCount, Math.max(1, Math.round(wanted)));
}
