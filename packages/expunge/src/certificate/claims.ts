import type { Releases } from "../accounting/disclosure.js";
import { type DisclosureClaim, disclosureClaim } from "../accounting/disclosure-claim.js";
import { erasureMu, type Noise } from "../accounting/erasure.js";
import { epsilonFromMu } from "../accounting/gaussian.js";
import type { History } from "../accounting/history.js";
import type { ProcessConstants } from "../accounting/process.js";
import { tailDelta } from "../accounting/tails.js";
import type { Target } from "../accounting/unlearning.js";
import type { Holds } from "../records/certificate.js";
import type { DisclosureLimit } from "../records/training-plan.js";

/* What a certificate claims, as a function of what was done. Issuer and verifier both come here for their numbers. */

/** What was done: all that the claims depend on. */
export interface Course {
  readonly process: ProcessConstants;
  readonly noise: Noise;
  readonly history: History;
  /** Steps run, this request's included. */
  readonly steps: number;
  /** Releases with noise, this one included. */
  readonly releaseCount: number;
  /** Everything released; null where noise comes on release alone. */
  readonly releases: Releases | null;
  readonly target: Target;
  /** Policy "adaptive" alone. */
  readonly limit: DisclosureLimit | null;
}

export interface ErasureClaim {
  readonly mu: number;
  /** Infinity where nothing is proved at this delta. */
  readonly epsilon: number;
  readonly delta: number;
  readonly tailDelta: number;
}

/**
 * Retraining without every record deleted so far. The tails are taken at the target's epsilon, the largest that such a claim may have.
 *
 * Source: docs/theory.md, "What is claimed" and "Floating point".
 * @throws DomainError E_DOMAIN where a number lies outside the accountant's ranges
 */
export function erasureClaim({ process, noise, history, steps, releaseCount, target }: Course): ErasureClaim {
  const mu = erasureMu(process, noise, history, steps);
  const tails = tailDelta(process, { noise, steps, releaseCount }, target.epsilon);
  return { mu, epsilon: epsilonAt(mu, target.delta - tails), delta: target.delta, tailDelta: tails };
}

/** Everything ever released; null where noise comes on release alone. @throws DomainError E_DOMAIN */
export function disclosureClaimOf({
  process,
  noise,
  releases,
  target,
  limit,
}: Course): DisclosureClaim | null {
  return disclosureClaim(process, noise, releases, limit ?? { records: 1, delta: target.delta }, limit);
}

/** Which claim is the headline, by the policy fixed before training. */
export function holdsOf({ epsilon, delta }: ErasureClaim, limit: DisclosureLimit | null): Holds {
  return limit === null
    ? { epsilon, delta, against: "independent" }
    : { epsilon: limit.epsilon, delta: limit.delta, against: "adaptive" };
}

function epsilonAt(mu: number, delta: number): number {
  if (!(mu < Number.POSITIVE_INFINITY && delta > 0)) return Number.POSITIVE_INFINITY;
  return epsilonFromMu(mu, delta);
}
