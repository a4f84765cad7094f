import { requireNumber } from "./domain.js";
import { gridShift } from "./erasure.js";
import { geometricSum } from "./geometric-sum.js";
import { segmentEnergy } from "./minorant.js";
import { periodicEnergy } from "./periodic.js";
import { type Cycle, type Phase, phasesOf } from "./phases.js";
import type { ProcessConstants } from "./process.js";
import { MAX_TIME } from "./timeline.js";
import { placeRequest } from "./unlearning.js";
import { stretchEnergy } from "./visits.js";

/**
 * Everything a process has released, as the stretches of steps between releases: the newest one by one, older ones by their lengths alone, so
 * that what is remembered is bounded. Noise at every step only.
 */
export interface Releases {
  /** Lengths of stretches, ascending, and how many of each are no longer listed. */
  readonly older: readonly { readonly length: number; readonly count: number }[];
  /** Step at which the first listed stretch begins. */
  readonly from: number;
  /** Lengths of the newest stretches, oldest first. */
  readonly lengths: readonly number[];
}

/** The releases of a model before its first one. */
export const NO_RELEASES: Releases = Object.freeze({
  older: Object.freeze([]),
  from: 0,
  lengths: Object.freeze([]),
});

/** Stretches listed one by one, at most. */
export const MAX_STRETCHES = 2048;
/** Beyond it the oldest are folded at once, so that sums are seldom taken anew. */
export const STRETCHES_AFTER_FOLDING = 1024;
/** Stretches that are folded at once. */
export const STRETCHES_AT_ONCE: number = MAX_STRETCHES + 1 - STRETCHES_AFTER_FOLDING;
/** Different lengths that older stretches may have; beyond it, neighbouring ones are counted as the longer. */
export const MAX_LENGTHS = 128;
/** Batches of all listed stretches that are looked at one by one; beyond it every stretch counts at its worst place. */
const MAX_PLACES = 2 ** 22;
/** Energies of places that are computed, with the starts that each tries; beyond it every stretch counts at its worst place, too. */
export const MAX_OPERATIONS: number = 2 ** 21;
/** Different stretches whose energies are kept; others are computed anew wherever they come. Many long ones would fill the memory. */
const LENGTHS_KEPT = 64;

/** The releases after one more at `step`; the same ones where it is the newest's own step. @throws DomainError E_DOMAIN */
export function withReleaseAt(releases: Releases, step: number): Releases {
  const { older, from, lengths } = releases;
  const newest = lengths.reduce((sum, length) => sum + length, from);
  requireNumber("step", step, { min: newest, integer: true });
  if (step === newest) return releases;
  const all = [...lengths, step - newest];
  if (all.length <= MAX_STRETCHES) return Object.freeze({ older, from, lengths: Object.freeze(all) });
  const folded = all.slice(0, all.length - STRETCHES_AFTER_FOLDING);
  return Object.freeze({
    older: foldLengths(older, folded),
    from: folded.reduce((sum, length) => sum + length, from),
    lengths: Object.freeze(all.slice(folded.length)),
  });
}

/** The releases at the given steps, ascending: `withReleaseAt` for each, in one go. @throws DomainError E_DOMAIN */
export function releasesAt(steps: Iterable<number>): Releases {
  let { older, from } = NO_RELEASES;
  let lengths: number[] = [];
  let newest = 0;
  for (const step of steps) {
    requireNumber("step", step, { min: newest, integer: true });
    if (step === newest) continue;
    lengths.push(step - newest);
    newest = step;
    if (lengths.length <= MAX_STRETCHES) continue;
    const folded = lengths.slice(0, lengths.length - STRETCHES_AFTER_FOLDING);
    older = foldLengths(older, folded);
    from = folded.reduce((sum, length) => sum + length, from);
    lengths = lengths.slice(folded.length);
  }
  return Object.freeze({ older, from, lengths: Object.freeze(lengths) });
}

/** Step of the newest release. */
export function newestRelease({ from, lengths }: Releases): number {
  return lengths.reduce((sum, length) => sum + length, from);
}

/** How many releases there were. */
export function releaseCountOf({ older, lengths }: Releases): number {
  return older.reduce((sum, { count }) => sum + count, lengths.length);
}

