import {
  countedStretches,
  listedStretches,
  MAX_LENGTHS,
  MAX_OPERATIONS,
  MAX_STRETCHES,
  type Releases,
} from "../accounting/disclosure.js";
import type { ProcessConstants } from "../accounting/process.js";
import { ExpungeError } from "../errors.js";

/* How much the sums of the disclosure claim take. What a certificate says must never decide how long its check runs. */

/** A visit that weighs less than this is not written out (packages/expunge/src/accounting/visits.ts). */
const NEGLIGIBLE = Math.log(1e-20);

/**
 * Bound on the visits that `disclosureEnergy` writes out for the worst places of each length in each cycle: with MAX_OPERATIONS of these a check takes seconds.
 * Energies by place have a bound of their own there, beyond which they are not computed. An issuer that would pass the bound does not sign, and a
 * verifier does not begin.
 *
 * @throws DomainError E_DOMAIN where a phase begins within a listed stretch
 */
export function disclosureCost(process: ProcessConstants, releases: Releases, records: number): number {
  const { older, lengths } = releases;
  if (older.length > MAX_LENGTHS || lengths.length > MAX_STRETCHES) return Number.POSITIVE_INFINITY;
  const { batchSize, contraction } = process;
  const horizon = contraction < 1 ? NEGLIGIBLE / Math.log(contraction) : Number.POSITIVE_INFINITY;
  const visitsOf = (length: number, batchCount: number): number => {
    const groups = Math.min(Math.ceil(records / batchSize), batchCount);
    return groups * (Math.min(length, horizon) / batchCount + 1);
  };
  const listed = countedStretches(listedStretches(process, releases));
  return (
    listed.reduce((sum, { length, batchCount }) => sum + visitsOf(length, batchCount), 0) +
    older.reduce((sum, { length }) => sum + visitsOf(length, process.batchCount), 0)
  );
}

export function isTooCostly(process: ProcessConstants, releases: Releases, records: number): boolean {
  return !(disclosureCost(process, releases, records) <= MAX_OPERATIONS);
}

/** Refuses what could not be certified, for no verifier would check it. @throws ExpungeError E_INFEASIBLE */
export function requireCheckable(
  process: ProcessConstants,
  releases: Releases | null,
  limit: { readonly records: number } | null,
): void {
  if (releases === null || !isTooCostly(process, releases, limit?.records ?? 1)) return;
  throw new ExpungeError(
    "E_INFEASIBLE",
    "What everything released reveals would take a verifier too long to compute: train with larger batches, or with fewer records under the limit. Nothing was changed.",
  );
}
