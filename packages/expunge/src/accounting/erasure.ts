import { monotoneRoot, smallestInteger } from "../math/root.js";
import { geometricSum } from "./geometric-sum.js";
import { gridFor } from "./grid.js";
import type { History } from "./history.js";
import { HistoryBound } from "./history-bound.js";
import type { ProcessConstants } from "./process.js";

/** How a process is noised: s at every step, or what each release needs. */
export type Noise =
  | { readonly kind: "every-step" /** s, per coordinate. */; readonly std: number }
  | { readonly kind: "on-release" };

/** A further release: how many steps it takes, and the noise added at the last of them; 0 steps where the noise so far is enough. */
export interface Release {
  readonly steps: number;
  /** 0 where there are no steps. */
  readonly std: number;
  /** Standard deviation of all noise that is left in a weight after it, earlier releases' and steps' included. */
  readonly left: number;
  readonly mu: number;
}

/** How the steps of an on-release request are chosen: the least that keep all noise left in a weight within a limit, or as many as given. */
export type Effort = { readonly maxNoise: number } | { readonly steps: number };

/**
 * mu of the erasure claim after `steps` steps: how well the released state and a retrained one can be told apart.
 *
 * With noise at every step mu = sqrt(E) / s; with noise on release the cells hold it, and the newest must be a release. What comes after that
 * release moved nothing of those deleted and is a function of what was released, so that its claim stands. To either come the rounding of the
 * steps and that of the release to its grid, root to root (Minkowski).
 *
 * Source: docs/theory.md, "Any schedule of noise" and "Floating point".
 * @returns mu >= 0; Infinity where no noise covers what was deleted
 */
export function erasureMu(process: ProcessConstants, noise: Noise, history: History, steps: number): number {
  if (history.cells.length === 0 && history.start === 0) return 0;
  const bound = new HistoryBound(process, noise.kind, history);
  if (noise.kind === "every-step") return everyStepMu(process, noise.std, bound.energyAfter(steps), steps);
  const newest = history.cells.at(-1);
  if (newest === undefined || newest.step > steps || newest.std === 0) return Number.POSITIVE_INFINITY;
  return Math.sqrt(bound.muSquare()) + roundingAfter(process, newest.step) / newest.std;
}

/**
 * The shift that rounding a release's state to its grid can add between two runs: 2 gamma sqrt(D). Half of it is the rounding of the two states; the
 * other half that of a mean between them, where a plan covers only a part of their distance at this release and the rest later.
 */
export function gridShift({ radius, dimension }: ProcessConstants, std: number): number {
  return dimension === 0 ? 0 : 2 * gridFor(std, radius) * Math.sqrt(dimension);
}

/**
 * The least further steps after which a process with noise at every step meets mu; null where `maxSteps` are not enough.
 *
 * @param target.unit releases come only after multiples of this many steps from `first` on
 */
export function stepsWithNoise(
  process: ProcessConstants,
  std: number,
  history: History,
  steps: number,
  target: { readonly mu: number; readonly maxSteps: number; readonly unit?: number; readonly first?: number },
): Release | null {
  const { mu, maxSteps, unit = 1, first = 0 } = target;
  const answer = (further: number, proved: number): Release => {
    const left = std * Math.sqrt(geometricSum(2 * Math.log(process.contraction), steps + further));
    return { steps: further, std: further > 0 ? std : 0, left, mu: proved };
  };
  if (history.cells.length === 0 && history.start === 0) return answer(first, 0);
  const bound = new HistoryBound(process, "every-step", history);
  const muAfter = (further: number): number =>
    everyStepMu(process, std, bound.energyAfter(steps + further), steps + further);
  if (maxSteps < first) return null;
  const units = smallestInteger(
    (count) => muAfter(first + count * unit) <= mu,
    0,
    Math.floor((maxSteps - first) / unit),
  );
  if (units === null) return null;
  const further = first + units * unit;
  return answer(further, muAfter(further));
}

