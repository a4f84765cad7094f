import { COLUMNS, NORM_BOUND, OUTPUT_COUNT, WEIGHTS } from "./context";
import { plainSquare } from "./projection";

/** More than what plain sums, and what is made of them, are off, and than norms of rows are above 1. */
export const MARGIN = 9.5367431640625e-7; // 2^-20

/** Measures the weights of one trial, float64: sets NORM_BOUND. Returns the sum of their squares; where it is finite, all weights are. */
export function measure64(context: usize): f64 {
  const square = plainSquare<f64>(load<usize>(context, WEIGHTS), weightBytes(context));
  store<f64>(context, boundOf(square), NORM_BOUND);
  return square;
}

/** No less than the norm of weights, by the computed sum of their squares. */
// @ts-ignore: decorator
@inline
export function boundOf(square: f64): f64 {
  return sqrt(square) * (1 + MARGIN);
}

/** Bytes of one trial's weights in float64. */
// @ts-ignore: decorator
@inline
export function weightBytes(context: usize): usize {
  return (<usize>(load<i32>(context, OUTPUT_COUNT) * load<i32>(context, COLUMNS))) << 3;
}
