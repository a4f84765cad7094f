import { epsilonFromMu } from "../accounting/index.js";
import { DomainError, ExpungeError } from "../errors.js";
import type {
  AuditReach,
  AuditResult,
  CertifiedClaim,
  JudgedBound,
  StatisticEstimate,
} from "./audit-result.js";
import { checkSamples } from "./check-samples.js";
import { builtInStatistics, type Statistic, scoresOf } from "./directions.js";
import { type Claim, largestBound, lowerBound, typicalBound } from "./lower-bounds.js";
import { splitRuns } from "./split-runs.js";
import { type ChosenRule, chooseRule, countErrors } from "./threshold-rule.js";
import { tradeOffCurve } from "./trade-off.js";

/** The runs of an audit, and the claim that they are to test. */
export interface AuditOptions {
  /** Weights of m models trained on D and unlearned, each with noise of its own. */
  readonly unlearned: readonly Float64Array[];
  /** Weights of m models retrained on D', each with noise of its own; not of the same seeds as the unlearned ones. */
  readonly retrained: readonly Float64Array[];
  readonly certified: CertifiedClaim;
  /** Attacks beside the built-in ones; they must not have been built on these runs. */
  readonly statistics?: readonly Statistic[];
  /** Of all bounds together, in [0.5, 1); default 0.95. */
  readonly confidence?: number;
  /** Splits the runs; an integer, default 0. Fix it before the audit: the best of many seeds is no bound. */
  readonly seed?: number;
}

/** The part of the allowed failure that each claim may use up; they add up to 1. */
const SHARES: Readonly<Record<Claim, number>> = { mu: 0.7, epsilonForward: 0.15, epsilonBackward: 0.15 };
const CLAIMS = Object.keys(SHARES) as readonly Claim[];

/** A statistic with its scores where choices are made and the rule chosen for every claim. */
interface Candidate {
  readonly statistic: Statistic;
  readonly rules: Readonly<Record<Claim, ChosenRule>>;
  readonly estimate: StatisticEstimate;
}

/**
 * Lower bounds on how far unlearned models are from retrained ones, against what a certificate claims.
 *
 * Directions are built on the first part of the runs; statistic, side, threshold and method are chosen on the second; the third,
 * half of all, is counted once, by one rule for each claim. Every choice is made without the judged runs, so each bound
 * exceeds the truth no more often than its share of 1 - confidence, whatever the two laws are.
 *
 * Source: docs/theory.md, "What is claimed"; lower-bounds.ts (the bounds).
 * Checked: over repeated audits of Gaussian pairs whose mu and epsilon are known.
 *
 * @throws ExpungeError E_OPTION for samples of the wrong shape, runs that repeat, or two statistics of one name
 * @throws DomainError E_DOMAIN for a number outside its range, a weight or score that is not finite
 */
export function auditSamples(options: AuditOptions): AuditResult {
  const { unlearned, retrained, certified, confidence = 0.95, seed = 0 } = options;
  checkOptions(certified, confidence, seed);
  const dimension = checkSamples(unlearned, retrained);
  const p = splitRuns(unlearned, seed);
  // Another permutation: runs at one place in the two lists may have something in common.
  const q = splitRuns(retrained, seed ^ 0x5bd1e995);
  const { delta } = certified;
  const failure = 1 - confidence;

  const statistics = [
    ...builtInStatistics({ unlearned: p.fitting, retrained: q.fitting }),
    ...(options.statistics ?? []),
  ];
  checkNames(statistics);
  const candidates = statistics.map((statistic) =>
    chooseRules(statistic, p.selecting, q.selecting, delta, failure),
  );

  const judged = Object.fromEntries(
    CLAIMS.map((claim) => {
      const { statistic, rules } = bestFor(claim, candidates);
      const { promised: _, ...rule } = rules[claim];
      const counts = countErrors(rule, scoresOf(statistic, p.judged), scoresOf(statistic, q.judged));
      const error = failure * SHARES[claim];
      const bound = lowerBound(claim, counts, delta, error, rule.method);
      const limit = claim === "mu" ? certified.mu : certified.epsilon;
      const exceedsCertified = limit !== undefined && bound > limit;
      return [
        claim,
        Object.freeze({ bound, error, exceedsCertified, statistic: statistic.name, rule, counts }),
      ];
    }),
  ) as Record<Claim, JudgedBound>;

  const violations = CLAIMS.filter((claim) => judged[claim].exceedsCertified);
  const forMu = bestFor("mu", candidates).statistic;
  const scores = { unlearned: scoresOf(forMu, p.judged), retrained: scoresOf(forMu, q.judged) };
  const gaussianMu = gaussianSeparation(scores.unlearned, scores.retrained);
  return Object.freeze({
    verdict: violations.length > 0 ? "violated" : "consistent",
    violations,
    certified: Object.freeze({ ...certified }),
    confidence,
    runs: Object.freeze({
      dimension,
      perSample: unlearned.length,
      fitting: p.fitting.length,
      selecting: p.selecting.length,
      judged: p.judged.length,
    }),
    ...judged,
    epsilon: Math.max(judged.epsilonForward.bound, judged.epsilonBackward.bound),
    estimate: Object.freeze({
      statistic: forMu.name,
      gaussianMu,
      gaussianEpsilon: delta > 0 && Number.isFinite(gaussianMu) ? epsilonFromMu(gaussianMu, delta) : null,
    }),
    reach: reachOf(certified, p.judged.length, failure),
    statistics: candidates.map(({ estimate }) => estimate),
    tradeOff: tradeOffCurve(scores.unlearned, scores.retrained, judged.mu.rule.unlearnedSide, {
      certified,
      confidence,
    }),
  });
}

