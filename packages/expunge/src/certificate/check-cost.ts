import { MAX_LENGTHS, MAX_STRETCHES, type Releases } from "../accounting/disclosure.js";
import { phasesOf } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";

/* How much the sums of the disclosure claim take. What a certificate says must never decide how long its check runs. */

/** Visits written out, and energies of places computed, in one check: seconds at most. */
const MAX_OPERATIONS = 2 ** 21;

/** A visit that weighs less than this is not written out (packages/expunge/src/accounting/visits.ts). */
const NEGLIGIBLE = Math.log(1e-20);

/** Starts that the energy of one place may try (packages/expunge/src/accounting/periodic.ts). */
const STARTS_TRIED = 512;

/** Places beyond which none is looked at by itself (packages/expunge/src/accounting/disclosure.ts). */
const MAX_PLACES = 2 ** 22;

/** Lengths whose energies are kept (packages/expunge/src/accounting/disclosure.ts). */
const LENGTHS_KEPT = 64;

/**
 * Bound on the operations of `disclosureEnergy`: visits written out for the worst places of each length, and energies by place. An issuer that would pass
 * it does not sign, and a verifier does not begin.
 */
export function disclosureCost(process: ProcessConstants, releases: Releases, records: number): number {
  const { older, lengths } = releases;
  if (older.length > MAX_LENGTHS || lengths.length > MAX_STRETCHES) return Number.POSITIVE_INFINITY;
  const { batchSize, contraction } = process;
  // A cycle only grows: the first visits most often, the last has most places.
  const fewest = process.batchCount;
  const most = phasesOf(process).reduce((count, phase) => Math.max(count, phase.batchCount), fewest);
  const horizon = contraction < 1 ? NEGLIGIBLE / Math.log(contraction) : Number.POSITIVE_INFINITY;
  const groups = Math.min(Math.ceil(records / batchSize), most);
  const visitsOf = (length: number): number => groups * (Math.min(length, horizon) / fewest + 1);
  // Where the cycle has grown a length may have to be looked at once in every phase.
  const hasGrown = phasesOf(process).length > 1;
  const all = [...lengths, ...older.map(({ length }) => length)];
  const different = hasGrown ? all : [...new Set(all)];
  const visits = different.reduce((sum, length) => sum + visitsOf(length), 0);
  const places = lengths.reduce((sum, length) => sum + Math.min(length, most), 0);
  if (places > MAX_PLACES || most > MAX_PLACES) return visits;
  const computed = hasGrown || new Set(lengths).size > LENGTHS_KEPT ? lengths : [...new Set(lengths)];
  const energies = computed.reduce(
    (sum, length) => sum + Math.min(length, most) * startsTried(process, length),
    0,
  );
  return visits + energies + (places + most) / 16;
}

/** Starts from the ball that the energy of one place tries; none where the ball is wider than the distances can get. */
function startsTried(
  { contraction, batchCount, sensitivity, radius }: ProcessConstants,
  length: number,
): number {
  const reach = contraction < 1 ? sensitivity / (1 - contraction ** batchCount) : Number.POSITIVE_INFINITY;
  if (reach <= 2 * radius) return 1;
  return Math.min(STARTS_TRIED, Math.ceil(length / batchCount)) + 1;
}

export function isTooCostly(process: ProcessConstants, releases: Releases, records: number): boolean {
  return !(disclosureCost(process, releases, records) <= MAX_OPERATIONS);
}
