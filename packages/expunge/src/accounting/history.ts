import { type BatchSlots, shiftWithin, visitsOf } from "./cell-visits.js";
import type { NoiseKind } from "./choices.js";
import { powersOf } from "./powers.js";
import type { StepConstants } from "./process.js";

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
  /** At most MAX_CELLS, by ascending step. */
  readonly cells: readonly Cell[];
}

/** The history of a process in which nothing was deleted. */
export const EMPTY_HISTORY: History = Object.freeze({ start: 0, cells: Object.freeze([]) });

/** Cells that a certificate may list. */
export const MAX_CELLS = 256;
/** Beyond MAX_CELLS the oldest are merged until no more than this are left, so that merging is seldom. */
const CELLS_AFTER_MERGING = 192;
/** Share of all shifts by which the start may raise them as it moves forward. */
export const NEGLIGIBLE_SHARE = 1e-7;

/** What moves is rounded upwards, and noise downwards, by more than its weight can be off. A cell moves as often as blocks double. */
const MOVED = 2 ** -42;

/** Noise brought far back grows without bound; less of it is safe, and its square must stay a number. */
const MAX_STD = 1e100;

/**
 * The history once records are gone from their slots, after taking part in all steps from when they joined up to `steps`.
 *
 * Where noise comes on release alone, only the sums between two releases matter, and the cells say them exactly. Where every step has noise,
 * a visit has a cell of its own; old ones share, brought forward, which only shrinks the set of spending plans.
 *
 * Source: docs/theory.md, "Bounded memory".
 */
export function withDeleted(
  process: StepConstants,
  kind: NoiseKind,
  history: History,
  deleted: readonly BatchSlots[],
  steps: number,
): History {
  return withDeletedNoted(process, kind, history, deleted, steps, NEGLIGIBLE_SHARE).history;
}

/**
 * `withDeleted`, with whether cells were merged.
 *
 * @param negligibleShare the start moves forward where that raises the sum of all shifts by no more than this share
 */
