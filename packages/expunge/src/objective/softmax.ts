import type { ObjectiveDefinition, ObjectiveOf } from "./definition.js";

export interface SoftmaxSpec {
  readonly kind: "softmax";
  readonly classCount: number;
}

/** Float32 kernels hold labels as float32; far below 2^24 every class number is exact there. */
const MAX_CLASS_COUNT = 10_000;

/**
 * Multinomial logistic regression over classes 0..classCount-1, one linear output for each class.
 *
 *   loss(o, y) = log(sum_j exp(o_j)) - o_y,   d loss / d o = p - e_y,   p = softmax(o)
 *
 * For row norm <= 1 a record's gradient (p - e_y) x^T has norm < sqrt(2), and its Hessian (diag(p) - p p^T) x x^T
 * has eigenvalues <= 1/2. Clipping it below sqrt(2) does not leave a gradient of a convex function: not clippable.
 *
 * Source:   Boehning 1992, Annals of the Institute of Statistical Mathematics 44(1), section 2; docs/theory.md, "Learning and unlearning are one process".
 * Rounding: the largest output is subtracted first, so nothing overflows.
 */
export const softmax = Object.freeze<ObjectiveDefinition<SoftmaxSpec>>({
  kind: "softmax",
  task: "multiclass",
  words: "softmax regression",
  hasProbabilities: true,
  kernelNumber: 1,
  parameters: {
    classCount: { integer: true, min: 2, max: MAX_CLASS_COUNT, words: (value) => `${value} classes` },
  },
  usual: ({ classCount }) => ({ kind: "softmax", classCount }),
  create: ({ classCount }) =>
    Object.freeze<ObjectiveOf<SoftmaxSpec>>({
      spec: Object.freeze({ kind: "softmax", classCount }),
      task: "multiclass",
      outputCount: classCount,
      smoothness: 0.5,
      lipschitz: Math.SQRT2,
      clippable: false,
      offset: 0,
      shape: 0,
      source: "Boehning 1992, section 2; docs/theory.md, Learning and unlearning are one process",
      loss(outputs: ArrayLike<number>, label: number): number {
        const top = largest(outputs, classCount);
        let sum = 0;
        for (let j = 0; j < classCount; j++) sum += Math.exp(outputs[j]! - top);
        return Math.log(sum) + (top - outputs[label]!);
      },
      derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void {
        const top = largest(outputs, classCount);
        let sum = 0;
        for (let j = 0; j < classCount; j++) sum += into[j] = Math.exp(outputs[j]! - top);
        for (let j = 0; j < classCount; j++) into[j] = into[j]! / sum;
        into[label] = into[label]! - 1;
      },
    }),
});

function largest(outputs: ArrayLike<number>, count: number): number {
  let top = outputs[0]!;
  for (let j = 1; j < count; j++) top = Math.max(top, outputs[j]!);
  return top;
}
