import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";
import { type Effort, gridShift, type Release, releaseWithNoise } from "./erasure.js";
import { epsilonFromMu, muFromEpsilonDelta } from "./gaussian.js";
import { EMPTY_HISTORY, type History, withDeleted, withRelease } from "./history.js";
import { type ProcessConstants, type ProcessOptions, processConstants } from "./process.js";
import { placeRequest, type Target } from "./unlearning.js";

export interface OnReleasePlanOptions extends ProcessOptions, Target {
  /** T: epochs of learning before the first request. */
  readonly epochs: number;
  /** Most noise left in a weight, as a standard deviation. Give this or `steps`. */
  readonly maxNoise?: number;
  /** Steps of every request. Give this or `maxNoise`. */
  readonly steps?: number;
  /** Requests, one after another; default 1. */
  readonly requests?: number;
  /** Records in each; default 1. */
  readonly records?: number;
  /** Which slots are deleted; default "worst", those visited last. */
  readonly slot?: number | "worst" | "best";
}

/** One request of a plan with noise on release; `epsilon` is in nats, at the plan's delta. */
export interface OnReleaseRequest {
  /** From 1. */
  readonly request: number;
  readonly steps: number;
  /** Steps of this request and of all before it. */
  readonly totalSteps: number;
  /** Standard deviation of all noise left in a weight: the noise in the score of a row of norm 1. */
  readonly noise: number;
  readonly mu: number;
  readonly epsilon: number;
}

/** What a process with noise on release will cost. Steps are gradient steps of b records; an epoch is batchCount steps. */
export interface OnReleasePlan {
  readonly noise: "on-release";
  readonly target: Target;
  readonly process: ProcessConstants;
  readonly requests: readonly OnReleaseRequest[];
  /** What the first request could do instead: more steps leave less noise. */
  readonly trades: readonly { readonly steps: number; readonly noise: number }[];
  readonly totals: { readonly steps: number; readonly epochs: number; readonly gradientEvaluations: number };
  readonly retraining: {
    readonly stepsPerRequest: number;
    readonly totalSteps: number;
    readonly gradientEvaluations: number;
    /** Retraining's steps over ours; null where ours are none. */
    readonly ratio: number | null;
  };
}

const SHARES_OF_RETRAINING = [0.01, 0.03, 0.1, 0.3, 1];

/**
 * The steps and the noise of each of a sequence of requests, every one certified together with all before it. The requests are
 * deletions, as those of `planUnlearning` are.
 *
 * Source: docs/theory.md, "Noise on release".
 * @throws DomainError E_DOMAIN, also where retraining's steps are not enough for a request
 */
export function planOnRelease(options: OnReleasePlanOptions): OnReleasePlan {
  const { epsilon, delta, epochs, requests = 1, records = 1, slot = "worst" } = options;
  requireNumber("epochs", epochs, { min: 1, integer: true });
  requireNumber("requests", requests, { min: 1, integer: true });
  const effort = effortOf(options);
  const process = processConstants({ ...options, radius: options.radius ?? reachOf(options) });
  const mu = muFromEpsilonDelta(epsilon, delta);
  const maxSteps = epochs * process.batchCount;
  let steps = maxSteps;
  let history = EMPTY_HISTORY;
  let trades: OnReleasePlan["trades"] = [];
  const planned: OnReleaseRequest[] = [];
  for (let request = 1; request <= requests; request++) {
    history = withDeleted(process, "on-release", history, placeRequest(process, steps, records, slot), steps);
    if (request === 1) trades = tradesOf(process, history, steps, mu);
    const release = releaseWithNoise(process, history, steps, { mu, maxSteps, effort });
    if (release === null) throw tooFewSteps(effort, request, maxSteps);
    steps += release.steps;
    history = released(process, history, steps, release);
    const claim = { mu: release.mu, epsilon: epsilonFromMu(release.mu, delta) };
    planned.push({ request, steps: release.steps, totalSteps: steps, noise: release.left, ...claim });
  }
  const done = steps - maxSteps;
  return Object.freeze({
    noise: "on-release",
    target: { epsilon, delta },
    process,
    requests: planned,
    trades,
    totals: {
      steps: done,
      epochs: done / process.batchCount,
      gradientEvaluations: done * process.batchSize,
    },
    retraining: {
      stepsPerRequest: maxSteps,
      totalSteps: maxSteps * requests,
      gradientEvaluations: maxSteps * requests * process.batchSize,
      ratio: done > 0 ? (maxSteps * requests) / done : null,
    },
  });
}

/** The ball that steps without noise do not leave; with it, what lies far back can be forgotten. */
function reachOf({ l2, lipschitz }: OnReleasePlanOptions): number {
  return l2 > 0 ? (1.001 * lipschitz) / l2 : Number.POSITIVE_INFINITY;
}

function effortOf({ maxNoise, steps }: OnReleasePlanOptions): Effort {
  if ((maxNoise === undefined) === (steps === undefined))
    throw new DomainError("maxNoise", maxNoise, "or steps to be given, not both and not neither");
  if (steps !== undefined) {
    requireNumber("steps", steps, { min: 1, integer: true });
    return { steps };
  }
  requireNumber("maxNoise", maxNoise, { min: 0, openMin: true });
  return { maxNoise };
}

function released(
  process: ProcessConstants,
  history: History,
  steps: number,
  { steps: further, std }: Release,
): History {
  if (further === 0) return history;
  return withRelease(history, { steps, shift: gridShift(process, std), std });
}

function tradesOf(
  process: ProcessConstants,
  history: History,
  steps: number,
  mu: number,
): OnReleasePlan["trades"] {
  const most = Math.max(1, steps);
  const counts = new Set(SHARES_OF_RETRAINING.map((share) => Math.max(1, Math.round(share * most))));
  return [...counts].flatMap((count) => {
    const release = releaseWithNoise(process, history, steps, {
      mu,
      maxSteps: count,
      effort: { steps: count },
    });
    return release === null || release.steps === 0 ? [] : [{ steps: release.steps, noise: release.left }];
  });
}

function tooFewSteps(effort: Effort, request: number, maxSteps: number): DomainError {
  if ("steps" in effort)
    return new DomainError("steps", effort.steps, `of at most ${maxSteps}, what retraining takes`);
  return new DomainError(
    "maxNoise",
    effort.maxNoise,
    `large enough for request ${request} within the ${maxSteps} steps that retraining takes`,
  );
}
