import { requireNumber } from "./domain.js";
import type { ProcessConstants } from "./process.js";
import { placeRequest, sigmaFromEnergy, type Target } from "./unlearning.js";
import { stretchEnergy } from "./visits.js";

export interface TranscriptOptions {
  readonly process: ProcessConstants;
  /** Step numbers of the releases, ascending. */
  readonly releases: readonly number[];
  /** Records that one person has, at most; the same person's rows count together. */
  readonly records: number;
}

/**
 * Energy of everything ever released, for any set of `records` records, deleted or still in use: at each stretch between releases the records
 * are taken to lie where they cost most, in the batches visited last. A deleted record visits less, and later visits cost more, so no set of
 * records has more.
 *
 * It is what a privacy filter watches: where it never passes a level that was fixed beforehand, all that is released together is as private as
 * that level says, whatever requests were chosen after seeing releases.
 *
 * Source: theory.md sections 4 and 6; fully adaptive composition of GDP: Smith, Thakurta 2022 (arXiv 2210.17520); Koskela, Tobaben, Honkela
 * 2023 (arXiv 2209.15596).
 * @returns in squared weight units, as `certifiedEnergy`
 * @throws DomainError E_DOMAIN
 */
export function transcriptEnergy({ process, releases, records }: TranscriptOptions): number {
  let from = 0;
  let energy = 0;
  for (const to of releases) {
    requireNumber("releases", to, { min: from, integer: true });
    if (to > from)
      energy += stretchEnergy(process, placeRequest(process, to, records, "worst"), { from, to });
    from = to;
  }
  return energy;
}

/**
 * The least noise level at which a training of `epochs` epochs and `requests` further releases, each within `unlearnSteps` steps, stay within a
 * budget for everything released.
 *
 * @throws DomainError E_DOMAIN
 */
export function calibrateSigmaForTranscript(options: {
  readonly process: ProcessConstants;
  readonly budget: Target;
  readonly records: number;
  readonly epochs: number;
  readonly requests: number;
  readonly unlearnSteps: number;
}): number {
  const { process, budget, records, epochs, requests, unlearnSteps } = options;
  requireNumber("epochs", epochs, { min: 1, integer: true });
  requireNumber("requests", requests, { min: 0, integer: true });
  requireNumber("unlearnSteps", unlearnSteps, { min: 1, integer: true });
  const learned = epochs * process.batchCount;
  const once = transcriptEnergy({ process, releases: [learned], records });
  const again = transcriptEnergy({ process, releases: [learned, learned + unlearnSteps], records }) - once;
  // Raised for the rounding of the difference.
  return sigmaFromEnergy(process, (once + requests * again) * (1 + 1e-9), budget);
}
