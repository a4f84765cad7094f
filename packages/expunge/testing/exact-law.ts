import { solvePositiveDefinite } from "../src/audit/moments.js";
import type { ProcessParameters } from "../src/engine/index.js";
import type { Row, Trial } from "./build-under-trial.js";

/**
 * The exact mu of a trial whose every step is linear: rows whose gradient is clipped throughout push with a constant force, the others
 * pull with their whole residual (Huber's loss within its threshold). Both worlds' laws are then Gaussian, of one covariance where
 * slot 0 is among the pushing rows.
 *
 *   x_k = A_k x_{k-1} + b_k + nu_k W_k,   A_k = (1 - eta lambda) I - (eta/b) sum x_i x_i',   mu^2 = D' C^-1 D
 *
 * @param isPushing whether the gradient of a row is clipped at every step
 */
export function exactMu(trial: Trial, isPushing: (row: Row) => boolean): number {
  const { parameters, rows, trainingSteps, unlearningSteps, noise, releaseStd } = trial;
  const deleted = rows[0]!;
  const d = deleted.features.length;
  const { batchSize } = parameters;
  const lastStep = trainingSteps + unlearningSteps;
  const batchCount = rows.length / batchSize;
  let difference = new Array<number>(d).fill(0);
  let covariance = zeros(d);
  for (let step = 1; step <= lastStep; step++) {
    const batch = (step - 1) % batchCount;
    const pulling = rows
      .slice(batch * batchSize, (batch + 1) * batchSize)
      .filter((row, i) => !(batch === 0 && i === 0) && !isPushing(row));
    const map = stepMap(parameters, pulling, d);
    difference = map.map((line) => dot(line, difference));
    if (batch === 0 && step <= trainingSteps) {
      const push = pushOf(parameters, deleted);
      difference = difference.map((value, j) => value + push[j]!);
    }
    covariance = multiply(multiply(map, covariance), transpose(map));
    const std = noise.kind === "every-step" ? noise.std : step === lastStep ? releaseStd : 0;
    for (const [j, line] of covariance.entries()) line[j]! += std ** 2;
  }
  const flat = Float64Array.from(covariance.flat());
  const whitened = solvePositiveDefinite(flat, Float64Array.from(difference));
  return Math.sqrt(dot([...whitened], difference));
}

/** eta/b times the clipped gradient's length, in the row's direction; the sign is of no matter to mu. */
function pushOf({ eta, clip, batchSize }: ProcessParameters, { features }: Row): number[] {
  const norm = Math.hypot(...features);
  return features.map((value) => (eta * clip * value) / (norm * batchSize));
}

function stepMap({ eta, l2, batchSize }: ProcessParameters, pulling: readonly Row[], d: number): number[][] {
  const map = zeros(d);
  for (const [j, line] of map.entries()) line[j] = 1 - eta * l2;
  for (const { features } of pulling)
    for (const [j, line] of map.entries())
      for (let k = 0; k < d; k++) line[k]! -= (eta / batchSize) * features[j]! * features[k]!;
  return map;
}

const zeros = (d: number): number[][] => Array.from({ length: d }, () => new Array<number>(d).fill(0));
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const transpose = (a: number[][]): number[][] => a.map((_, j) => a.map((line) => line[j]!));
const multiply = (a: number[][], b: number[][]): number[][] => {
  const columns = transpose(b);
  return a.map((line) => columns.map((column) => dot(line, column)));
};
