import { countAtMost } from "../math/sorted.js";
import { normalCdf } from "../math/special.js";
import { normalQuantile } from "./normal-quantile.js";

/** One point of the trade-off curve of an attack, and the least type II errors that certificates allow there. */
export interface TradeOffPoint {
  /** Allowed rate of type I errors (retrained called unlearned), in [0, 1]. */
  readonly typeOne: number;
  /** Least rate of type II errors seen among thresholds within `typeOne`. */
  readonly typeTwo: number;
  /** Confidence band of this attack's own curve, over all points at once; the best attack of all lies nowhere above `high`. */
  readonly low: number;
  readonly high: number;
  /** G_mu(typeOne); null where no mu is certified. */
  readonly certifiedMu: number | null;
  /** f_{epsilon, delta}(typeOne). */
  readonly certifiedEpsilon: number;
}

/** What to compare the measured trade-off curve with. */
export interface TradeOffOptions {
  readonly certified: { readonly mu?: number; readonly epsilon: number; readonly delta: number };
  /** Of the whole band; in (0, 1). */
  readonly confidence: number;
  /** Steps of `typeOne` from 0 to 1; default 200. */
  readonly steps?: number;
}

/**
 * The empirical trade-off curve of judged scores with a simultaneous confidence band.
 *
 * Each of the two distribution functions lies within w = sqrt(log(4 / (1 - confidence)) / 2n) of the empirical one, everywhere at
 * once, but for half of the failure each. Hence the curve runs through (alpha +- w, beta +- w).
 *
 * Source: Massart 1990 (the constant of Dvoretzky, Kiefer, Wolfowitz); Dong, Roth, Su 2022, section 2 (the curves).
 *
 * @param unlearned     scores of judged runs, at least one; @param retrained likewise
 * @param unlearnedSide the side on which a score is called unlearned, chosen without these runs
 * @returns points of rising `typeOne`; `low` <= `typeTwo`, and `high` is at most 1 - typeOne, which guessing achieves
 */
export function tradeOffCurve(
  unlearned: Float64Array,
  retrained: Float64Array,
  unlearnedSide: "above" | "below",
  options: TradeOffOptions,
): readonly TradeOffPoint[] {
  const sign = unlearnedSide === "above" ? 1 : -1;
  const positives = unlearned.map((score) => sign * score).sort();
  const negatives = retrained.map((score) => sign * score).sort();
  const failure = 1 - options.confidence;
  const slackOne = Math.sqrt(Math.log(4 / failure) / (2 * negatives.length));
  const slackTwo = Math.sqrt(Math.log(4 / failure) / (2 * positives.length));
  const { mu, epsilon, delta } = options.certified;
  const steps = options.steps ?? 200;

  /** Least type II rate of thresholds whose type I rate is at most `typeOne`; 1 where there is none. */
  const leastTypeTwo = (typeOne: number): number => {
    if (typeOne < 0) return 1;
    // A hair more, so that a rate of exactly k / n is within itself.
    const allowed = Math.floor(typeOne * negatives.length * (1 + 1e-12));
    if (allowed >= negatives.length) return 0;
    return countAtMost(positives, negatives[negatives.length - 1 - allowed]!) / positives.length;
  };

  return Array.from({ length: steps + 1 }, (_, i) => {
    const typeOne = i / steps;
    const typeTwo = leastTypeTwo(typeOne);
    return Object.freeze({
      typeOne,
      typeTwo,
      low: Math.max(0, leastTypeTwo(typeOne + slackOne) - slackTwo),
      high: Math.min(1 - typeOne, leastTypeTwo(typeOne - slackOne) + slackTwo),
      certifiedMu: mu === undefined ? null : gaussianTradeOff(mu, typeOne),
      certifiedEpsilon: epsilonDeltaTradeOff(epsilon, delta, typeOne),
    });
  });
}

/**
 * G_mu(alpha) = Phi(Phi^-1(1 - alpha) - mu): the least type II error against a mu-GDP pair.
 *
 * @param mu    in [0, inf)
 * @param alpha in [0, 1]
 */
export function gaussianTradeOff(mu: number, alpha: number): number {
  if (alpha === 0) return 1;
  if (alpha === 1) return 0;
  return normalCdf(-normalQuantile(alpha) - mu);
}

/**
 * f_{epsilon, delta}(alpha) = max(0, 1 - delta - e^epsilon alpha, e^-epsilon (1 - delta - alpha)).
 *
 * @param epsilon in [0, inf)
 * @param delta   in [0, 1]
 * @param alpha   in [0, 1]
 */
export function epsilonDeltaTradeOff(epsilon: number, delta: number, alpha: number): number {
  const steep = alpha === 0 ? 1 - delta : 1 - delta - Math.exp(epsilon) * alpha;
  return Math.max(0, steep, Math.exp(-epsilon) * (1 - delta - alpha));
}
