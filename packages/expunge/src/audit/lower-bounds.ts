import { normalCdf } from "../math/special.js";
import { upperBinomialBound } from "./clopper-pearson.js";
import { normalQuantile } from "./normal-quantile.js";

/** What a test that says "unlearned" (positive) or "retrained" (negative) got wrong. */
export interface ErrorCounts {
  /** Retrained runs called unlearned: errors of type I. */
  readonly falsePositives: number;
  /** Retrained runs judged. */
  readonly negatives: number;
  /** Unlearned runs called retrained: errors of type II. */
  readonly falseNegatives: number;
  /** Unlearned runs judged. */
  readonly positives: number;
}

/**
 * How the allowed failure is turned into bounds on the two error rates: one exact bound each, the first of which may fail with
 * `typeOneShare` of the chance and the second with the rest; or one exact bound on their mean.
 */
export type BoundMethod =
  | { readonly kind: "separate"; readonly typeOneShare: number }
  | { readonly kind: "pooled" };

/** What is claimed: mu in both directions at once, or epsilon in one of the two. */
export type Claim = "mu" | "epsilonForward" | "epsilonBackward";

const SEPARATE: readonly BoundMethod[] = [0.1, 0.5, 0.9].map((typeOneShare) =>
  Object.freeze({ kind: "separate", typeOneShare }),
);
const WITH_POOLED: readonly BoundMethod[] = [Object.freeze({ kind: "pooled" } as const), ...SEPARATE];

/** The methods among which one is chosen before the judged runs are looked at. */
export function methodsFor(claim: Claim): readonly BoundMethod[] {
  return claim === "mu" ? WITH_POOLED : SEPARATE;
}

/**
 * A lower confidence bound on the mu for which the pair could be mu-GDP, from one test fixed beforehand.
 *
 *   separate: mu >= Phi^-1(1 - alpha+) - Phi^-1(beta+)      alpha+, beta+ exact upper bounds on the error rates
 *   pooled:   mu >= 2 Phi^-1(1 - p+)                        p+ exact upper bound on their mean, from the errors' sum
 *
 * Pooled: a mu-GDP pair has alpha + beta >= 2 Phi(-mu/2); the sum of the errors has a lower tail no heavier than the binomial
 * of the mean rate, where that tail is below 1/4. One bound instead of two, hence sharper by sqrt 2 and more near the balanced test.
 *
 * Source: Dong, Roth, Su 2022, section 2; Nasr et al. 2023 (2302.07956) (separate);
 *         Hoeffding 1956, *On the distribution of the number of successes in independent trials*, Theorem 4 (pooled).
 *
 * @param error in (0, 0.25]: the bound exceeds the truth no more often than this
 * @returns mu in [0, inf); 0 where nothing is shown, and for `pooled` where the two counts of runs differ
 * @throws DomainError E_DOMAIN
 */
export function muLowerBound(counts: ErrorCounts, error: number, method: BoundMethod): number {
  if (method.kind === "pooled") {
    if (counts.negatives !== counts.positives) return 0;
    const total = counts.falsePositives + counts.falseNegatives;
    return muFromMeanError(upperBinomialBound(total, 2 * counts.negatives, error));
  }
  const [alpha, beta] = upperErrorRates(counts, error, method.typeOneShare);
  return muFromErrors(alpha, beta);
}

/**
 * A lower confidence bound on the epsilon for which the pair could be (epsilon, delta)-indistinguishable in one direction.
 *
 *   forward:  epsilon >= log((1 - delta - beta+) / alpha+)      unlearned(S) <= e^eps retrained(S) + delta
 *   backward: epsilon >= log((1 - delta - alpha+) / beta+)      retrained(S) <= e^eps unlearned(S) + delta
 *
 * Source: Kairouz, Oh, Viswanath 2015, Theorem 2.1; Jagielski, Ullman, Oprea 2020 (2006.07709).
 *
 * @param delta in [0, 1)
 * @param error in (0, 0.5]: the bound exceeds the truth no more often than this
 * @returns epsilon in nats, in [0, inf); 0 where nothing is shown, and for `pooled`, which says nothing of one direction
 * @throws DomainError E_DOMAIN
 */
export function epsilonLowerBound(
  counts: ErrorCounts,
  delta: number,
  error: number,
  claim: "epsilonForward" | "epsilonBackward",
  method: BoundMethod,
): number {
  if (method.kind === "pooled") return 0;
  const [alpha, beta] = upperErrorRates(counts, error, method.typeOneShare);
  return claim === "epsilonForward"
    ? epsilonFromErrors(alpha, beta, delta)
    : epsilonFromErrors(beta, alpha, delta);
}

/** The bound of either kind. */
export function lowerBound(
  claim: Claim,
  counts: ErrorCounts,
  delta: number,
  error: number,
  method: BoundMethod,
): number {
  return claim === "mu"
    ? muLowerBound(counts, error, method)
    : epsilonLowerBound(counts, delta, error, claim, method);
}

/** The largest bound that so many runs can show: the one of a test that makes no error at all. */
export function largestBound(claim: Claim, judged: number, delta: number, error: number): number {
  const counts = { falsePositives: 0, negatives: judged, falseNegatives: 0, positives: judged };
  return Math.max(...methodsFor(claim).map((method) => lowerBound(claim, counts, delta, error, method)));
}

/**
 * About the bound that so many runs would show of N(0,1) against N(mu,1) by the best threshold, were the counts the expected ones.
 * No bound itself: it says what an audit can be hoped to find.
 */
export function typicalBound(claim: Claim, mu: number, judged: number, delta: number, error: number): number {
  let best = 0;
  for (let threshold = mu / 2 - 5; threshold <= mu / 2 + 5; threshold += 0.1) {
    const counts = {
      falsePositives: Math.round(judged * normalCdf(-threshold)),
      negatives: judged,
      falseNegatives: Math.round(judged * normalCdf(threshold - mu)),
      positives: judged,
    };
    for (const method of methodsFor(claim))
      best = Math.max(best, lowerBound(claim, counts, delta, error, method));
  }
  return best;
}

/** Phi^-1(1 - alpha) - Phi^-1(beta), at least 0. */
export function muFromErrors(alpha: number, beta: number): number {
  if (alpha + beta >= 1) return 0;
  return Math.max(0, -normalQuantile(alpha) - normalQuantile(beta));
}

/** 2 Phi^-1(1 - mean), at least 0. */
export function muFromMeanError(mean: number): number {
  return mean >= 0.5 ? 0 : -2 * normalQuantile(mean);
}

/** log((1 - delta - missed) / false alarms), at least 0. */
export function epsilonFromErrors(falseAlarms: number, missed: number, delta: number): number {
  const caught = 1 - delta - missed;
  return caught <= falseAlarms ? 0 : Math.log(caught / falseAlarms);
}

function upperErrorRates(counts: ErrorCounts, error: number, typeOneShare: number): [number, number] {
  return [
    upperBinomialBound(counts.falsePositives, counts.negatives, error * typeOneShare),
    upperBinomialBound(counts.falseNegatives, counts.positives, error * (1 - typeOneShare)),
  ];
}
