import { fma } from "./fma";
import { withSquares } from "./pack";
import { laneSums } from "./panel";
import { storeLaneSums } from "./panel64";

/* The loops of rows.ts in float32. Norms are measured in float64 here, too. */

/** Whole chunks of four rows as they lie, then packed lines, of which there may be none. Norms are those of the chunks. */
export function dotApart32(
  source: usize,
  rowBytes: usize,
  whole: i32,
  weights: usize,
  tail: usize,
  tailEnd: usize,
  into: usize,
  norms: usize,
): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
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
    const w = v128.load(weights + at);
    a = fma(v128.load(source + at), w, a);
    p = withSquares(p, source + at);
    b = fma(v128.load(second + at), w, b);
    q = withSquares(q, second + at);
    c = fma(v128.load(third + at), w, c);
    r = withSquares(r, third + at);
    d = fma(v128.load(fourth + at), w, d);
    s = withSquares(s, fourth + at);
    at += 16;
  } while (at < end);
  storeLaneSums(norms, p, q, r, s);
  weights += end;
  while (tail < tailEnd) {
    const w = v128.load(weights);
    a = fma(v128.load(tail), w, a);
    b = fma(v128.load(tail, 16), w, b);
    c = fma(v128.load(tail, 32), w, c);
    d = fma(v128.load(tail, 48), w, d);
    tail += 64;
    weights += 16;
  }
  v128.store(into, laneSums(a, b, c, d));
}

export function addApart32(source: usize, rowBytes: usize, whole: i32, coefficients: usize, gradient: usize): void {
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const second = source + rowBytes;
  const third = second + rowBytes;
  const fourth = third + rowBytes;
  const end = (<usize>whole) << 2;
  let at: usize = 0;
  do {
    const left = fma(v128.load(second + at), q, f32x4.mul(v128.load(source + at), p));
    const right = fma(v128.load(fourth + at), s, f32x4.mul(v128.load(third + at), r));
    v128.store(gradient + at, f32x4.add(v128.load(gradient + at), f32x4.add(left, right)));
    at += 16;
  } while (at < end);
}
