import { disclosureEnergy, newestRelease, type Releases, releaseCountOf } from "./disclosure.js";
import type { Noise } from "./erasure.js";
import { epsilonFromMu } from "./gaussian.js";
import type { ProcessConstants } from "./process.js";
import { epsilonBesideTails, muOfLimit, tailDelta } from "./tails.js";

export interface DisclosureClaim {
  readonly records: number;
  readonly mu: number;
  /** null where the tails of the noise leave nothing of delta at the epsilon that mu comes to; Infinity where nothing bounds it. */
  readonly epsilon: number | null;
  readonly delta: number;
  /** null with epsilon. */
  readonly tailDelta: number | null;
  /** The largest mu that the limit allows; null where the claim is not the limit's. */
  readonly largestMu: number | null;
}

/** The same by the law in real numbers, as a single number: without what the machine's noise misses. @param std of the noise of a step, > 0 */
export function disclosureMu(
  process: ProcessConstants,
  std: number,
  releases: Releases,
  records: number,
): number {
  return Math.sqrt(disclosureEnergy(process, std, releases, records)) / std;
}

/**
 * What everything ever released reveals of any `records` records fixed beforehand, on the machine. Where records and delta are the limit's, the tails of
 * the noise are taken at its epsilon; elsewhere at the epsilon of half the delta, which is larger than the one claimed.
 *
 * Source: docs/theory.md, "Everything released".
 * @returns null where noise comes on release alone: nothing bounds it then
 * @throws DomainError E_DOMAIN
 */
export function disclosureClaim(
  process: ProcessConstants,
  noise: Noise,
  releases: Releases | null,
  { records, delta }: { readonly records: number; readonly delta: number },
  limit: { readonly epsilon: number; readonly delta: number; readonly records: number } | null,
): DisclosureClaim | null {
  if (noise.kind === "on-release" || releases === null) return null;
  const mu = disclosureMu(process, noise.std, releases, records);
  const counts = { noise, steps: newestRelease(releases), releaseCount: releaseCountOf(releases) };
  if (limit === null || limit.records !== records || limit.delta !== delta) {
    const proved = epsilonBesideTails(process, counts, mu, delta) ?? { epsilon: null, tailDelta: null };
    return { records, mu, delta, largestMu: null, ...proved };
  }
  const tails = tailDelta(process, counts, limit.epsilon);
  const isBounded = mu < Number.POSITIVE_INFINITY && delta > tails;
  const epsilon = isBounded ? epsilonFromMu(mu, delta - tails) : Number.POSITIVE_INFINITY;
  return { records, mu, epsilon, delta, tailDelta: tails, largestMu: muOfLimit(limit, tails) };
}