function foldLengths(older: Releases["older"], lengths: readonly number[]): Releases["older"] {
  const counts = new Map(older.map(({ length, count }) => [length, count]));
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1);
  let list = [...counts].sort(([a], [b]) => a - b);
  // A stretch counted as a longer one visits no less, and from any place: its worst energy is no smaller.
  for (let width = 1.01; list.length > MAX_LENGTHS; width *= 1.05) list = joined(list, width);
  return Object.freeze(list.map(([length, count]) => Object.freeze({ length, count })));
}

function joined(list: readonly [number, number][], width: number): [number, number][] {
  const result: [number, number][] = [];
  for (const [length, count] of [...list].reverse()) {
    const longer = result.at(-1);
    if (longer && length * width >= longer[0]) longer[1] += count;
    else result.push([length, count]);
  }
  return result.reverse();
}

/**
 * Energy of everything ever released, for any set of `records` records fixed beforehand, deleted or still in use: mu = sqrt(energy) / s.
 *
 * From a released state both worlds go on alike, so the energies of the stretches between releases add up. One record lies in one batch: the
 * energy is the largest over the batches of the sums over stretches. For more records it is the smaller of records^2 times that and of the sum over
 * stretches of their worst places. A deleted record visits less, and later visits cost more, so it is covered.
 *
 * Source: docs/theory.md, "Everything released"; fully adaptive composition of GDP: Smith, Thakurta 2022 (arXiv 2210.17520); Koskela, Tobaben,
 * Honkela 2023 (arXiv 2209.15596).
 * Where the cycle has grown, a stretch counts with its own phase's cycle; those no longer listed count with the first, which visits most often.
 *
 * @param noiseStd s, for the grid of releases; 0 for exact arithmetic
 * @throws DomainError E_DOMAIN, also where a phase begins within a listed stretch
 */
export function disclosureEnergy(
  process: ProcessConstants,
  noiseStd: number,
  releases: Releases,
  records: number,
): number {
  requireNumber("records", records, { min: 1, max: process.rowCount, integer: true });
  const stretches = listedStretches(process, releases);
  const listed = sumByLength(countedStretches(stretches), ({ batchCount, length }) =>
    worstEnergy(withCycle(process, batchCount), noiseStd, length, records),
  );
  const olderOf = (count: number): number =>
    sumByLength(releases.older, ({ length }) =>
      worstEnergy(withCycle(process, process.batchCount), noiseStd, length, count),
    );
  const older = olderOf(records);
  const byPlace = largestByBatch(process, noiseStd, stretches);
  if (byPlace === null) return (listed + older) * SAFETY;
  const olderOfOne = records === 1 ? older : olderOf(1);
  return Math.min(records ** 2 * (byPlace + olderOfOne), listed + older) * SAFETY;
}

/** Absorbs the rounding of the sums. */
const SAFETY = 1 + 1e-11;

/** A listed stretch, with its phase's cycle. */
export interface ListedStretch {
  readonly length: number;
  /** Its last step. */
  readonly end: number;
  readonly batchCount: number;
}

/** The steps of a stretch lie in one phase, because a cycle grows only where a model was released. @throws DomainError E_DOMAIN where they do not */
export function listedStretches(process: Cycle, { from, lengths }: Releases): ListedStretch[] {
  const phases = phasesOf(process);
  let begin = from;
  let next = 0;
  return lengths.map((length) => {
    const end = begin + length;
    while (next < phases.length && (phases[next] as Phase).from <= begin) next++;
    const later = phases[next];
    if (later !== undefined) requireNumber("phases.from", later.from, { min: end });
    begin = end;
    return { length, end, batchCount: (phases[next - 1] as Phase).batchCount };
  });
}

/** The process as it is in a phase. */
export function withCycle(process: ProcessConstants, batchCount: number): ProcessConstants {
  const { phases: _, ...constants } = process;
  return { ...constants, batchCount };
}

/** Stretches of one length and one cycle together. */
export function countedStretches(stretches: readonly ListedStretch[]): (ListedStretch & { count: number })[] {
  const counted = new Map<string, ListedStretch & { count: number }>();
  for (const stretch of stretches) {
    const key = keyOf(stretch);
    const found = counted.get(key);
    if (found) found.count++;
    else counted.set(key, { ...stretch, count: 1 });
  }
  return [...counted.values()];
}

function sumByLength<T extends { readonly count: number }>(
  list: readonly T[],
  energyOf: (item: T) => number,
): number {
  return list.reduce((sum, item) => sum + item.count * energyOf(item), 0);
}

