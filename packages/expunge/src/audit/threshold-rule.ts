import { countAtMost } from "../math/sorted.js";
import { type BoundMethod, type Claim, type ErrorCounts, methodsFor } from "./lower-bounds.js";
import { normalQuantile } from "./normal-quantile.js";

/** A test fixed before the judged runs are looked at: a run is called unlearned on one side of a threshold. */
export interface ThresholdRule {
  /** The side of the threshold on which a score is called unlearned; a score equal to it is called retrained. */
  readonly unlearnedSide: "above" | "below";
  readonly threshold: number;
  readonly method: BoundMethod;
}

/** A rule and the bound it seemed to give where it was chosen: smoothed, cautious (below), the best of many, so no bound at all. */
export interface ChosenRule extends ThresholdRule {
  readonly promised: number;
}

/** At most about this many thresholds are tried between the extremes, plus this many next to each end. */
const CENTRAL_THRESHOLDS = 256;
const EXTREME_THRESHOLDS = 32;

/**
 * The choice allows itself this much less failure than the claim, because the best of many tries flatters those with few counts.
 * For mu no threshold has more to give than another if the laws are Gaussian, so caution costs little; epsilon lives in the tails.
 */
const CAUTION: Readonly<Record<Claim, number>> = { mu: 10, epsilonForward: 1, epsilonBackward: 1 };

/** Applies the rule to scores. */
export function countErrors(
  rule: ThresholdRule,
  unlearned: Float64Array,
  retrained: Float64Array,
): ErrorCounts {
  const sign = rule.unlearnedSide === "above" ? 1 : -1;
  const isPositive = (score: number): boolean => sign * score > sign * rule.threshold;
  let falsePositives = 0;
  for (const score of retrained) if (isPositive(score)) falsePositives++;
  let falseNegatives = 0;
  for (const score of unlearned) if (!isPositive(score)) falseNegatives++;
  return {
    falsePositives,
    negatives: retrained.length,
    falseNegatives,
    positives: unlearned.length,
  };
}

/**
 * The side, threshold and method whose own bound would be best on these scores.
 *
 * The bound tried is a smooth stand-in for the exact one: Wilson's upper bounds on error rates smoothed over a window. The best
 * of many raw counts would follow the noise (its error falls as n^-1/3 only), and at 400 runs that costs a tenth of mu.
 * The choice decides how good the bound will be, never whether it holds.
 *
 * Source: Wilson 1927; Silverman 1986, equation 3.31 (the window).
 *
 * @param unlearned scores of runs used for nothing but choosing, at least one; @param retrained likewise
 * @param error     the failure allowed for the claim
 */
export function chooseRule(
  claim: Claim,
  unlearned: Float64Array,
  retrained: Float64Array,
  delta: number,
  error: number,
): ChosenRule {
  let best: ChosenRule | null = null;
  const halfWidth = Math.min(windowHalfWidth(unlearned), windowHalfWidth(retrained));
  for (const unlearnedSide of ["above", "below"] as const) {
    const sign = unlearnedSide === "above" ? 1 : -1;
    const positives = smoothTail(
      unlearned.map((score) => sign * score),
      halfWidth,
    );
    const negatives = smoothTail(
      retrained.map((score) => sign * score),
      halfWidth,
    );
    const tries = methodsFor(claim).map((method) => ({
      method,
      bound: approximateBound(claim, method, negatives.count, positives.count, delta, error / CAUTION[claim]),
    }));
    for (const threshold of candidateThresholds(positives.sorted, negatives.sorted)) {
      const falsePositive = negatives.above(threshold);
      const falseNegative = 1 - positives.above(threshold);
      for (const { method, bound } of tries) {
        const promised = bound(falsePositive, falseNegative);
        if (best === null || promised > best.promised)
          best = { unlearnedSide, threshold: sign * threshold, method, promised };
      }
    }
  }
  return best!;
}

