import type { ObjectiveDefinition, ObjectiveOf } from "./definition.js";

export interface LogisticSpec {
  readonly kind: "logistic";
  /** Added to every output, in nats; 0 where it is left out. */
  readonly offset?: number;
}

/** Odds of one in 10^17: beyond them an offset is a label given to every row. */
const MAX_OFFSET = 40;

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
 */
export const logistic = Object.freeze<ObjectiveDefinition<LogisticSpec>>({
  kind: "logistic",
  task: "binary",
  words: "logistic regression",
  hasProbabilities: true,
  kernelNumber: 0,
  parameters: {
    offset: { isOptional: true, min: -MAX_OFFSET, max: MAX_OFFSET, words: (value) => `offset ${value}` },
  },
  usual: ({ logOdds }) => (logOdds ? { kind: "logistic", offset: logOdds } : { kind: "logistic" }),
  create: ({ offset = 0 }) =>
    Object.freeze<ObjectiveOf<LogisticSpec>>({
      spec: Object.freeze(offset === 0 ? { kind: "logistic" } : { kind: "logistic", offset }),
      task: "binary",
      outputCount: 1,
      smoothness: 0.25,
      lipschitz: 1,
      clippable: true,
      offset,
      shape: offset,
      source:
        "docs/theory.md, Learning and unlearning are one process; Boyd, Vandenberghe 2004, section 7.1.1",
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
    }),
});
