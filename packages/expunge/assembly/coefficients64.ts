import { exp2x, wide } from "./elementary64";

/*
 * coefficients.ts in float64. A panel's four rows are two vectors here, worked on one after the other.
 *
 * Error of the derivatives, beside that of the outputs: e_f <= 2^-43 + outputCount 2^-53, well below what is accounted for
 * (2^-40 + outputCount 2^-52). With u = 2^-53, and exp2x off by 2^-50 = 8 u:
 * - one output: relative to the derivative. Logistic: 8 u + 2 u, and the sum t of output and offset is off by u |t|, which is up to
 *   708 u of the derivative, 2^-43.5. Smoothed hinge: 3 u (the difference, 1 / width, the product).
 *   Huber: u. A relative error e before holding within the limit is one of at most e times the limit after it, so of at most
 *   e M in the gradient. (The argument of exp is held at +-708: where that matters, a logistic derivative of less than 2^-1021
 *   becomes 2^-1021.)
 * - softmax: in the norm of the vector p - e_y. The arguments t_j = o_j - top are off by u |t_j|, which moves p_j by u |t_j| p_j;
 *   sum_j |t_j| p_j <= log(outputCount). exp, its sum, the reciprocal and the product move p_j by at most
 *   (8 + 8 + outputCount + 2) u, relative, and |p| <= 1. The last subtraction: u.
 */

const LOGISTIC = 0;
const SMOOTHED_HINGE = 2;
const HUBER_REGRESSION = 3;
/** Bytes of the numbers of a panel's four rows. */
const VECTOR: usize = 32;

/** Replaces the outputs of each trial, four f64, by the clipped scalar derivatives. */
export function singleOutputCoefficients64(
  outputs: usize,
  end: usize,
  objective: i32,
  shapeNumber: f64,
  label: usize,
  limit: usize,
): void {
  const shape = f64x2.splat(shapeNumber);
  // Rows 0 and 1 of every trial, then rows 2 and 3.
  derivativesOfPair(outputs, end, objective, shape, wide(label), v128.load(limit));
  derivativesOfPair(outputs + 16, end, objective, shape, wide(label + 8), v128.load(limit, 16));
}

// @ts-ignore: decorator
@inline
function derivativesOfPair(outputs: usize, end: usize, objective: i32, shape: v128, y: v128, bound: v128): void {
  do {
    const o = v128.load(outputs);
    let derivative: v128;
    if (objective == LOGISTIC) {
      derivative = f64x2.div(f64x2.neg(y), f64x2.add(f64x2.splat(1), exp2x(f64x2.mul(y, f64x2.add(o, shape)))));
    } else if (objective == SMOOTHED_HINGE) {
      const slope = f64x2.mul(f64x2.sub(f64x2.splat(1), f64x2.mul(y, o)), shape);
      derivative = f64x2.neg(f64x2.mul(y, f64x2.max(f64x2.splat(0), f64x2.min(f64x2.splat(1), slope))));
    } else if (objective == HUBER_REGRESSION) {
      derivative = f64x2.max(f64x2.neg(shape), f64x2.min(shape, f64x2.sub(o, y)));
    } else {
      derivative = unreachable();
    }
    v128.store(outputs, f64x2.max(f64x2.neg(bound), f64x2.min(bound, derivative)));
    outputs += VECTOR;
  } while (outputs < end);
}

/** Replaces each trial's outputs by softmax(outputs) - onehot(label); by 0 in rows whose limit is 0, which are empty. */
export function softmaxCoefficients64(outputs: usize, end: usize, classes: i32, label: usize, limit: usize): void {
  const zero = f64x2.splat(0);
  const trialBytes = <usize>classes * VECTOR;
  do {
    const next = outputs + trialBytes;
    softmaxOfPair(outputs, next, wide(label), f64x2.gt(v128.load(limit), zero));
    softmaxOfPair(outputs + 16, next, wide(label + 8), f64x2.gt(v128.load(limit, 16), zero));
    outputs = next;
  } while (outputs < end);
}

function softmaxOfPair(outputs: usize, end: usize, label: v128, isLive: v128): void {
  let top = v128.load(outputs);
  let at = outputs + VECTOR;
  do {
    top = f64x2.max(top, v128.load(at));
    at += VECTOR;
  } while (at < end);

  let sum = f64x2.splat(0);
  at = outputs;
  do {
    const e = exp2x(f64x2.sub(v128.load(at), top));
    v128.store(at, e);
    sum = f64x2.add(sum, e);
    at += VECTOR;
  } while (at < end);

  const scale = f64x2.div(f64x2.splat(1), sum);
  let j: f64 = 0;
  at = outputs;
  do {
    const isLabel = v128.and(f64x2.eq(label, f64x2.splat(j)), f64x2.splat(1));
    v128.store(at, v128.and(isLive, f64x2.sub(f64x2.mul(v128.load(at), scale), isLabel)));
    j += 1;
    at += VECTOR;
  } while (at < end);
}
