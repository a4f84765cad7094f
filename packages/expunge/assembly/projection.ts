import { wide } from "./elementary64";

/*
 * The projection onto the ball, as in packages/expunge/src/engine/projection.ts: norms are computed in float64 and the ball is taken a little
 * smaller, so that after rounding the norm is never above the radius. T is f32 or f64, the kernel's precision.
 */

/** A plain sum of fewer than 2^30 squares is off by less than this share of itself. */
const PLAIN_MARGIN = 2.384185791015625e-7; // 2^-22
/** packages/expunge/src/engine/projection.ts says why it is enough. */
const SHRINK64 = 8.881784197001252e-16; // 2^-50
/** Each product, of a float64 factor, is rounded once: 2^-24, and what float64 does. */
const SHRINK32 = 5.9604645943387e-8; // 2^-24 (1 + 2^-20)

/** Scales the weights onto the ball where they lie outside. */
export function projectOntoBall<T>(start: usize, bytes: usize, radius: f64): void {
  if (plainSquare<T>(start, bytes) * (1 + PLAIN_MARGIN) <= radius * radius * (1 - PLAIN_MARGIN)) return;
  const most = radius * (1 - (sizeof<T>() == 8 ? SHRINK64 : SHRINK32));
  const norm = sqrt(carefulSquare<T>(start, bytes));
  if (norm <= (sizeof<T>() == 8 ? most : radius * (1 - SHRINK64))) return;
  // NaN where the norm overflows: whoever checks the result finds it.
  scale<T>(start, bytes, most / norm);
}

/** The sum of squares, each sum rounded. */
export function plainSquare<T>(at: usize, bytes: usize): f64 {
  const end = at + bytes;
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  do {
    const a = pairAt<T>(at);
    const b = pairAt<T>(at + 2 * sizeof<T>());
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
    at += 4 * sizeof<T>();
  } while (at < end);
  return laneSum(f64x2.add(even, odd));
}

/** The sum of squares with the errors of its additions kept and added at the end. */
function carefulSquare<T>(at: usize, bytes: usize): f64 {
  const end = at + bytes;
  let sum = f64x2.splat(0);
  let rest = f64x2.splat(0);
  do {
    const x = pairAt<T>(at);
    const square = f64x2.mul(x, x);
    const next = f64x2.add(sum, square);
    const part = f64x2.sub(next, sum);
    const lost = f64x2.add(f64x2.sub(sum, f64x2.sub(next, part)), f64x2.sub(square, part));
    rest = f64x2.add(rest, lost);
    sum = next;
    at += 2 * sizeof<T>();
  } while (at < end);
  return laneSum(f64x2.add(sum, rest));
}

function scale<T>(at: usize, bytes: usize, factor: f64): void {
  const end = at + bytes;
  const factors = f64x2.splat(factor);
  do {
    const scaled = f64x2.mul(pairAt<T>(at), factors);
    if (sizeof<T>() == 8) v128.store(at, scaled);
    else v128.store64_lane(at, f32x4.demote_f64x2_zero(scaled), 0);
    at += 2 * sizeof<T>();
  } while (at < end);
}

/** Two numbers as float64. */
// @ts-ignore: decorator
@inline
function pairAt<T>(at: usize): v128 {
  return sizeof<T>() == 8 ? v128.load(at) : wide(at);
}

// @ts-ignore: decorator
@inline
export function laneSum(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
