import { COSINE_TERMS, LOG_LARGE, LOG_SMALL, LOG_TERMS, MANTISSA, ONE, ROOT, ROOT_SCALED, SINE_TERMS } from "./noise-constants";

/*
 * Elementary functions on four float32 at once, by polynomials from Moshier's Cephes library (single precision).
 * Those of the noise take their numbers from the table of noise-constants.ts.
 */

/** a b + c, rounded twice in every build: the errors stated here and in gaussian.ts were derived, or measured, for that. */
// @ts-ignore: decorator
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
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
  const shifted = mulAdd(x, f32x4.splat(1.44269504088896341), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = mulAdd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = mulAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = mulAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = mulAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = mulAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(mulAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
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
export function minusTwiceLog4(table: usize, scaled: v128, complement: v128): v128 {
  // scaled = 2^(e + 31) m with m in [sqrt(1/2), sqrt(2)). e = 0 means u >= sqrt(1/2).
  const shifted = i32x4.sub(scaled, v128.load32_splat(table, ROOT_SCALED));
  const exponent = i32x4.shr_s(shifted, 23);
  const mantissa = i32x4.add(v128.and(shifted, v128.load32_splat(table, MANTISSA)), v128.load32_splat(table, ROOT));
  const isNearOne = i32x4.eq(exponent, i32x4.splat(0));
  // g = 1 - m, so that the factor -2 and the signs go into the coefficients.
  const g = v128.bitselect(complement, f32x4.sub(v128.load32_splat(table, ONE), mantissa), isNearOne);
  const e = f32x4.convert_i32x4_s(exponent);
  const square = f32x4.mul(g, g);
  let p = mulAdd(v128.load32_splat(table, LOG_TERMS), g, v128.load32_splat(table, LOG_TERMS + 4));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 8));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 12));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 16));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 20));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 24));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 28));
  p = mulAdd(p, g, v128.load32_splat(table, LOG_TERMS + 32));
  p = mulAdd(p, g, v128.load32_splat(table, ONE));
  // g^2 (1 + ..) + 2 g - 2 e log 2, the last in two parts.
  p = mulAdd(e, v128.load32_splat(table, LOG_SMALL), f32x4.mul(p, square));
  return mulAdd(e, v128.load32_splat(table, LOG_LARGE), f32x4.add(f32x4.add(g, g), p));
}

/** sin(x) for |x| <= pi/4. Error < 1e-7. */
// @ts-ignore: decorator
@inline
export function sin4(table: usize, x: v128, square: v128): v128 {
  let p = mulAdd(v128.load32_splat(table, SINE_TERMS), square, v128.load32_splat(table, SINE_TERMS + 4));
  p = mulAdd(p, square, v128.load32_splat(table, SINE_TERMS + 8));
  return mulAdd(f32x4.mul(p, square), x, x);
}

/** cos(x) for |x| <= pi/4, given x^2. Error < 1e-7. */
// @ts-ignore: decorator
@inline
export function cos4(table: usize, square: v128): v128 {
  let p = mulAdd(v128.load32_splat(table, COSINE_TERMS), square, v128.load32_splat(table, COSINE_TERMS + 4));
  p = mulAdd(p, square, v128.load32_splat(table, COSINE_TERMS + 8));
  p = mulAdd(p, square, v128.load32_splat(table, COSINE_TERMS + 12));
  return mulAdd(p, square, v128.load32_splat(table, ONE));
}
