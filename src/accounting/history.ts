import { geometricSum } from "./geometric-sum.js";
import type { ProcessConstants } from "./process.js";

/** Which steps carry noise: all of them alike, or only the last one before a release. */
export type NoiseKind = "every-step" | "on-release";

/** How far the visits of a run of steps can have driven two runs apart, all brought forward to the last of those steps. */
export interface Cell {
  /** 1-based step; the cell reaches from just after the cell before it (or from the start) up to here. */
  readonly step: number;
  /** Sum of the shifts of all deleted records in these steps, each times c^(step - its own step). */
  readonly shift: number;
  /** Standard deviation of the noise added at `step`, after the shift; 0 for none, and where every step has its noise. */
  readonly std: number;
}

/**
 * What the accountant remembers of deletions: a bounded number of cells, however many requests came.
 *
 * Before `start` nothing is remembered and nothing is spent: both runs lie in the ball of radius R, so that they are at most 2R apart there.
 */
export interface History {
  /** X, 0 for the beginning, where both runs stand at the same point. */
  readonly start: number;
  /** At most MOST_CELLS, by ascending step. */
  readonly cells: readonly Cell[];
}

/** Slots of one batch. */
export interface BatchSlots {
  /** 0-based. */
  readonly batch: number;
  /** How many slots of it; may be fractional in planning averages. */
  readonly count: number;
}

export const EMPTY_HISTORY: History = Object.freeze({ start: 0, cells: Object.freeze([]) });

/** Cells that a certificate may list. */
export const MOST_CELLS = 256;
/** Beyond MOST_CELLS the oldest are merged until no more than this are left, so that merging is seldom. */
const CELLS_AFTER_MERGING = 192;
/** Visits of one batch that get cells of their own where every step has noise; older ones go to the oldest of these. */
const VISITS_APART = 128;
/** The start moves forward where that raises the sum of all shifts by no more than this share. */
const NEGLIGIBLE_SHARE = 1e-7;

/** Noise brought far back grows without bound; less of it is safe, and its square must stay a number. */
const LARGEST_STD = 1e100;

type Steps = Pick<ProcessConstants, "contraction" | "batchCount" | "sensitivity" | "radius">;

/**
 * The history once slots are emptied that took part in steps 1..steps.
 *
 * Where noise comes on release alone, only the sums between two releases matter, and the cells say them exactly. Where every step has noise,
 * a visit has a cell of its own; old ones share, brought forward, which only shrinks the set of spending plans.
 *
 * Source: docs/theory.md, "Bounded memory".
 */
export function withDeleted(
  process: Steps,
  kind: NoiseKind,
  history: History,
  deleted: readonly BatchSlots[],
  steps: number,
): History {
  const cells =
    kind === "on-release"
      ? addSums(process, history, deleted, steps)
      : addVisits(process, history, deleted, steps);
  return bounded(process, kind, { start: history.start, cells }, steps);
}

/**
 * The history after a release with noise at `steps`, whose rounding to a grid can have driven the runs `shift` further apart. It only appends, so that
 * what was reckoned before the release is what it proves; room for it was made when slots were deleted.
 */
export function withRelease(
  history: History,
  { steps, shift, std }: { readonly steps: number; readonly shift: number; readonly std: number },
): History {
  const cells = [...history.cells, { step: steps, shift, std }];
  return Object.freeze({ start: history.start, cells: Object.freeze(cells) });
}

/** The visits of a batch's slots in steps from+1..to, brought forward to `to`; the slots took part in steps 1..through. */
export function shiftWithin(
  { contraction, batchCount, sensitivity }: Steps,
  { batch, count }: BatchSlots,
  through: number,
  from: number,
  to: number,
): number {
  const last = lastVisit(batchCount, batch, Math.min(through, to));
  if (last <= from) return 0;
  const visits = Math.floor((last - from - 1) / batchCount) + 1;
  const logC = Math.log(contraction);
  return count * sensitivity * Math.exp((to - last) * logC) * geometricSum(batchCount * logC, visits);
}

/** The newest visit of a batch at or before a step; zero or less where there is none. */
function lastVisit(batchCount: number, batch: number, step: number): number {
  return step - ((((step - batch - 1) % batchCount) + batchCount) % batchCount);
}

function addSums(
  process: Steps,
  { start, cells }: History,
  deleted: readonly BatchSlots[],
  steps: number,
): Cell[] {
  let from = start;
  const sumTo = (to: number): number => {
    let sum = 0;
    for (const slots of deleted) sum += shiftWithin(process, slots, steps, from, to);
    from = to;
    return sum;
  };
  const changed = cells.map(({ step, shift, std }) => ({ step, shift: shift + sumTo(step), std }));
  if (from < steps) changed.push({ step: steps, shift: sumTo(steps), std: 0 });
  return changed;
}

