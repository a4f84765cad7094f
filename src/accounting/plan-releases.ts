import { DomainError } from "../errors.js";
import { muFromEpsilonDelta } from "./gaussian.js";
import type { ProcessConstants } from "./process.js";
import { transcriptEnergy } from "./transcript.js";
import { claimFromEnergy, jointEnergy, placeRequest } from "./unlearning.js";
import type { DeletedSlots } from "./visits.js";

/** What a trained model and the models after each planned request reveal together. */
export interface ReleasedClaims {
  /** Of all deleted records, to someone who has seen every release. */
  readonly deleted: { readonly mu: number; readonly epsilon: number };
  /** Of any `records` records, deleted or not, whatever requests were chosen after seeing releases. */
  readonly anyone: {
    readonly mu: number;
    readonly epsilon: number;
    /** How many of the planned requests a limit lets through; null where there is none. */
    readonly requestsWithin: number | null;
  };
}

/**
 * Source: theory.md section 6, docs/theorems.md ("The joint claim", "Requests chosen after seeing releases").
 *
 * @param options releases: step numbers, the trained model's first, then one for each request of `records` records
 * @throws DomainError E_DOMAIN
 */
export function releasedClaims(options: {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly delta: number;
  readonly records: number;
  readonly slot: number | "worst" | "best";
  readonly releases: readonly number[];
  readonly adaptiveEpsilon: number | null;
}): ReleasedClaims {
  const { process, sigma, delta, records, slot, releases, adaptiveEpsilon } = options;
  const deleted: DeletedSlots[] = releases
    .slice(0, -1)
    .flatMap((steps) => placeRequest(process, steps, records, slot));
  const joint = claimFromEnergy(process, sigma, jointEnergy({ process, deleted, releases }), delta);
  const afterRequests = (requests: number) =>
    claimFromEnergy(
      process,
      sigma,
      transcriptEnergy({ process, releases: releases.slice(0, requests + 1), records }),
      delta,
    );
  const anyone = afterRequests(releases.length - 1);
  return {
    deleted: { mu: joint.mu, epsilon: joint.epsilon },
    anyone: {
      mu: anyone.mu,
      epsilon: anyone.epsilon,
      requestsWithin: adaptiveEpsilon === null ? null : countWithin(adaptiveEpsilon),
    },
  };

  function countWithin(limit: number): number {
    const most = muFromEpsilonDelta(limit, delta);
    if (afterRequests(0).mu > most)
      throw new DomainError(
        "sigma",
        sigma,
        `large enough for a trained model within adaptiveEpsilon = ${limit}`,
      );
    let [low, high] = [0, releases.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (afterRequests(middle).mu <= most) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
