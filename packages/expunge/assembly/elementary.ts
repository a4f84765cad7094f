/*
 * Elementary functions on four float32 at once, by polynomials from Moshier's Cephes library (single precision).
 */

// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * exp(x) for |x| <= 87; the argument is held within that range.
 * Error: relative < 3e-7.
 */
// @ts-ignore: decorator
@inline
export function exp4(argument: v128): v128 {
  const x = f32x4.max(f32x4.splat(-87), f32x4.min(f32x4.splat(87), argument));
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  const shifted = fma(x, f32x4.splat(1.44269504088896341), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = fma(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = fma(p, r, f32x4.splat(8.3334519073e-3));
  p = fma(p, r, f32x4.splat(4.1665795894e-2));
  p = fma(p, r, f32x4.splat(1.6666665459e-1));
  p = fma(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(fma(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/**
 * -2 log(u) for u = scaled 2^-31 in [2^-64, 1], given complement = 1 - u, which keeps the relative accuracy where u is
 * near 1.
 * Error: relative < 4e-7.
 */
// @ts-ignore: decorator
@inline
export function minusTwiceLog4(scaled: v128, complement: v128): v128 {
  // scaled = 2^(e + 31) m with m in [sqrt(1/2), sqrt(2)); 0x3f3504f3 is sqrt(1/2). e = 0 means u >= sqrt(1/2).
  const shifted = i32x4.sub(scaled, i32x4.splat(0x3f3504f3 + (31 << 23)));
  const exponent = i32x4.shr_s(shifted, 23);
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const isNearOne = i32x4.eq(exponent, i32x4.splat(0));
  // g = 1 - m, so that the factor -2 and the signs go into the coefficients.
  const g = v128.bitselect(complement, f32x4.sub(f32x4.splat(1), mantissa), isNearOne);
  const e = f32x4.convert_i32x4_s(exponent);
  const square = f32x4.mul(g, g);
  let p = fma(f32x4.splat(2 * 7.0376836292e-2), g, f32x4.splat(2 * 1.1514610310e-1));
  p = fma(p, g, f32x4.splat(2 * 1.1676998740e-1));
  p = fma(p, g, f32x4.splat(2 * 1.2420140846e-1));
  p = fma(p, g, f32x4.splat(2 * 1.4249322787e-1));
  p = fma(p, g, f32x4.splat(2 * 1.6668057665e-1));
  p = fma(p, g, f32x4.splat(2 * 2.0000714765e-1));
  p = fma(p, g, f32x4.splat(2 * 2.4999993993e-1));
  p = fma(p, g, f32x4.splat(2 * 3.3333331174e-1));
  p = fma(p, g, f32x4.splat(1));
  // g^2 (1 + ..) + 2 g - 2 e log 2, the last in two parts.
  p = fma(e, f32x4.splat(2 * 2.12194440e-4), f32x4.mul(p, square));
  return fma(e, f32x4.splat(-2 * 0.693359375), f32x4.add(f32x4.add(g, g), p));
}

/** sin(x) for |x| <= pi/4. Error < 1e-7. */
// @ts-ignore: decorator
@inline
export function sin4(x: v128, square: v128): v128 {
  let p = fma(f32x4.splat(-1.9515295891e-4), square, f32x4.splat(8.3321608736e-3));
  p = fma(p, square, f32x4.splat(-1.6666654611e-1));
  return fma(f32x4.mul(p, square), x, x);
}

/** cos(x) for |x| <= pi/4, given x^2. Error < 1e-7. */
// @ts-ignore: decorator
@inline
export function cos4(square: v128): v128 {
  let p = fma(f32x4.splat(2.443315711809948e-5), square, f32x4.splat(-1.388731625493765e-3));
  p = fma(p, square, f32x4.splat(4.166664568298827e-2));
  p = fma(p, square, f32x4.splat(-0.5));
  return fma(p, square, f32x4.splat(1));
}
