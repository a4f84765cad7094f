import { DomainError, ExpungeError } from "../errors.js";
import { meanOf, pooledDeviations, shrunkCorrelation, solvePositiveDefinite } from "./moments.js";

/** A number that an attacker computes from released weights, hoping that it tells unlearned from retrained. */
export interface Statistic {
  readonly name: string;
  /** Must depend on the weights given only, never on the runs that are judged. */
  score(weights: Float64Array): number;
}

/** The runs that statistics may be built on, each sample at least one run. */
export interface FittingRuns {
  readonly unlearned: readonly Float64Array[];
  readonly retrained: readonly Float64Array[];
}

/** Above this dimension the covariance is not worth its time and the diagonal must do. */
const MAX_WHITENED_DIMENSION = 1024;
/** Runs a dimension beyond which the covariance gains little. */
const RUNS_PER_DIMENSION = 20;
/** A coordinate that changes by less than this, relatively, is taken for constant. */
const RELATIVE_ROUNDING = 1e-10;

/** Every attack that needs no more than the runs: likelihood ratio, difference of means, and three norms. */
export function builtInStatistics(runs: FittingRuns): readonly Statistic[] {
  return [
    likelihoodRatio(runs),
    meanDifference(runs),
    distanceToRetrained(runs),
    scaledDistanceToRetrained(runs),
    { name: "norm", score: (weights) => distance(weights, null, null) },
  ];
}

/**
 * The log-likelihood ratio of two Gaussians of one covariance, up to scale and offset: <C^-1 (mean P - mean Q), w - middle>.
 *
 * C is the covariance about the two means, shrunk by Ledoit and Wolf on standardised coordinates, where there are more runs than
 * dimensions (and at most 1024 dimensions); else its diagonal. The best statistic there is if the laws are such Gaussians.
 */
export function likelihoodRatio(runs: FittingRuns): Statistic {
  const { groups, middle, difference, deviations } = summary(runs);
  const d = difference.length;
  const count = runs.unlearned.length + runs.retrained.length;
  const standardised = difference.map((value, j) => value / deviations[j]!);
  const isFull = count > d && d > 1 && d <= MAX_WHITENED_DIMENSION;
  if (!isFull) {
    const direction = standardised.map((value, j) => value / deviations[j]!);
    return { name: "likelihood ratio (diagonal)", score: (weights) => project(weights, middle, direction) };
  }
  const most = Math.max(RUNS_PER_DIMENSION * d, 2000);
  const fewer = groups.map(({ runs, mean }) => ({ runs: runs.slice(0, most), mean }));
  const solution = solvePositiveDefinite(shrunkCorrelation(fewer, deviations), standardised);
  const direction = solution.map((value, j) => value / deviations[j]!);
  return { name: "likelihood ratio", score: (weights) => project(weights, middle, direction) };
}

/** <mean P - mean Q, w - middle>: the best statistic for noise of one size in all directions. */
export function meanDifference(runs: FittingRuns): Statistic {
  const { middle, difference } = summary(runs);
  return { name: "difference of means", score: (weights) => project(weights, middle, difference) };
}

/** ||w - mean Q||. */
export function distanceToRetrained(runs: FittingRuns): Statistic {
  const mean = meanOf(runs.retrained);
  return { name: "distance to the retrained mean", score: (weights) => distance(weights, mean, null) };
}

/** ||(w - mean Q) / deviations||, every coordinate in units of its own noise. */
export function scaledDistanceToRetrained(runs: FittingRuns): Statistic {
  const { deviations } = summary(runs);
  const mean = meanOf(runs.retrained);
  return {
    name: "scaled distance to the retrained mean",
    score: (weights) => distance(weights, mean, deviations),
  };
}

/**
 * The loss of the forgotten rows: what an attacker who knows them looks at first.
 *
 * @param loss the same rows' loss under any weights, finite
 */
export function forgottenLoss(loss: (weights: Float64Array) => number): Statistic {
  return { name: "loss of the forgotten rows", score: loss };
}

/**
 * <direction, w>, for an attacker who knows exactly where the two laws differ.
 *
 * @param direction finite, not all zero
 * @throws DomainError E_DOMAIN
 */
export function knownDirection(direction: Float64Array, name = "known direction"): Statistic {
  const bad = direction.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new DomainError(`direction[${bad}]`, direction[bad], "to be finite");
  if (direction.every((value) => value === 0)) throw new DomainError("direction", 0, "not to be zero");
  const copy = direction.slice();
  return { name, score: (weights) => project(weights, null, copy) };
}

/**
 * The statistic of every run.
 *
 * @throws DomainError E_DOMAIN where a score is not finite
 * @throws ExpungeError E_OPTION where a known direction has another length than the weights
 */
export function scoresOf(statistic: Statistic, runs: readonly Float64Array[]): Float64Array {
  return Float64Array.from(runs, (weights) => {
    const score = statistic.score(weights);
    if (!Number.isFinite(score)) throw new DomainError(`score of "${statistic.name}"`, score, "to be finite");
    return score;
  });
}

/** Means, their middle and difference, and deviations that are never zero. */
function summary(runs: FittingRuns) {
  const p = meanOf(runs.unlearned);
  const q = meanOf(runs.retrained);
  const groups = [
    { runs: runs.unlearned, mean: p },
    { runs: runs.retrained, mean: q },
  ];
  const middle = p.map((value, j) => 0.5 * (value + q[j]!));
  const rounding = p.map((value, j) => RELATIVE_ROUNDING * Math.max(Math.abs(value), Math.abs(q[j]!)));
  const difference = p.map((value, j) => {
    const offset = value - q[j]!;
    return Math.abs(offset) > rounding[j]! ? offset : 0;
  });
  const deviations = pooledDeviations(groups).map((deviation, j) => {
    const floor = 1e-6 * Math.abs(difference[j]!);
    return deviation > rounding[j]! && deviation > floor ? deviation : floor || 1;
  });
  return { groups, middle, difference, deviations };
}

function project(weights: Float64Array, origin: Float64Array | null, direction: Float64Array): number {
  if (direction.length !== weights.length)
    throw new ExpungeError(
      "E_OPTION",
      `Expected a direction of length ${direction.length} to have length ${weights.length}, like the weights.`,
      { found: direction.length, expected: weights.length },
    );
  let sum = 0;
  for (let j = 0; j < direction.length; j++) {
    const weight = weights[j]!;
    sum += direction[j]! * (origin === null ? weight : weight - origin[j]!);
  }
  return sum;
}

function distance(weights: Float64Array, origin: Float64Array | null, scale: Float64Array | null): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) {
    const weight = weights[j]!;
    const offset = (origin === null ? weight : weight - origin[j]!) / (scale === null ? 1 : scale[j]!);
    sum += offset * offset;
  }
  return Math.sqrt(sum);
}
