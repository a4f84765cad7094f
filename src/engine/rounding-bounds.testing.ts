import type { Objective } from "../objective/index.js";
import type { ProcessParameters } from "./kernel.js";

/*
 * How far a computed step may lie from the exact one: the bounds that the kernels keep, term by term. The accountant has its own;
 * it must be no less.
 */

const UNIT_64 = 2 ** -53;
const UNIT_32 = 2 ** -24;

/** Relative error of k products and their sum in float64. */
const accumulated = (k: number): number => (k * UNIT_64) / (1 - k * UNIT_64);

/**
 * A bound on the norm of a step's noise, in standard deviations: exceeded with a probability below 2^-87 (Laurent, Massart 2000:
 * P(|z| > sqrt(D) + t) <= exp(-t^2 / 2), here with t = 11). Its rounding to float32 is at most 3.5e-7 of the norm
 * of all normals that were made, and 2e-8 sqrt(D / 2) (noise.ts), together less than 2^-21 (sqrt(D) + 8).
 */
const noiseRounding = (noiseStd: number, weightCount: number): number =>
  noiseStd === 0 ? 0 : 2 ** -21 * noiseStd * (Math.sqrt(weightCount) + 8);

/**
 * Proved, for reference and float64 alike (docs/theory.md, "Floating point"). Of the 32 u: the update has at most 3 u R, 5 u eta M
 * and 2 u times the noise, the projection 2^-49 R = 16 u R.
 */
export function float64Rounding(
  objective: Objective,
  parameters: ProcessParameters,
  featureCount: number,
): number {
  const { eta, clip, radius, noiseStd, batchSize } = parameters;
  const { smoothness, outputCount } = objective;
  const weightCount = outputCount * featureCount;
  const derivative = 2 ** -40 + outputCount * 2 ** -52;
  const gradient =
    smoothness * accumulated(featureCount) * radius + (derivative + accumulated(batchSize)) * clip;
  const update = radius + eta * clip + 9.42 * noiseStd * Math.sqrt(weightCount);
  return eta * gradient + 32 * UNIT_64 * update + noiseRounding(noiseStd, weightCount);
}

/**
 * Of the float32 kernel, for the longest chains of additions there are: d / 4 in a dot product (four columns side by side), 32 panels
 * in a part of a sum. Derivatives are off by less than 8 + outputCount roundings (measured). What is measured stays far below.
 */
export function float32Rounding(
  objective: Objective,
  parameters: ProcessParameters,
  featureCount: number,
): number {
  const { eta, clip, radius, noiseStd } = parameters;
  const { smoothness, outputCount } = objective;
  const dots = smoothness * radius * (4 + featureCount / 4);
  const sums = clip * (48 + outputCount);
  const noise = 2 * noiseRounding(noiseStd, outputCount * featureCount);
  return UNIT_32 * (6 * radius + eta * (dots + sums)) + noise;
}
