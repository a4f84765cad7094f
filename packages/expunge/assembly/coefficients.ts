import { exp4 } from "./elementary";

/*
 * From a panel's outputs to the coefficients of its rows in the gradient, in place (packages/expunge/src/objective/ has the formulas).
 */

const LOGISTIC = 0;
const SMOOTHED_HINGE = 2;
const HUBER_REGRESSION = 3;

/** Replaces one vector of outputs for each trial by the clipped scalar derivatives. */
export function singleOutputCoefficients(
  outputs: usize,
  end: usize,
  objective: i32,
  shapeNumber: f64,
  label: usize,
  limit: usize,
): void {
  const shape = f32x4.splat(<f32>shapeNumber);
  const y = v128.load(label);
  const bound = v128.load(limit);
  do {
    const o = v128.load(outputs);
    let derivative: v128;
    if (objective == LOGISTIC) {
      derivative = f32x4.div(f32x4.neg(y), f32x4.add(f32x4.splat(1), exp4(f32x4.mul(y, f32x4.add(o, shape)))));
    } else if (objective == SMOOTHED_HINGE) {
      const slope = f32x4.mul(f32x4.sub(f32x4.splat(1), f32x4.mul(y, o)), shape);
      derivative = f32x4.neg(f32x4.mul(y, f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(1), slope))));
    } else if (objective == HUBER_REGRESSION) {
      derivative = f32x4.max(f32x4.neg(shape), f32x4.min(shape, f32x4.sub(o, y)));
    } else {
      // An objective that has no derivative here must not train by another's.
      derivative = unreachable();
    }
    v128.store(outputs, f32x4.max(f32x4.neg(bound), f32x4.min(bound, derivative)));
    outputs += 16;
  } while (outputs < end);
}

/** Replaces each trial's outputs by softmax(outputs) - onehot(label); by 0 in rows whose limit is 0, which are empty. */
export function softmaxCoefficients(outputs: usize, end: usize, classes: i32, label: usize, limit: usize): void {
  const labels = v128.load(label);
  const isLive = f32x4.gt(v128.load(limit), f32x4.splat(0));
  const trialBytes = (<usize>classes) << 4;
  do {
    softmaxOfTrial(outputs, outputs + trialBytes, labels, isLive);
    outputs += trialBytes;
  } while (outputs < end);
}

function softmaxOfTrial(outputs: usize, end: usize, label: v128, isLive: v128): void {
  let top = v128.load(outputs);
  let at = outputs + 16;
  do {
    top = f32x4.max(top, v128.load(at));
    at += 16;
  } while (at < end);

  let sum = f32x4.splat(0);
  at = outputs;
  do {
    const e = exp4(f32x4.sub(v128.load(at), top));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
    at += 16;
  } while (at < end);

  const scale = f32x4.div(f32x4.splat(1), sum);
  let j: f32 = 0;
  at = outputs;
  do {
    const isLabel = v128.and(f32x4.eq(label, f32x4.splat(j)), f32x4.splat(1));
    v128.store(at, v128.and(isLive, f32x4.sub(f32x4.mul(v128.load(at), scale), isLabel)));
    j += 1;
    at += 16;
  } while (at < end);
}
