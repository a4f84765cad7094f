import { requireNumber } from "./domain.js";
import { geometricSum } from "./geometric-sum.js";
import type { ProcessConstants } from "./process.js";
import { timelineEnergy } from "./timeline.js";

/**
 * Deleted slots of one batch that took part in the same steps: compact enough for a certificate, and all that the
 * accountant needs to know of them.
 */
export interface DeletedSlots {
  /** 0-based batch in which the slots lie. */
  readonly batch: number;
  /** How many slots; may be fractional in planning averages. */
  readonly count: number;
  /** The slots took part in steps 1..through and in none after. */
  readonly through: number;
}

/** How much of the process to look at: visits after step `from`, up to step `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The energy that a certificate claims for deleted slots after `steps` steps: `timelineEnergy` of all their visits, with
 * what rounding adds.
 */
export function certifiedEnergy(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  steps: number,
): number {
  return stretchEnergy(process, deleted, { from: 0, to: steps });
}

/** `certifiedEnergy` after `steps + k` steps as a function of k, for slots all deleted by `steps`: the visits are written out once. */
export function certifiedEnergyAfter(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  steps: number,
): (further: number) => number {
  const { visits, sensitivities } = writeOutVisits(process, deleted, { from: 0, to: steps });
  const { contraction, radius } = process;
  return (further) => {
    const total = steps + further;
    return withRounding(
      process,
      timelineEnergy({ contraction, steps: total, visits, sensitivities, radius }),
      total,
    );
  };
}

/**
 * The same for one stretch of the process, begun from a state that both worlds share. The sum over the stretches between
 * releases bounds the view of all of them (docs/theory.md, "Everything released").
 */
export function stretchEnergy(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  stretch: Stretch,
): number {
  requireNumber("steps", stretch.to, { min: stretch.from, integer: true });
  const { visits, sensitivities } = writeOutVisits(process, deleted, stretch);
  const energy = timelineEnergy({
    contraction: process.contraction,
    steps: stretch.to - stretch.from,
    visits,
    sensitivities,
    radius: process.radius,
  });
  return withRounding(process, energy, stretch.to - stretch.from);
}

/**
 * Adds what the rounding of `steps` steps can contribute. Rounding may drive two runs apart by 2 rho at every step; covering that alone costs
 *
 *   4 rho^2 min(N, (1 + c)/(1 - c)), and 2 rho more for the released step, whose rounding comes before its noise,
 *
 * the chord's energy, and plans add up: the root of the whole is at most the sum of the roots (Minkowski). Runs that never differed
 * round alike, so no energy stays none.
 */
export function withRounding(process: ProcessConstants, energy: number, steps: number): number {
  if (energy === 0) return 0;
  const { contraction, roundingPerStep } = process;
  const span = Math.min(steps, (1 + contraction) / (1 - contraction));
  return (Math.sqrt(energy) + 2 * roundingPerStep * (Math.sqrt(span) + 1)) ** 2 * (1 + 1e-12);
}

/**
 * The visits of deleted slots, written out as ascending step numbers counted from the start of the stretch. Visits so old
 * that they weigh less than 1e-20 of the newest are moved forward to the oldest one written out, which only raises the energy.
 */
export function writeOutVisits(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  stretch: Stretch,
): { readonly visits: Float64Array; readonly sensitivities: Float64Array } {
  const period = process.batchCount;
  const logC = Math.log(process.contraction);
  const visited = deleted.map((slots) => ({ count: slots.count, last: lastVisit(period, slots, stretch) }));
  const newest = visited.reduce((step, { last }) => Math.max(step, last), 0);
  const horizon = logC < 0 ? Math.ceil(Math.log(1e-20) / logC) : Number.POSITIVE_INFINITY;
  const oldest = Math.max(stretch.from + 1, newest - horizon);
  const shifts = new Map<number, number>();
  const add = (visit: number, shift: number): void => {
    shifts.set(visit, (shifts.get(visit) ?? 0) + shift);
  };
  for (const { count, last } of visited) {
    if (last <= stretch.from || count === 0) continue;
    const shift = count * process.sensitivity;
    let visit = last;
    for (; visit >= oldest; visit -= period) add(visit, shift);
    // `visit` is the newest one not written out.
    const leftCount = Math.floor((visit - stretch.from - 1) / period) + 1;
    if (leftCount <= 0) continue;
    const target = Math.min(visit + period, last);
    const landing = Math.max(target, oldest);
    add(landing, shift * Math.exp((landing - visit) * logC) * geometricSum(period * logC, leftCount));
  }
  const visits = Float64Array.from(shifts.keys()).sort();
  const sensitivities = visits.map((visit) => shifts.get(visit) as number);
  return { visits: visits.map((visit) => visit - stretch.from), sensitivities };
}

/** The last step in (from, min(to, through)] at which the batch was visited, or a number <= from. */
function lastVisit(period: number, slots: DeletedSlots, stretch: Stretch): number {
  requireNumber("batch", slots.batch, { min: 0, max: period - 1, integer: true });
  requireNumber("through", slots.through, { min: 0, integer: true });
  requireNumber("count", slots.count, { min: 0 });
  const end = Math.min(stretch.to, slots.through);
  return end - ((((end - slots.batch - 1) % period) + period) % period);
}

/** Joins groups of the same batch and step, in a fixed order. */
export function mergeDeletedSlots(groups: readonly DeletedSlots[]): readonly DeletedSlots[] {
  const merged = new Map<string, DeletedSlots>();
  for (const slots of groups) {
    const key = `${slots.through}:${slots.batch}`;
    const count = (merged.get(key)?.count ?? 0) + slots.count;
    merged.set(key, Object.freeze({ batch: slots.batch, count, through: slots.through }));
  }
  return Object.freeze([...merged.values()].sort((a, b) => a.through - b.through || a.batch - b.batch));
}
