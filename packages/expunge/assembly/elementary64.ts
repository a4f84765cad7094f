/*
 * Elementary functions on two float64 at once, and float32 numbers as float64.
 */

/** a b + c, rounded twice in every build. */
// @ts-ignore: decorator
@inline
export function mulAdd64(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}

/** The lower two float32 numbers of a vector, as float64. */
// @ts-ignore: decorator
@inline
export function widened(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Two float32 in memory, as float64. */
// @ts-ignore: decorator
@inline
export function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/**
 * exp(x) for |x| <= 708; the argument is held within that range.
 *
 * x = n log 2 + r with |r| <= 0.3466: n by adding 1.5 * 2^52, which rounds to the nearest integer and leaves it in the low
 * bits; log 2 in two parts, the first of 32 bits, so that its product with n (11 bits) is exact. exp(r) by Taylor's polynomial
 * of degree 13, summed as in Estrin's scheme.
 *
 * Error: relative < 2^-50, for every argument. With u = 2^-53: of r, |r| u (the last subtraction) + 2^-64 (the second part and
 * its product), absolute, so that relative to exp(r); the polynomial's rest 0.3467^14 / 14! e^0.35 < 2^-57; its evaluation, sums
 * and products of at most 7 levels on terms whose absolute values add up to exp(|r|) <= 1.415 <= 2.01 exp(r), where all but the
 * last additions are of terms below 0.4: < 5 u. Together < 6 u.
 */
// @ts-ignore: decorator
@inline
export function exp2x(argument: v128): v128 {
  const x = f64x2.max(f64x2.splat(-708), f64x2.min(f64x2.splat(708), argument));
  const shifted = mulAdd64(x, f64x2.splat(1.4426950408889634), f64x2.splat(6755399441055744));
  const n = f64x2.sub(shifted, f64x2.splat(6755399441055744));
  let r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.6931471803691238)));
  r = f64x2.sub(r, f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  // From 1/2 r^2 on, divided by r^2: twelve terms in pairs.
  const a = mulAdd64(r, f64x2.splat(1 / 6.0), f64x2.splat(1 / 2.0));
  const b = mulAdd64(r, f64x2.splat(1 / 120.0), f64x2.splat(1 / 24.0));
  const c = mulAdd64(r, f64x2.splat(1 / 5040.0), f64x2.splat(1 / 720.0));
  const d = mulAdd64(r, f64x2.splat(1 / 362880.0), f64x2.splat(1 / 40320.0));
  const e = mulAdd64(r, f64x2.splat(1 / 39916800.0), f64x2.splat(1 / 3628800.0));
  const f = mulAdd64(r, f64x2.splat(1 / 6227020800.0), f64x2.splat(1 / 479001600.0));
  const low = mulAdd64(b, r2, a);
  const middle = mulAdd64(d, r2, c);
  const high = mulAdd64(f, r2, e);
  const tail = mulAdd64(mulAdd64(high, r4, middle), r4, low);
  const p = f64x2.add(mulAdd64(tail, r2, r), f64x2.splat(1));
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return f64x2.mul(p, power);
}