function addVisits(
  process: Steps,
  { start, cells }: History,
  deleted: readonly BatchSlots[],
  steps: number,
): Cell[] {
  const added = new Map<number, number>();
  for (const slots of deleted) {
    const { batchCount } = process;
    const newest = lastVisit(batchCount, slots.batch, steps);
    const oldest = Math.max(
      newest - (VISITS_APART - 1) * batchCount,
      lastVisit(batchCount, slots.batch, start) + batchCount,
    );
    for (let visit = newest; visit >= oldest && visit > start; visit -= batchCount) {
      const from = visit === oldest ? start : visit - 1;
      added.set(visit, (added.get(visit) ?? 0) + shiftWithin(process, slots, steps, from, visit));
    }
  }
  return joined(
    cells,
    [...added].sort(([a], [b]) => a - b),
  );
}

/** Cells with visits put in, in one pass over both. */
function joined(cells: readonly Cell[], added: readonly (readonly [number, number])[]): Cell[] {
  const result: Cell[] = [];
  let next = 0;
  for (const cell of cells) {
    for (; next < added.length && added[next][0] < cell.step; next++) result.push(visitCell(added[next]));
    const isSame = next < added.length && added[next][0] === cell.step;
    result.push(isSame ? { ...cell, shift: cell.shift + added[next++][1] } : cell);
  }
  for (; next < added.length; next++) result.push(visitCell(added[next]));
  return result;
}

function visitCell([step, shift]: readonly [number, number]): Cell {
  return { step, shift, std: 0 };
}

/** Forgets what no longer weighs anything and merges what is too much. */
function bounded(process: Steps, kind: NoiseKind, history: History, steps: number): History {
  const { start, cells } = startedLate(process, history, steps);
  // One more comes with the release.
  const kept = cells.length >= MOST_CELLS ? merged(process, kind, cells, steps) : cells;
  return Object.freeze({ start, cells: Object.freeze(kept) });
}

/** Moves the start past the oldest cells for as long as 2R there weighs next to nothing in the sum at the end. */
function startedLate({ contraction, radius }: Steps, history: History, steps: number): History {
  const logC = Math.log(contraction);
  if (!(logC < 0) || radius === Number.POSITIVE_INFINITY) return history;
  const { cells } = history;
  let rest = 0;
  let sum = 0;
  for (const { step, shift } of cells) sum += shift * Math.exp((steps - step) * logC);
  let { start } = history;
  let first = 0;
  for (; first < cells.length - 1; first++) {
    const { step, shift } = cells[first];
    rest += shift * Math.exp((steps - step) * logC);
    if (2 * radius * Math.exp((steps - step) * logC) > NEGLIGIBLE_SHARE * (sum - rest)) break;
    start = step;
  }
  return first === 0 ? history : { start, cells: cells.slice(first) };
}

/**
 * Merges old cells: those of a block of steps become one at the newest of them. Blocks are wider the older they are, and lie at multiples of their
 * width, a power of two, so that merging again and again moves nothing further than its block reaches. Shifts are brought forward; noise
 * between them is brought back to the cell before the block. Either way noise can cover less than it did, so every bound only grows.
 */
function merged(process: Steps, kind: NoiseKind, cells: readonly Cell[], steps: number): Cell[] {
  let low = 0;
  let high = 1;
  for (let round = 0; round < 30; round++) {
    const share = (low + high) / 2;
    if (blockEnds(cells, steps, share).length > CELLS_AFTER_MERGING) low = share;
    else high = share;
  }
  return mergeBlocks(process, kind, cells, blockEnds(cells, steps, high));
}

/** Indices of the newest cell of each block, ascending; a block is at most `share` of its age wide. */
function blockEnds(cells: readonly Cell[], steps: number, share: number): number[] {
  const ends: number[] = [];
  let block = Number.NaN;
  let width = 1;
  for (let i = cells.length - 1; i >= 0; i--) {
    const { step } = cells[i];
    if (Math.ceil(step / width) === block) continue;
    width = 2 ** Math.floor(Math.log2(Math.max(1, share * (steps - step))));
    block = Math.ceil(step / width);
    ends.push(i);
  }
  return ends.reverse();
}

function mergeBlocks(
  { contraction }: Steps,
  kind: NoiseKind,
  cells: readonly Cell[],
  ends: readonly number[],
): Cell[] {
  const logC = Math.log(contraction);
  const result: { step: number; shift: number; std: number }[] = [];
  let first = 0;
  for (const end of ends) {
    const { step, std } = cells[end];
    const before = result.at(-1);
    let shift = 0;
    for (let i = first; i <= end; i++) shift += cells[i].shift * Math.exp((step - cells[i].step) * logC);
    // Noise before any shift could cover nothing but the distance at the start; leaving it out is safe.
    if (kind === "on-release" && before) {
      let variance = before.std ** 2;
      for (let i = first; i < end; i++)
        variance += (cells[i].std * Math.exp(-(cells[i].step - before.step) * logC)) ** 2;
      before.std = Math.min(Math.sqrt(variance) * (1 - 1e-15), LARGEST_STD);
    }
    result.push({ step, shift, std });
    first = end + 1;
  }
  return result;
}
