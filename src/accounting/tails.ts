import type { Noise } from "./erasure.js";
import type { ProcessConstants } from "./process.js";

/** Normals of the steps end at 9.42 standard deviations and miss this much of their mass. */
const MISSED_MASS = 2 ** -64;
/** A release's noise, rounded to its grid, is not the one it should be with at most this probability a coordinate. */
const RELEASE_FAILURE = 2 ** -60;

/** What of a process the tails of its noise depend on. */
export interface NoiseCounts {
  readonly noise: Noise;
  /** N: steps run. */
  readonly steps: number;
  /** Releases that had noise. */
  readonly releaseCount: number;
}

/**
 * The share of delta that goes to the tails of the noise and to the generator of releases' noise:
 *
 *   D N 2^-64 (noise at every step) + D 2^-60 (1 + e^epsilon) a release
 *
 * so that what mu-GDP proves at delta - tailDelta holds of the machine at delta.
 *
 * Source: docs/theory.md, "Floating point".
 * @param epsilon the largest one claimed
 */
export function tailDelta(
  { dimension }: Pick<ProcessConstants, "dimension">,
  { noise, steps, releaseCount }: NoiseCounts,
  epsilon: number,
): number {
  const stepTails = noise.kind === "every-step" ? dimension * steps * MISSED_MASS : 0;
  return stepTails + dimension * releaseCount * RELEASE_FAILURE * (1 + Math.exp(epsilon));
}
