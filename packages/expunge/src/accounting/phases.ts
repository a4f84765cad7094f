import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";

/** A part of a model's life in which its cycle had one length: the steps after `from`, up to the next phase. */
export interface Phase {
  /** Steps run before it; 0 for the first phase. */
  readonly from: number;
  /** l: step k of the phase uses batch (k - 1) mod l. */
  readonly batchCount: number;
}

/** The cycle of a process: one length, or the phases in which it had grown. */
export interface Cycle {
  /** l at the start of training. */
  readonly batchCount: number;
  /** From step 0 on, each cycle longer than the one before; left out where the cycle never grew. */
  readonly phases?: readonly Phase[];
}

/** Phases that a life may have; a cycle that grows by a 64th of itself or more has no more of them before its slots pass 2^32. */
export const MAX_PHASES = 2048;
const LEAST_GROWTH = 64;

/** Visits of one batch that lie as far apart as a phase's cycle is long. */
export interface VisitRun {
  /** The newest of them. */
  readonly last: number;
  readonly period: number;
  /** At least 1. */
  readonly count: number;
}

/** The phases of a cycle, at least one. */
export function phasesOf({ batchCount, phases }: Cycle): readonly Phase[] {
  return phases ?? [{ from: 0, batchCount }];
}

/** How many batches the cycle has after so many steps. */
export function batchCountAfter(cycle: Cycle, steps: number): number {
  return phasesOf(cycle).reduce(
    (found, { from, batchCount }) => (from <= steps ? batchCount : found),
    cycle.batchCount,
  );
}

/**
 * The phases once the cycle has room for more batches. It grows by a 64th of itself at least, so that a model that learns again and again has few
 * phases; batches that nobody lies in yet cost a step that only shrinks the weights.
 *
 * @param steps   run so far
 * @param batches how many more are needed, at least 1
 */
export function grown(cycle: Cycle, steps: number, batches: number): readonly Phase[] {
  requireNumber("batches", batches, { min: 1, integer: true });
  const before = phasesOf(cycle);
  const newest = before[before.length - 1] as Phase;
  requireNumber("steps", steps, { min: newest.from, integer: true });
  const batchCount = newest.batchCount + Math.max(batches, leastGrowth(newest.batchCount));
  const kept = newest.from === steps ? before.slice(0, -1) : before;
  const phase = Object.freeze({ from: steps, batchCount });
  return Object.freeze([...kept, phase]);
}

/** Batches that a cycle of so many grows by at least. */
export function leastGrowth(batchCount: number): number {
  return Math.ceil(batchCount / LEAST_GROWTH);
}

/** @throws DomainError E_DOMAIN where phases are not those of a cycle that only grows */
export function checkPhases({ batchCount, phases }: Cycle): void {
  if (phases === undefined) return;
  requireNumber("phases.length", phases.length, { min: 1, max: MAX_PHASES, integer: true });
  phases.forEach((phase, i) => {
    const before = phases[i - 1];
    const isFirst = before === undefined;
    const starts = isFirst ? phase.from === 0 : phase.from > before.from;
    const grows = isFirst ? phase.batchCount >= batchCount : phase.batchCount > before.batchCount;
    if (!(starts && grows && Number.isSafeInteger(phase.from) && Number.isSafeInteger(phase.batchCount)))
      throw new DomainError(
        `phases[${i}]`,
        JSON.stringify(phase),
        "to come after the phase before, with more batches",
      );
  });
}

/** A process with no more phases than steps from+1..to lie in. */
export function cycleWithin<T extends Cycle>(process: T, from: number, to: number): T {
  const { phases } = process;
  if (phases === undefined) return process;
  const within = phases.filter((phase, i) => phase.from < to && (phases[i + 1]?.from ?? to) > from);
  return { ...process, phases: within };
}

/** The visits of a batch in steps from+1..to, newest first, as one run for each phase that has any. */
export function visitRuns(cycle: Cycle, batch: number, from: number, to: number): VisitRun[] {
  const phases = phasesOf(cycle);
  const runs: VisitRun[] = [];
  let end = to;
  for (let i = phases.length - 1; i >= 0 && end > from; i--) {
    const { from: begin, batchCount: period } = phases[i] as Phase;
    const start = Math.max(from, begin);
    // A batch that the cycle has not got yet is not visited.
    if (end > start && batch < period) {
      const last = batch + 1 + period * Math.floor((end - batch - 1) / period);
      if (last > start) runs.push({ last, period, count: Math.floor((last - start - 1) / period) + 1 });
    }
    end = Math.min(end, begin);
  }
  return runs;
}
