import type { Noise } from "./erasure.js";
import { epsilonFromMu, muFromEpsilonDelta } from "./gaussian.js";
import type { ProcessConstants } from "./process.js";
import { NOISE_ROUNDING_FAILURE } from "./rounding.js";

/** A step's normal lies where its words are too coarse for rho, or beyond the largest of them, with less than this probability. */
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
 *   (N (D 2^-64 + 2^-78) + r D 2^-60) (1 + e^epsilon)
 *
 * with the first term where every step has noise, r releases that have noise,
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
  const perStep = dimension === 0 ? 0 : dimension * MISSED_MASS + NOISE_ROUNDING_FAILURE;
  const stepTails = noise.kind === "every-step" ? steps * perStep : 0;
  // Both laws are replaced by nearby ones, the second one's share times e^epsilon.
  return (stepTails + dimension * releaseCount * RELEASE_FAILURE) * (1 + Math.exp(epsilon));
}

/**
 * What mu-GDP proves of the machine at delta where no limit bounds epsilon beforehand. The tails are taken at the epsilon of half the delta,
 * which is larger than the one claimed.
 *
 * Source: docs/theory.md, "Floating point".
 * @returns null where the tails exceed the other half of delta: nothing is proved
 */
export function epsilonBesideTails(
  process: Pick<ProcessConstants, "dimension">,
  counts: NoiseCounts,
  mu: number,
  delta: number,
): { readonly epsilon: number; readonly tailDelta: number } | null {
  if (mu === Number.POSITIVE_INFINITY) return null;
  const tails = tailDelta(process, counts, epsilonFromMu(mu, delta / 2));
  return tails <= delta / 2 ? { epsilon: epsilonFromMu(mu, delta - tails), tailDelta: tails } : null;
}

/** The share of a limit's delta that is kept for the noise's tails, whatever number of steps and releases it comes to. */
const LIMIT_TAIL_SHARE = 2 ** -10;

/**
 * The largest mu that everything released may come to under a limit (epsilon, delta). It is fixed with the limit: a filter is proved for a level that
 * does not depend on when it stops.
 *
 * @param tails of what was released so far; beyond the share kept for them no mu will do
 * @returns mu > 0, or 0 where the tails have used up their share
 */
export function muOfLimit(
  limit: { readonly epsilon: number; readonly delta: number },
  tails: number,
): number {
  if (tails > limit.delta * LIMIT_TAIL_SHARE) return 0;
  return muFromEpsilonDelta(limit.epsilon, limit.delta * (1 - LIMIT_TAIL_SHARE));
}