export function withDeletedNoted(
  process: StepConstants,
  kind: NoiseKind,
  history: History,
  deleted: readonly BatchSlots[],
  steps: number,
  negligibleShare: number,
): { readonly history: History; readonly isMerged: boolean } {
  const cells =
    kind === "on-release"
      ? addSums(process, history, deleted, steps)
      : addVisits(process, history, deleted, steps);
  const late = startedLate(process, { start: history.start, cells }, steps, negligibleShare);
  // One more comes with the release.
  if (late.cells.length < MAX_CELLS) return { history: late, isMerged: false };
  return {
    history: { start: late.start, cells: merged(process, kind, late.cells, steps) },
    isMerged: true,
  };
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

function addSums(
  process: StepConstants,
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
  // After steps that moved nothing of those deleted, what stands is a function of what the last cell's noise has covered.
  const since = from < steps ? sumTo(steps) : 0;
  if (since > 0) changed.push({ step: steps, shift: since, std: 0 });
  return changed;
}

function addVisits(
  process: StepConstants,
  { start, cells }: History,
  deleted: readonly BatchSlots[],
  steps: number,
): Cell[] {
  if (deleted.length === 1) return joined(cells, visitsOf(process, deleted[0] as BatchSlots, start, steps));
  const added = new Map<number, number>();
  for (const slots of deleted) {
    for (const [visit, shift] of visitsOf(process, slots, start, steps))
      added.set(visit, (added.get(visit) ?? 0) + shift);
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
    let here = cell;
    for (; next < added.length; next++) {
      const [step, shift] = added[next] as readonly [number, number];
      if (step > cell.step) break;
      if (step < cell.step) result.push({ step, shift, std: 0 });
      else here = { step, shift: cell.shift + shift, std: cell.std };
    }
    result.push(here);
  }
  for (const [step, shift] of added.slice(next)) result.push({ step, shift, std: 0 });
  return result;
}

/** Moves the start past the oldest cells for as long as 2R there weighs next to nothing in the sum at the end. */
function startedLate(
  { contraction, radius }: StepConstants,
  history: History,
  steps: number,
  negligibleShare: number,
): History {
  if (!(contraction < 1) || radius === Number.POSITIVE_INFINITY) return history;
  const powers = powersOf(contraction);
  const { cells } = history;
  let rest = 0;
  let sum = 0;
  for (const { step, shift } of cells) sum += shift * powers.weight(steps - step);
  let { start } = history;
  let first = 0;
  for (; first < cells.length - 1; first++) {
    const { step, shift } = cells[first] as Cell;
    const weight = powers.weight(steps - step);
    rest += shift * weight;
    if (2 * radius * weight > negligibleShare * (sum - rest)) break;
    start = step;
  }
  return first === 0 ? history : { start, cells: cells.slice(first) };
}

/**
 * Merges old cells: those of a block of steps become one at the newest of them. Blocks are wider the older they are, and lie at multiples of their
 * width, a power of two, so that merging again and again moves nothing further than its block reaches. Shifts are brought forward; noise
 * between them is brought back to the cell before the block. Either way noise can cover less than it did, so every bound only grows.
 */
function merged(process: StepConstants, kind: NoiseKind, cells: readonly Cell[], steps: number): Cell[] {
  const list = new Float64Array(cells.length);
  for (let i = 0; i < cells.length; i++) list[i] = (cells[i] as Cell).step;
  let low = 0;
  let high = 1;
  for (let round = 0; round < 30; round++) {
    const share = (low + high) / 2;
    if (blockEnds(list, steps, share, CELLS_AFTER_MERGING) === null) low = share;
    else high = share;
  }
  const ends = blockEnds(list, steps, high, cells.length) as number[];
  return mergeBlocks(process, kind, cells, ends);
}

/**
 * Indices of the newest cell of each block, ascending; a block is at most `share` of its age wide.
 *
 * @param list steps of the cells
 * @returns null where there are more than `most` blocks
 */
function blockEnds(list: Float64Array, steps: number, share: number, most: number): number[] | null {
  const ends: number[] = [];
  let width = 1;
  let oldestInBlock = Number.POSITIVE_INFINITY;
  for (let i = list.length - 1; i >= 0; i--) {
    const step = list[i]!;
    if (step >= oldestInBlock) continue;
    if (ends.length === most) return null;
    // The largest power of two within the share; it only grows as cells get older.
    while (2 * width <= share * (steps - step)) width *= 2;
    oldestInBlock = (Math.ceil(step / width) - 1) * width + 1;
    ends.push(i);
  }
  return ends.reverse();
}

function mergeBlocks(
  { contraction }: StepConstants,
  kind: NoiseKind,
  cells: readonly Cell[],
  ends: readonly number[],
): Cell[] {
  const powers = powersOf(contraction);
  const result: { step: number; shift: number; std: number }[] = [];
  let first = 0;
  for (const end of ends) {
    const { step, std } = cells[end] as Cell;
    const before = result.at(-1);
    let shift = 0;
    for (let i = first; i <= end; i++) {
      const cell = cells[i] as Cell;
      const brought = cell.shift * powers.weight(step - cell.step);
      // What was visited stays so, however little of it is left.
      if (cell.shift > 0) shift += i < end ? Math.max(brought * (1 + MOVED), Number.MIN_VALUE) : brought;
    }
    // Noise before any shift could cover nothing but the distance at the start; leaving it out is safe.
    if (kind === "on-release" && before) {
      let variance = before.std ** 2;
      for (let i = first; i < end; i++) {
        const cell = cells[i] as Cell;
        variance += (cell.std * powers.weight(before.step - cell.step)) ** 2;
      }
      before.std = Math.min(Math.sqrt(variance) * (1 - MOVED), MAX_STD);
    }
    result.push({ step, shift, std });
    first = end + 1;
  }
  return result;
}
