import type { Objective } from "./objective.js";

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
 *
 * @param classCount an integer >= 2
 */
export function softmax(classCount: number): Objective {
  return Object.freeze({
    spec: Object.freeze({ kind: "softmax" as const, classCount }),
    task: "multiclass" as const,
    outputCount: classCount,
    smoothness: 0.5,
    lipschitz: Math.SQRT2,
    clippable: false,
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
  });
}

function largest(outputs: ArrayLike<number>, count: number): number {
  let top = outputs[0]!;
  for (let j = 1; j < count; j++) top = Math.max(top, outputs[j]!);
  return top;
}
