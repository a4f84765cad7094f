/*
 * a b + c, as dot products and sums over rows take it. The relaxed build leaves to the processor whether it rounds once (fused) or
 * twice. The bound on a sum's rounding (docs/theory.md, "Rounding of steps") holds for either:
 * no number goes through more roundings than there are products.
 */

// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function fma64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}