/**
 * The steps and the noise of a release that meets mu where noise comes on release: k steps without noise, at the last of them one Gaussian.
 *
 * The distance falls as c^k and the noise with it. With a limit on the noise k is the least that keeps to it; then the noise is the least that
 * meets mu. No step and no noise where earlier noise covers everything already.
 *
 * Source: docs/theory.md, "Noise on release".
 * @returns null where `maxSteps` are not enough
 */
export function releaseWithNoise(
  process: ProcessConstants,
  history: History,
  steps: number,
  target: { readonly mu: number; readonly maxSteps: number; readonly effort: Effort },
): Release | null {
  const { mu, maxSteps, effort } = target;
  const standing = erasureMu(process, { kind: "on-release" }, history, steps);
  const bound = new HistoryBound(process, "on-release", history);
  if (standing <= mu) return { steps: 0, std: 0, left: bound.noiseLeft(steps), mu: standing };
  const muOf = (further: number, std: number): number => releaseMu(process, bound, steps + further, std);
  const further =
    "steps" in effort
      ? effort.steps
      : smallestInteger((count) => meetsWithin(bound, muOf, steps, count, effort.maxNoise, mu), 1, maxSteps);
  if (further === null || further < 1 || further > maxSteps) return null;
  const std = leastNoise((candidate) => muOf(further, candidate) - mu);
  if (std === null) return null;
  return {
    steps: further,
    std,
    left: Math.hypot(bound.noiseLeft(steps + further), std),
    mu: muOf(further, std),
  };
}

/** Whether as much noise as fits beside what earlier releases have left meets mu. */
function meetsWithin(
  bound: HistoryBound,
  muOf: (further: number, std: number) => number,
  steps: number,
  further: number,
  maxNoise: number,
  mu: number,
): boolean {
  const room = maxNoise ** 2 - bound.noiseLeft(steps + further) ** 2;
  return room > 0 && muOf(further, Math.sqrt(room)) <= mu;
}

/** mu of a release with noise `std` at step `steps`, its grid and the rounding of all steps included. */
function releaseMu(process: ProcessConstants, bound: HistoryBound, steps: number, std: number): number {
  const square = bound.muSquareAfterRelease(steps, gridShift(process, std), std);
  return Math.sqrt(square) + roundingAfter(process, steps) / std;
}

/** Standard deviations between which noise is looked for. */
const MIN_NOISE = 1e-150;
const MAX_NOISE = 1e30;

/** The least standard deviation at which `excess` is not positive, to a relative 1e-9; null where none is enough. */
function leastNoise(excess: (std: number) => number): number | null {
  let meets = 1;
  while (excess(meets) > 0) {
    meets *= 16;
    if (meets > MAX_NOISE) return null;
  }
  while (excess(meets / 16) <= 0) {
    meets /= 16;
    if (meets < MIN_NOISE) return meets;
  }
  const log = monotoneRoot((value) => excess(Math.exp(value)), Math.log(meets / 16), Math.log(meets));
  // The grid grows by powers of two, so that mu can jump up by a hair where the noise crosses one.
  let found = Math.exp(log);
  while (excess(found) > 0) found *= 1 + 1e-9;
  return found;
}

/**
 * sqrt(E) / s with what rounding and the grid of releases add: at most 2 rho + 2 gamma sqrt(D) a step, covered by every step's noise, and once more
 * at the release, whose own rounding comes before its noise while that of the step before comes after its own.
 */
function everyStepMu(process: ProcessConstants, std: number, energy: number, steps: number): number {
  if (energy === 0) return 0;
  const { contraction, roundingPerStep } = process;
  const span = Math.min(steps, (1 + contraction) / (1 - contraction));
  const perStep = 2 * roundingPerStep + gridShift(process, std);
  return (Math.sqrt(energy) + perStep * (Math.sqrt(span) + 1)) / std;
}

/** How far the rounding of all steps so far can have driven two runs apart: 2 rho (1 - c^N) / (1 - c). */
function roundingAfter({ contraction, roundingPerStep }: ProcessConstants, steps: number): number {
  return 2 * roundingPerStep * Math.min(steps, 1 / (1 - contraction));
}
