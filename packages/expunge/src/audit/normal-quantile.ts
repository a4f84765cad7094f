import { millsRatio, normalLogPdf } from "../math/special.js";

/**
 * The standard normal quantile: the x with Phi(x) = p.
 *
 * A start within 5e-4, then two Halley steps on Phi(-x) = p in units of the density, so the tail keeps its digits.
 *
 * Source:   Abramowitz, Stegun 1964, 26.2.23 (the start).
 * Rounding: relative error < 1e-13 for p in [1e-300, 0.5]; above one half as exact as 1 - p is. Ask for -quantile(p) rather
 *           than quantile(1 - p) in the upper tail.
 * Checked:  against scipy.special.ndtri, and by a round trip through normalCdf.
 *
 * @param p in [0, 1]; 0 gives -Infinity, 1 gives Infinity
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  let x =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let round = 0; round < 2; round++) {
    const excess = millsRatio(x) - p / Math.exp(normalLogPdf(x));
    x += excess / (1 - 0.5 * excess * x);
  }
  return -x;
}
