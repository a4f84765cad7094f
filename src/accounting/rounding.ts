import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";

/** The arithmetic of steps: plain TypeScript and WebAssembly in float64, or WebAssembly in float32. */
export type KernelName = "reference" | "float64" | "float32";

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

/** Normals end here, in standard deviations (src/engine/noise.ts). */
const LARGEST_NORMAL = 9.42;

/** Share of its standard deviation by which a step's noise, made in float32, may be off in each coordinate. */
const NOISE_ERROR = 2 ** -21;

export function roundingKind(kernel: KernelName): RoundingKind {
  return kernel === "float32" ? "measured" : "proved";
}

/**
 * rho: how far a computed step may lie from the exact one, in the norm of the weights.
 *
 * float64 (proved): with u = 2^-53, gamma_j = j u / (1 - j u), s the noise's standard deviation and D weights,
 *
 *   rho = eta (beta gamma_d R + e_f M + gamma_b M) + 4u (R + eta M + 9.42 s sqrt(D)) + 2^-21 s sqrt(D)
 *
 * float32 (measured): rho = 2^-24 (R + eta M (4 + sqrt(b) + sqrt(d))) + 2^-21 s sqrt(D). Sums of b rows and of d products
 * err like their square roots; a test tries to find worse.
 *
 * Source:  docs/theory.md, "Floating point"; sums in any order: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
 * Checked: kernels against the reference over random shapes (rounding.test.ts).
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
  if (!["reference", "float64", "float32"].includes(kernel))
    throw new DomainError("kernel", kernel, "to be reference, float64 or float32");
  const noise = noiseStd * Math.sqrt(featureCount * outputCount);
  if (kernel === "float32") {
    const sums = 4 + Math.sqrt(batchSize) + Math.sqrt(featureCount);
    return UNIT_32 * (radius + eta * lipschitz * sums) + NOISE_ERROR * noise;
  }
  const derivative = DERIVATIVE_ERROR + outputCount * 2 ** -52;
  const gradient =
    recordSmoothness * accumulated(featureCount) * radius + (derivative + accumulated(batchSize)) * lipschitz;
  return (
    eta * gradient + 4 * UNIT_64 * (radius + eta * lipschitz + LARGEST_NORMAL * noise) + NOISE_ERROR * noise
  );
}

/** gamma_j: relative error of a sum of j products in float64, in any order. */
function accumulated(count: number): number {
  return (count * UNIT_64) / (1 - count * UNIT_64);
}
