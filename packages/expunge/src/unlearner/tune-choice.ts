import { ExpungeError } from "../errors.js";
import type { Candidate } from "./tune-candidates.js";
import type { Judge } from "./tune-measure.js";
import type { TunedCandidate, TunedWork } from "./tune-result.js";
import { MAX_FINALISTS } from "./tune-size.js";
import type { Served, Trained } from "./tune-trials.js";

/** Standard errors that a training may lie behind the best and still get requests. */
const CLOSE = 2;

/** What a plan with less work may cost at the most, however little the rows tell: half a point. */
const MAX_BEHIND = 0.005;

/** Gradient evaluations of a plan for all rows. */
export function workOf({ steps, stepsPerRequest, batchSize }: Candidate, requests: number): TunedWork {
  const training = steps * batchSize;
  const request = stepsPerRequest * batchSize;
  return Object.freeze({ training, request, total: training + requests * request });
}

/**
 * The plans that requests are simulated for: the best training and the default; of those that cannot be told from the best the ones that are better
 * than all with less work, then the others, the best first.
 */
export function finalistsOf(trained: readonly Trained[], judge: Judge, requests: number): readonly Trained[] {
  const best = bestOf(trained, ({ before }) => judge.score(before));
  const close = trained
    .filter(({ before }) => {
      const behind = judge.score(best.before) - judge.score(before);
      return behind <= CLOSE * judge.standardErrorOfDifference(best.before, before);
    })
    .map((one) => ({
      one,
      total: workOf(one.candidate, requests).total,
      scores: { mean: judge.score(one.before) },
    }))
    .sort((a, b) => b.scores.mean - a.scores.mean || a.total - b.total);
  const ordered = [
    best,
    ...trained.filter(({ candidate }) => candidate.isDefault),
    ...close.filter((one) => !close.some((other) => dominates(other, one))).map(({ one }) => one),
    ...close.map(({ one }) => one),
  ];
  return [...new Set(ordered)].slice(0, MAX_FINALISTS);
}

export interface Choice {
  /** By ascending work. */
  readonly candidates: readonly TunedCandidate[];
  readonly chosen: Candidate;
  /** Largest standard error of a difference to the best plan. */
  readonly error: number;
}

/**
 * The plan with the least work among those within one standard error of the best mean score after requests, and within half a point.
 *
 * @throws ExpungeError E_INFEASIBLE where no plan's requests could all be certified
 */
export function choose(
  trained: readonly Trained[],
  served: readonly Served[],
  judge: Judge,
  requests: number,
): Choice {
  const finished = served.filter(isFinished);
  if (finished.length === 0)
    throw new ExpungeError(
      "E_INFEASIBLE",
      `Expected a plan whose ${requests} requests can be certified, found none: ${served[0]?.problem ?? ""}`,
    );
  const best = bestOf(finished, ({ after }) => judge.score(after.shares));
  const scored = finished.map(({ candidate, after }) => {
    const mean = judge.score(after.shares);
    const behind = judge.score(best.after.shares) - mean;
    const standardError = judge.standardErrorOfDifference(best.after.shares, after.shares);
    const { total } = workOf(candidate, requests);
    return { candidate, total, scores: Object.freeze({ mean, least: after.least, behind, standardError }) };
  });
  const tied = scored.filter(({ scores }) => scores.behind <= Math.min(MAX_BEHIND, scores.standardError));
  const { candidate: chosen } = tied.reduce((a, b) => (b.total < a.total ? b : a));
  const candidates = trained.map(({ candidate, before }): TunedCandidate => {
    const { l2, batchSize, epochs, stepsPerRequest, isDefault } = candidate;
    const own = scored.find((one) => one.candidate === candidate);
    return Object.freeze({
      l2,
      batchSize,
      epochs,
      stepsPerRequest,
      work: workOf(candidate, requests),
      before: judge.score(before),
      after: own?.scores ?? null,
      problem: served.find((one) => one.candidate === candidate)?.problem ?? null,
      isDefault,
      isOnFrontier: own !== undefined && !scored.some((other) => dominates(other, own)),
      isChosen: candidate === chosen,
    });
  });
  return {
    candidates: candidates.sort((a, b) => a.work.total - b.work.total),
    chosen,
    error: Math.max(...scored.map(({ scores }) => scores.standardError)),
  };
}

interface Scored {
  readonly total: number;
  readonly scores: { readonly mean: number };
}

/** As good for less, or better for as much. */
function dominates(a: Scored, b: Scored): boolean {
  if (a.total > b.total || a.scores.mean < b.scores.mean) return false;
  return a.total < b.total || a.scores.mean > b.scores.mean;
}

function isFinished(served: Served): served is Served & { readonly after: NonNullable<Served["after"]> } {
  return served.after !== null;
}

function bestOf<T>(items: readonly T[], scoreOf: (item: T) => number): T {
  return items.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
}