/** The bound as a smooth function of the two error rates; negative values rank the rules that show nothing. */
function approximateBound(
  claim: Claim,
  method: BoundMethod,
  negatives: number,
  positives: number,
  delta: number,
  error: number,
): (falsePositive: number, falseNegative: number) => number {
  if (method.kind === "pooled") {
    const upper = wilsonUpper(negatives + positives, error);
    return (falsePositive, falseNegative) =>
      -2 * normalQuantile(upper(0.5 * (falsePositive + falseNegative)));
  }
  const upperOne = wilsonUpper(negatives, error * method.typeOneShare);
  const upperTwo = wilsonUpper(positives, error * (1 - method.typeOneShare));
  return (falsePositive, falseNegative) => {
    const alpha = upperOne(falsePositive);
    const beta = upperTwo(falseNegative);
    if (claim === "mu") return -normalQuantile(alpha) - normalQuantile(beta);
    const [alarms, missed] = claim === "epsilonForward" ? [alpha, beta] : [beta, alpha];
    return Math.log(Math.max(1 - delta - missed, Number.MIN_VALUE) / alarms);
  };
}

/** Wilson's upper bound for a rate seen in `count` trials. */
function wilsonUpper(count: number, error: number): (rate: number) => number {
  const z = -normalQuantile(error);
  const v = (z * z) / count;
  return (rate) => Math.min(1, (rate + v / 2 + Math.sqrt(v * rate * (1 - rate) + (v * v) / 4)) / (1 + v));
}

/** Middles between neighbouring scores, thinned out between the extremes. */
function candidateThresholds(a: Float64Array, b: Float64Array): number[] {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  all.sort();
  const stride = Math.ceil(all.length / CENTRAL_THRESHOLDS);
  const thresholds: number[] = [];
  for (let i = 0; i + 1 < all.length; i++) {
    const isExtreme = Math.min(i, all.length - 2 - i) < EXTREME_THRESHOLDS;
    if (!isExtreme && i % stride !== 0) continue;
    const lower = all[i]!;
    const upper = all[i + 1]!;
    const middle = lower + 0.5 * (upper - lower);
    // Neighbouring doubles have no middle; the lower one parts them as well.
    thresholds.push(middle < upper ? middle : lower);
  }
  return thresholds;
}

/** The share of scores above a threshold, averaged over thresholds within a window about it. */
function smoothTail(
  scores: Float64Array,
  halfWidth: number,
): {
  readonly sorted: Float64Array;
  readonly count: number;
  above(threshold: number): number;
} {
  const sorted = scores.sort();
  const count = sorted.length;
  const middle = sorted[count >> 1]!;
  const sums = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) sums[i + 1] = sums[i]! + (sorted[i]! - middle);
  const above = (threshold: number): number => {
    const end = countAtMost(sorted, threshold + halfWidth);
    if (halfWidth === 0) return (count - end) / count;
    const start = countAtMost(sorted, threshold - halfWidth);
    const inside = sums[end]! - sums[start]! + (end - start) * (middle - threshold + halfWidth);
    const share = (count - end + inside / (2 * halfWidth)) / count;
    return Math.min(1, Math.max(0, share));
  };
  return { sorted, count, above };
}

/**
 * Silverman's bandwidth for a window of constant weight, from the shortest interval that holds a quarter of the scores (0.6373
 * deviations of a Gaussian): that of one heap where the scores lie in several, between which nothing may be smoothed. 0 if they agree.
 */
function windowHalfWidth(scores: Float64Array): number {
  const sorted = scores.slice().sort();
  const quarter = Math.ceil(sorted.length / 4);
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i + quarter < sorted.length; i++)
    shortest = Math.min(shortest, sorted[i + quarter]! - sorted[i]!);
  return Number.isFinite(shortest) ? Math.sqrt(3) * 0.9 * (shortest / 0.6373) * sorted.length ** -0.2 : 0;
}
