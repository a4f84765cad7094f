import { widened } from "./elementary64";
import { fma64 } from "./fma";
import { storeLaneSums } from "./panel64";

/* The loops of rows.ts in float64. */

/** Whole chunks of four rows as they lie, then packed lines, of which there may be none. Norms are those of the chunks. */
export function dotApart64(
  source: usize,
  rowBytes: usize,
  whole: i32,
  weights: usize,
  tail: usize,
  tailEnd: usize,
  into: usize,
  norms: usize,
): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let p = f64x2.splat(0);
  let q = f64x2.splat(0);
  let r = f64x2.splat(0);
  let s = f64x2.splat(0);
  const second = source + rowBytes;
  const third = second + rowBytes;
  const fourth = third + rowBytes;
  const end = (<usize>whole) << 2;
  let at: usize = 0;
  do {
    const left = v128.load(weights);
    const right = v128.load(weights, 16);
    let x = widened(v128.load64_zero(source + at));
    let y = widened(v128.load64_zero(source + at, 8));
    a = fma64(y, right, fma64(x, left, a));
    p = f64x2.add(p, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(second + at));
    y = widened(v128.load64_zero(second + at, 8));
    b = fma64(y, right, fma64(x, left, b));
    q = f64x2.add(q, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(third + at));
    y = widened(v128.load64_zero(third + at, 8));
    c = fma64(y, right, fma64(x, left, c));
    r = f64x2.add(r, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(fourth + at));
    y = widened(v128.load64_zero(fourth + at, 8));
    d = fma64(y, right, fma64(x, left, d));
    s = f64x2.add(s, fma64(x, x, f64x2.mul(y, y)));
    at += 16;
    weights += 32;
  } while (at < end);
  storeLaneSums(norms, p, q, r, s);
  while (tail < tailEnd) {
    const left = v128.load(weights);
    const right = v128.load(weights, 16);
    a = fma64(widened(v128.load64_zero(tail, 8)), right, fma64(widened(v128.load64_zero(tail)), left, a));
    b = fma64(widened(v128.load64_zero(tail, 24)), right, fma64(widened(v128.load64_zero(tail, 16)), left, b));
    c = fma64(widened(v128.load64_zero(tail, 40)), right, fma64(widened(v128.load64_zero(tail, 32)), left, c));
    d = fma64(widened(v128.load64_zero(tail, 56)), right, fma64(widened(v128.load64_zero(tail, 48)), left, d));
    tail += 64;
    weights += 32;
  }
  storeLaneSums(into, a, b, c, d);
}

export function addApart64(source: usize, rowBytes: usize, whole: i32, coefficients: usize, gradient: usize): void {
  const p = v128.load64_splat(coefficients);
  const q = v128.load64_splat(coefficients, 8);
  const r = v128.load64_splat(coefficients, 16);
  const s = v128.load64_splat(coefficients, 24);
  const second = source + rowBytes;
  const third = second + rowBytes;
  const fourth = third + rowBytes;
  const end = (<usize>whole) << 2;
  let at: usize = 0;
  do {
    let sum = fma64(widened(v128.load64_zero(source + at)), p, v128.load(gradient));
    sum = fma64(widened(v128.load64_zero(second + at)), q, sum);
    sum = fma64(widened(v128.load64_zero(third + at)), r, sum);
    v128.store(gradient, fma64(widened(v128.load64_zero(fourth + at)), s, sum));
    sum = fma64(widened(v128.load64_zero(source + at, 8)), p, v128.load(gradient, 16));
    sum = fma64(widened(v128.load64_zero(second + at, 8)), q, sum);
    sum = fma64(widened(v128.load64_zero(third + at, 8)), r, sum);
    v128.store(gradient, fma64(widened(v128.load64_zero(fourth + at, 8)), s, sum), 16);
    at += 16;
    gradient += 32;
  } while (at < end);
}
