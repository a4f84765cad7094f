import { geometricSum } from "./geometric-sum.js";
import { visitRuns } from "./phases.js";
import type { StepConstants } from "./process.js";

/** Slots of one batch whose records took part in the same steps. */
export interface BatchSlots {
  /** 0-based. */
  readonly batch: number;
  /** How many slots of it; may be fractional in planning averages. A slot whose record was replaced where others are emptied counts twice. */
  readonly count: number;
  /** Steps that were run before their records joined; left out for those that were there from the start. */
  readonly joined?: number;
}

/** Visits of one batch that get cells of their own where every step has noise; older ones go to the oldest of these. */
const VISITS_APART = 128;

/**
 * The visits of a batch's slots in steps from+1..to, brought forward to `to`; the slots took part in steps joined+1..through.
 *
 * @returns 0 only where there was no visit: a shift too small for a double is the least that is not 0
 */
export function shiftWithin(
  process: StepConstants,
  { batch, count, joined = 0 }: BatchSlots,
  through: number,
  from: number,
  to: number,
): number {
  const logC = Math.log(process.contraction);
  const runs = visitRuns(process, batch, Math.max(from, joined), Math.min(through, to));
  if (runs.length === 0 || count === 0) return 0;
  let sum = 0;
  for (const run of runs)
    sum += Math.exp((to - run.last) * logC) * geometricSum(run.period * logC, run.count);
  // A machine's weights do not follow the contraction all the way down: what was visited is never taken for untouched.
  return Math.max(count * process.sensitivity * sum, Number.MIN_VALUE);
}

/** Visits of a batch's slots after `start` with their shifts, ascending; those older than VISITS_APART are brought forward to the oldest of these. */
export function visitsOf(
  process: StepConstants,
  slots: BatchSlots,
  start: number,
  steps: number,
): (readonly [number, number])[] {
  const { batch, count, joined = 0 } = slots;
  const newestFirst: number[] = [];
  for (const { last, period, count: visits } of visitRuns(process, batch, Math.max(start, joined), steps)) {
    const apart = Math.min(visits, VISITS_APART - newestFirst.length);
    for (let i = 0; i < apart; i++) newestFirst.push(last - i * period);
  }
  const oldest = newestFirst.at(-1);
  if (oldest === undefined) return [];
  const shift = count * process.sensitivity;
  return newestFirst
    .map(
      (visit) =>
        [visit, visit === oldest ? shiftWithin(process, slots, steps, start, oldest) : shift] as const,
    )
    .reverse();
}
