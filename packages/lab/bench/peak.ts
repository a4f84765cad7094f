/*
 * Multiplications and additions on numbers in registers: what a kernel could reach at best if its rows cost nothing. Twelve numbers
 * that do not wait for one another; bottom-tested, see packages/expunge/assembly/panel.ts.
 */

/** `rounds` times twelve vectors, float32. */
export function multiplyAdds32(rounds: i32, factor: f32, summand: f32): i32 {
  return multiplyAdds<f32>(rounds, f32x4.splat(factor), f32x4.splat(summand));
}

/** The same in float64, which has half as many numbers in a vector. */
export function multiplyAdds64(rounds: i32, factor: f64, summand: f64): i32 {
  return multiplyAdds<f64>(rounds, f64x2.splat(factor), f64x2.splat(summand));
}

function multiplyAdds<T>(rounds: i32, x: v128, y: v128): i32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(1);
  let c = i32x4.splat(2);
  let d = i32x4.splat(3);
  let e = i32x4.splat(4);
  let f = i32x4.splat(5);
  let g = i32x4.splat(6);
  let h = i32x4.splat(7);
  let i = i32x4.splat(8);
  let j = i32x4.splat(9);
  let k = i32x4.splat(10);
  let l = i32x4.splat(11);
  do {
    a = fma<T>(a, x, y);
    b = fma<T>(b, x, y);
    c = fma<T>(c, x, y);
    d = fma<T>(d, x, y);
    e = fma<T>(e, x, y);
    f = fma<T>(f, x, y);
    g = fma<T>(g, x, y);
    h = fma<T>(h, x, y);
    i = fma<T>(i, x, y);
    j = fma<T>(j, x, y);
    k = fma<T>(k, x, y);
    l = fma<T>(l, x, y);
    rounds -= 1;
  } while (rounds > 0);
  // Used, so that none of it is left out.
  const left = v128.xor(v128.xor(v128.xor(a, b), v128.xor(c, d)), v128.xor(e, f));
  const right = v128.xor(v128.xor(v128.xor(g, h), v128.xor(i, j)), v128.xor(k, l));
  return i32x4.extract_lane(v128.xor(left, right), 0);
}

// @ts-expect-error: decorator
function fma<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() === 8) {
    if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
    return f64x2.add(f64x2.mul(a, b), c);
  }
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
