import { DomainError } from "../errors.js";
import { disclosureEnergy, releasesAt } from "./disclosure.js";
import { muFromEpsilonDelta } from "./gaussian.js";
import { noiseStdFromSigma, type ProcessConstants } from "./process.js";
import { type Claim, claimFromEnergy, sigmaFromEnergy, type Target } from "./unlearning.js";

/** What a trained model and the models after each planned request reveal together of any `records` records. */
export interface PlannedDisclosure {
  readonly mu: number;
  readonly epsilon: number;
  /** How many of the planned requests a limit lets through; null where there is none. */
  readonly requestsWithin: number | null;
}

/**
 * Source: docs/theory.md, "Everything released".
 *
 * @param options.releases step numbers, the trained model's first, then one for each request
 * @throws DomainError E_DOMAIN
 */
export function plannedDisclosure(options: {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly delta: number;
  readonly records: number;
  readonly releases: readonly number[];
  readonly adaptiveEpsilon: number | null;
}): PlannedDisclosure {
  const { process, sigma, delta, records, releases, adaptiveEpsilon } = options;
  const afterRequests = (requests: number): Claim => {
    const seen = releasesAt(releases.slice(0, requests + 1));
    const energy = disclosureEnergy(process, noiseStdFromSigma(process, sigma), seen, records);
    return claimFromEnergy(process, sigma, energy, delta);
  };
  const { mu, epsilon } = afterRequests(releases.length - 1);
  return { mu, epsilon, requestsWithin: adaptiveEpsilon === null ? null : countWithin(adaptiveEpsilon) };

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

/**
 * The least noise level at which a training of `epochs` epochs and `requests` further releases, `unlearnSteps` steps apart, stay within a
 * limit on everything released.
 *
 * @throws DomainError E_DOMAIN
 */
export function calibrateSigmaForDisclosure(options: {
  readonly process: ProcessConstants;
  readonly limit: Target;
  readonly records: number;
  readonly epochs: number;
  readonly requests: number;
  readonly unlearnSteps: number;
}): number {
  const { process, limit, records, epochs, requests, unlearnSteps } = options;
  const learned = epochs * process.batchCount;
  const releases = releasesAt(
    Array.from({ length: requests + 1 }, (_, request) => learned + request * unlearnSteps),
  );
  // The grid of releases adds a little that grows with the noise; a second look takes it in.
  const first = sigmaFromEnergy(process, disclosureEnergy(process, 0, releases, records), limit);
  const std = noiseStdFromSigma(process, first);
  return sigmaFromEnergy(process, disclosureEnergy(process, 1.01 * std, releases, records), limit);
}