/** Energy of a stretch whose records lie where they cost most: in the batches visited last. */
function worstEnergy(process: ProcessConstants, noiseStd: number, length: number, records: number): number {
  const slots = placeRequest(process, length, records, "worst");
  const exact = { ...process, roundingPerStep: 0 };
  return rounded(process, noiseStd, stretchEnergy(exact, slots, { from: 0, to: length }), length);
}

/** The largest sum over the listed stretches of one batch's energy; null where that is too much to look at. */
function largestByBatch(
  process: ProcessConstants,
  noiseStd: number,
  stretches: readonly ListedStretch[],
): number | null {
  if (placesCost(process, stretches) > MAX_OPERATIONS) return null;
  const batchCount = stretches.reduce((most, stretch) => Math.max(most, stretch.batchCount), 1);
  const sums = new Float64Array(batchCount);
  const energiesAt = placeEnergies(process, noiseStd);
  for (const stretch of stretches) {
    const energies = energiesAt(stretch);
    for (let age = 0; age < energies.length; age++)
      sums[(stretch.end - 1 - age) % stretch.batchCount]! += energies[age]!;
  }
  return sums.reduce((a, b) => Math.max(a, b), 0);
}

/** Bound on the operations of `largestByBatch`: energies of places, each as often as it is computed, and their sums. */
function placesCost(process: ProcessConstants, stretches: readonly ListedStretch[]): number {
  const batchCount = stretches.reduce((most, stretch) => Math.max(most, stretch.batchCount), 1);
  const places = stretches.reduce((sum, stretch) => sum + Math.min(stretch.length, stretch.batchCount), 0);
  if (places > MAX_PLACES || batchCount > MAX_PLACES) return Number.POSITIVE_INFINITY;
  const kept = new Set<string>();
  let energies = 0;
  for (const stretch of stretches) {
    const key = keyOf(stretch);
    if (kept.has(key)) continue;
    if (kept.size < LENGTHS_KEPT) kept.add(key);
    const starts = startsTried(withCycle(process, stretch.batchCount), stretch.length);
    energies += Math.min(stretch.length, stretch.batchCount) * starts;
  }
  return energies + (places + batchCount) / 16;
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

/** Starts that the energy of one place may try (packages/expunge/src/accounting/periodic.ts). */
const STARTS_TRIED = 512;

function keyOf({ batchCount, length }: ListedStretch): string {
  return `${batchCount}:${length}`;
}

/** Energies of one record in a stretch, by how many steps before its end the record was visited last; kept by length and cycle. */
function placeEnergies(
  process: ProcessConstants,
  noiseStd: number,
): (stretch: ListedStretch) => Float64Array {
  const known = new Map<string, Float64Array>();
  return (stretch) => {
    const { length, batchCount } = stretch;
    const key = keyOf(stretch);
    const found = known.get(key);
    if (found) return found;
    const inPhase = withCycle(process, batchCount);
    const energies = Float64Array.from({ length: Math.min(length, batchCount) }, (_, age) =>
      rounded(process, noiseStd, energyByAge(inPhase, length, age), length),
    );
    if (known.size < LENGTHS_KEPT) known.set(key, energies);
    return energies;
  };
}

function energyByAge(
  { contraction, batchCount, sensitivity, radius }: ProcessConstants,
  length: number,
  age: number,
): number {
  if (length <= batchCount) {
    // One visit, covered by its own step's noise and that of `age` steps more; a ball can only help.
    const time = geometricSum(-2 * Math.log(contraction), age + 1);
    return segmentEnergy(Math.min(time, MAX_TIME), sensitivity);
  }
  const epochs = Math.floor((length - age - 1) / batchCount) + 1;
  return periodicEnergy({ contraction, batchCount, epochs, stepsSince: age, sensitivity, radius });
}

/** With what the rounding of a stretch's steps and of its release add, root to root. */
function rounded(process: ProcessConstants, noiseStd: number, energy: number, length: number): number {
  if (energy === 0) return 0;
  const { contraction, roundingPerStep } = process;
  const span = Math.min(length, (1 + contraction) / (1 - contraction));
  const grid = noiseStd > 0 ? gridShift(process, noiseStd) : 0;
  return (Math.sqrt(energy) + 2 * roundingPerStep * (Math.sqrt(span) + 1) + grid) ** 2;
}