function chooseRules(
  statistic: Statistic,
  unlearned: readonly Float64Array[],
  retrained: readonly Float64Array[],
  delta: number,
  failure: number,
): Candidate {
  const p = scoresOf(statistic, unlearned);
  const q = scoresOf(statistic, retrained);
  const rules = Object.fromEntries(
    CLAIMS.map((claim) => [claim, chooseRule(claim, p, q, delta, failure * SHARES[claim])]),
  ) as Record<Claim, ChosenRule>;
  const promised = Object.fromEntries(
    CLAIMS.map((claim) => [claim, Math.max(0, rules[claim].promised)]),
  ) as Record<Claim, number>;
  const estimate = Object.freeze({ name: statistic.name, promised, gaussianMu: gaussianSeparation(p, q) });
  return { statistic, rules, estimate };
}

function bestFor(claim: Claim, candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, next) =>
    next.rules[claim].promised > best.rules[claim].promised ? next : best,
  );
}

/** |difference of means| / pooled deviation; 0 where both samples are one and the same constant. */
function gaussianSeparation(a: Float64Array, b: Float64Array): number {
  const meanA = a.reduce((sum, x) => sum + x, 0) / a.length;
  const meanB = b.reduce((sum, x) => sum + x, 0) / b.length;
  const squares =
    a.reduce((sum, x) => sum + (x - meanA) ** 2, 0) + b.reduce((sum, x) => sum + (x - meanB) ** 2, 0);
  const difference = Math.abs(meanA - meanB);
  return difference === 0 ? 0 : difference / Math.sqrt(squares / (a.length + b.length - 2));
}

function reachOf({ mu, delta }: CertifiedClaim, judged: number, failure: number): AuditReach {
  const error = (claim: Claim): number => failure * SHARES[claim];
  const typical = (claim: Claim, mu: number): number => typicalBound(claim, mu, judged, delta, error(claim));
  return Object.freeze({
    mu: largestBound("mu", judged, delta, error("mu")),
    epsilon: largestBound("epsilonForward", judged, delta, error("epsilonForward")),
    ifTight: mu === undefined ? null : { mu: typical("mu", mu), epsilon: typical("epsilonForward", mu) },
  });
}

function checkOptions({ mu, epsilon, delta }: CertifiedClaim, confidence: number, seed: number): void {
  if (mu !== undefined && !(mu >= 0 && Number.isFinite(mu)))
    throw new DomainError("certified.mu", mu, "in [0, inf)");
  if (!(epsilon >= 0 && Number.isFinite(epsilon)))
    throw new DomainError("certified.epsilon", epsilon, "in [0, inf)");
  if (!(delta >= 0 && delta < 1)) throw new DomainError("certified.delta", delta, "in [0, 1)");
  if (!(confidence >= 0.5 && confidence < 1)) throw new DomainError("confidence", confidence, "in [0.5, 1)");
  if (!Number.isSafeInteger(seed)) throw new DomainError("seed", seed, "to be an integer");
}

function checkNames(statistics: readonly Statistic[]): void {
  const names = new Set<string>();
  for (const { name } of statistics) {
    if (names.has(name))
      throw new ExpungeError("E_OPTION", `Expected statistics of different names; "${name}" is used twice.`, {
        name,
      });
    names.add(name);
  }
}
