import type { Objective } from "./objective.js";

/**
 * Linear regression with Huber's loss of the residual r = o - y, for any finite label y.
 *
 *   loss = r^2 / 2                          for |r| <= threshold
 *          threshold (|r| - threshold / 2)  beyond
 *
 * Its derivative is r held within [-threshold, threshold]: smoothness 1, gradient norm <= threshold, for row norm <= 1.
 *
 * Source: Huber, Annals of Mathematical Statistics 35(1), 1964, section 4.
 *
 * @param threshold > 0, in units of the label
 */
export function huberRegression(threshold: number): Objective {
  return Object.freeze({
    spec: Object.freeze({ kind: "huberRegression" as const, threshold }),
    task: "regression" as const,
    outputCount: 1,
    smoothness: 1,
    lipschitz: threshold,
    clippable: true,
    source: "Huber, Annals of Mathematical Statistics 35(1), 1964, section 4",
    loss(outputs: ArrayLike<number>, label: number): number {
      const residual = Math.abs(outputs[0]! - label);
      return residual <= threshold ? (residual * residual) / 2 : threshold * (residual - threshold / 2);
    },
    derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void {
      into[0] = Math.min(threshold, Math.max(-threshold, outputs[0]! - label));
    },
  });
}
