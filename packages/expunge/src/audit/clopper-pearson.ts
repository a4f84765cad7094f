import { DomainError } from "../errors.js";
import { binomialLogPmf, binomialTailRatio } from "./binomial.js";

/** Added, relatively, to every upper bound: far above the rounding of the sums below. */
const SAFETY = 1e-11;

/**
 * The exact upper confidence bound on a probability of which k cases were seen in n independent trials.
 *
 *   P(Binomial(n, bound) <= k) = error
 *
 * Whatever the true p is, P(bound < p) <= error. Newton's method on the logarithm of the tail: that is concave in p, so every
 * step but the first comes from above and none passes the root.
 *
 * Source:   Clopper, Pearson 1934.
 * Rounding: never below the exact value; relative error < 1e-10.
 * Checked:  against scipy.stats.beta.ppf and direct sums of the binomial tail.
 *
 * @param k     integer in [0, n]
 * @param n     integer >= 1
 * @param error in (0, 0.5]: the chance of a bound below the truth
 * @returns the bound, in (0, 1]
 * @throws DomainError E_DOMAIN
 */
export function upperBinomialBound(k: number, n: number, error: number): number {
  if (!(Number.isSafeInteger(n) && n >= 1)) throw new DomainError("n", n, "to be an integer >= 1");
  if (!(Number.isSafeInteger(k) && k >= 0 && k <= n))
    throw new DomainError("k", k, `to be an integer in [0, ${n}]`);
  if (!(error > 0 && error <= 0.5)) throw new DomainError("error", error, "in (0, 0.5]");
  if (k === n) return 1;
  const logError = Math.log(error);
  if (k === 0) return Math.min(1, -Math.expm1(logError / n) * (1 + SAFETY));
  let p = (k + 1) / (n + 1);
  for (let round = 0; round < 200; round++) {
    const ratio = binomialTailRatio(k, n, p);
    const excess = binomialLogPmf(k, n, p) + Math.log(ratio) - logError;
    // d log P(X <= k) / dp = -(n - k) / ((1 - p) ratio)
    const step = (excess * (1 - p) * ratio) / (n - k);
    if (Math.abs(step) <= 1e-13 * p) break;
    p = p + step < 1 ? p + step : 0.5 * (p + 1);
  }
  return Math.min(1, p * (1 + SAFETY));
}

/**
 * The exact lower confidence bound: one minus the upper bound on the cases not seen.
 *
 * Rounding: never above the exact value; absolute error < 1e-10.
 *
 * @param k     integer in [0, n]
 * @param n     integer >= 1
 * @param error in (0, 0.5]
 * @returns the bound, in [0, 1)
 * @throws DomainError E_DOMAIN
 */
export function lowerBinomialBound(k: number, n: number, error: number): number {
  return 1 - upperBinomialBound(n - k, n, error);
}
