import type { ObjectiveDefinition, ObjectiveOf } from "./definition.js";

export interface HuberRegressionSpec {
  readonly kind: "huberRegression";
  /** In units of the label. */
  readonly threshold: number;
}

/** In units of the labels' scale, which is about their standard deviation: beyond it a residual is an outlier. */
const USUAL_THRESHOLD = 2;

/**
 * Linear regression with Huber's loss of the residual r = o - y, for any finite label y.
 *
 *   loss = r^2 / 2                          for |r| <= threshold
 *          threshold (|r| - threshold / 2)  beyond
 *
 * Its derivative is r held within [-threshold, threshold]: smoothness 1, gradient norm <= threshold, for row norm <= 1.
 *
 * Source: Huber, Annals of Mathematical Statistics 35(1), 1964, section 4.
 */
export const huberRegression = Object.freeze<ObjectiveDefinition<HuberRegressionSpec>>({
  kind: "huberRegression",
  task: "regression",
  words: "robust regression (Huber)",
  hasProbabilities: false,
  kernelNumber: 3,
  parameters: { threshold: { min: 0, openMin: true, words: (value) => `threshold ${value}` } },
  usual: () => ({ kind: "huberRegression", threshold: USUAL_THRESHOLD }),
  create: ({ threshold }) =>
    Object.freeze<ObjectiveOf<HuberRegressionSpec>>({
      spec: Object.freeze({ kind: "huberRegression", threshold }),
      task: "regression",
      outputCount: 1,
      smoothness: 1,
      lipschitz: threshold,
      clippable: true,
      offset: 0,
      shape: threshold,
      source: "Huber, Annals of Mathematical Statistics 35(1), 1964, section 4",
      loss(outputs: ArrayLike<number>, label: number): number {
        const residual = Math.abs(outputs[0]! - label);
        return residual <= threshold ? (residual * residual) / 2 : threshold * (residual - threshold / 2);
      },
      derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void {
        into[0] = Math.min(threshold, Math.max(-threshold, outputs[0]! - label));
      },
    }),
});
