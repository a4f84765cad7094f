import { DomainError } from "../errors.js";
import { KERNELS, type KernelName } from "./choices.js";
import { requireNumber } from "./domain.js";

/** Whether the bound on a step's rounding is a theorem (float64) or a model checked by measurement (float32). */
export type RoundingKind = "proved" | "measured";

/** What the rounding of a step depends on, besides the process. */
export interface Rounding {
  readonly kernel: KernelName;
  /** Features of a row. */
  readonly featureCount: number;
  /** Linear outputs of the model: 1, or the classes of a softmax. */
  readonly outputCount: number;
  /** Standard deviation of the noise of every step, 0 where steps have none. */
  readonly noiseStd: number;
}

/** What of a process its rounding depends on. */
export interface RoundedStep {
  readonly batchSize: number;
  /** M. */
  readonly lipschitz: number;
  readonly eta: number;
  /** R, finite: weights lie in the ball before and after every step. */
  readonly radius: number;
  /** beta: smoothness of one record's loss. */
  readonly recordSmoothness: number;
}

const UNIT_64 = 2 ** -53;
const UNIT_32 = 2 ** -24;

/** e_f: relative error of the scalar derivative in float64, a wide margin above what the kernels' polynomials reach. */
const DERIVATIVE_ERROR = 2 ** -40;

/** Normals end here, in standard deviations (packages/expunge/src/engine/noise.ts). */
const MAX_NORMAL = 11.54;

/** Share of its norm by which a step's noise, made in float32, may be off. */
const NOISE_ERROR = 2 ** -21;

/** A Gaussian's norm is below sqrt(D) + 10.5 standard deviations but with probability 2^-78; its rounding is then below NOISE_ERROR (sqrt(D) + 8). */
const NOISE_SLACK = 8;

/** With what probability a step's noise is rounded by more than rho reckons with (Laurent, Massart 2000, Lemma 1). */
export const NOISE_ROUNDING_FAILURE = 2 ** -78;

/** Kernels accept rows whose norm is above 1 by up to 2e-7; with it gradient and smoothness grow by less than this. */
export const ROW_NORM_SLACK = 1 + 2 ** -20;

/** Roundings of weights, gradient and noise in the update (5) and of the projection (2^-49 R, from a compensated norm), in units of u. */
const UPDATE_ROUNDINGS = 32;

/** Whether the bound on a kernel's rounding is proved (float64, reference) or measured (float32). */
export function roundingKind(kernel: KernelName): RoundingKind {
  return kernel === "float32" ? "measured" : "proved";
}

/**
 * rho: how far a computed step may lie from the exact one, in the norm of the weights.
 *
 * float64 (proved): with u = 2^-53, gamma_j = j u / (1 - j u), K outputs, s the noise's standard deviation and D weights,
 *
 *   rho = eta (beta gamma_d R + (2^-40 + K 2^-52 + gamma_b) M) + 32u (R + eta M + 11.54 s sqrt(D)) + 2^-21 s (sqrt(D) + 8)
 *
 * float32 (measured): dot products err by up to d / 4 roundings, sums of 128 rows go into float64 totals, so that b does not enter:
 *
 *   rho = 2^-24 (6R + eta (beta R (4 + d/4) + M (48 + K))) + 2^-20 s (sqrt(D) + 8)
 *
 * Source:  docs/theory.md, "Rounding of steps"; sums in any order: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
 * Checked: kernels against the reference over random shapes, and a search for worse cases (packages/expunge/src/engine/rounding.test.ts).
 *
 * @throws DomainError E_DOMAIN where the radius is not finite, or d or b is so large that gamma_j is no bound
 */
export function roundingPerStep(rounding: Rounding, step: RoundedStep): number {
  const { kernel, featureCount, outputCount, noiseStd } = rounding;
  const { batchSize, lipschitz, eta, radius, recordSmoothness } = step;
  requireNumber("radius", radius, { min: 0, openMin: true });
  requireNumber("featureCount", featureCount, { min: 1, max: 2 ** 40, integer: true });
  requireNumber("outputCount", outputCount, { min: 1, max: 2 ** 40, integer: true });
  requireNumber("noiseStd", noiseStd, { min: 0 });
  if (!KERNELS.includes(kernel))
    throw new DomainError("kernel", kernel, "to be reference, float64 or float32");
  const norm = Math.sqrt(featureCount * outputCount);
  const noiseRounding = noiseStd === 0 ? 0 : NOISE_ERROR * noiseStd * (norm + NOISE_SLACK);
  if (kernel === "float32") {
    const dots = recordSmoothness * radius * (4 + featureCount / 4);
    const sums = lipschitz * (48 + outputCount);
    return UNIT_32 * (6 * radius + eta * (dots + sums)) + 2 * noiseRounding;
  }
  const derivative = DERIVATIVE_ERROR + outputCount * 2 ** -52;
  const gradient =
    recordSmoothness * accumulated(featureCount) * radius + (derivative + accumulated(batchSize)) * lipschitz;
  const update = radius + eta * lipschitz + MAX_NORMAL * noiseStd * norm;
  return eta * gradient * ROW_NORM_SLACK + UPDATE_ROUNDINGS * UNIT_64 * update + noiseRounding;
}

/** gamma_j: relative error of a sum of j products in float64, in any order. */
function accumulated(count: number): number {
  return (count * UNIT_64) / (1 - count * UNIT_64);
}
