export const MIN_RADIUS = 2 ** -300;
export const MAX_RADIUS = 2 ** 300;

/** The ball is taken smaller by this share, so that rounding leaves nothing outside. */
const SHRINK = 2 ** -50;

/**
 * Scales x onto the ball of a radius if it lies outside, in place. The norm of the result is <= radius, exactly. A function of x
 * alone, the same on every machine: products, sums, quotients and roots are correctly rounded everywhere.
 *
 * Rounding: off the projection by a norm of at most 2^-49 radius, however many numbers there are. With u = 2^-53 the sum of
 *           squares is off by 2.1 u (a rounding of each square, one at the end, and what the compensation leaves), so the norm
 *           by 2.1 u and the factor by 3.1 u, each product by one u more: 4.1 u < 8 u = 2^-50, the share taken off.
 *
 * @param x      where its norm overflows it becomes NaN
 * @param radius in [MIN_RADIUS, MAX_RADIUS]: its square is far from where float64 ends
 */
export function projectOntoBall(x: Float64Array, radius: number): void {
  const most = radius * (1 - SHRINK);
  const norm = carefulNorm(x);
  if (norm <= most) return;
  const scale = most / norm;
  for (let i = 0; i < x.length; i++) x[i] = x[i]! * scale;
}

/** The norm, NaN where it overflows: the errors of the sum of squares kept and added at the end (Neumaier's sum, with Knuth's two-sum). */
export function carefulNorm(x: Float64Array): number {
  let sum = 0;
  let rest = 0;
  for (let i = 0; i < x.length; i++) {
    const square = x[i]! * x[i]!;
    const next = sum + square;
    const part = next - sum;
    rest += sum - (next - part) + (square - part);
    sum = next;
  }
  return Math.sqrt(sum + rest);
}
