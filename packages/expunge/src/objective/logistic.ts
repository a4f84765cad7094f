import type { Objective } from "./objective.js";

/**
 * Binary logistic regression.
 *
 *   loss(o, y) = log(1 + exp(-y (o + offset))),   d loss / d o = -y / (1 + exp(y (o + offset))),   y in {-1, +1}
 *
 * The offset, a public number, is what no row needs to teach: the log odds of a base rate. It shifts outputs and so changes neither constant.
 * For row norm <= 1 a record's gradient has norm < 1 and its Hessian p(1-p) x x^T has eigenvalues <= 1/4.
 *
 * Source:   docs/theory.md, "Learning and unlearning are one process"; Boyd, Vandenberghe, Convex Optimization, section 7.1.1.
 * Rounding: loss and derivative are exact to a few ulp for every finite output; neither overflows.
 *
 * @param offset in nats
 */
export function logistic(offset = 0): Objective {
  return Object.freeze({
    spec: Object.freeze(offset === 0 ? { kind: "logistic" as const } : { kind: "logistic" as const, offset }),
    task: "binary" as const,
    outputCount: 1,
    smoothness: 0.25,
    lipschitz: 1,
    clippable: true,
    source: "docs/theory.md, Learning and unlearning are one process; Boyd, Vandenberghe 2004, section 7.1.1",
    loss(outputs: ArrayLike<number>, label: number): number {
      const margin = label * (outputs[0]! + offset);
      // exp only ever sees a non-positive number, so it cannot overflow.
      return Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin);
    },
    derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void {
      const margin = label * (outputs[0]! + offset);
      // exp(margin) = Infinity gives 0, exp(-Infinity) = 0 gives -label: both are the limits.
      into[0] = -label / (1 + Math.exp(margin));
    },
  });
}
