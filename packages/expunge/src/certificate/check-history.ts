import { type BatchSlots, shiftWithin } from "../accounting/cell-visits.js";
import { gridShift } from "../accounting/erasure.js";
import { geometricSum } from "../accounting/geometric-sum.js";
import type { Cell } from "../accounting/history.js";
import { batchCountAfter, cycleWithin, phasesOf } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import { MOST_STD } from "../accounting/scaled.js";
import { MAX_LISTED_BATCHES, type UnlearningPredicate } from "../records/certificate.js";
import { historyOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That the slots of a request and the cells of its history fit together. Closed forms throughout: no loop runs over a number of the certificate. */

/** Sums may differ in their last digits. */
const TOLERANCE = 1e-9;

/** The batches that a request emptied slots in. */
export function checkSlots(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { request, timeline } = predicate;
  const { slots, rowCount } = request;
  const issues: Issue[] = [];
  const batchCount = batchCountAfter(process, timeline.stepsBefore);
  const report = (expected: unknown, actual: unknown): void => {
    issues.push({ code: "REQUEST_SLOTS_FALSE", path: "predicate.request.slots", expected, actual });
  };
  if (slots === null) {
    // Rows of one batch that joined at different steps are listed one by one.
    const places = Math.max(batchCount, joinedBefore(predicate));
    if (Math.min(rowCount, places) <= MAX_LISTED_BATCHES)
      report(`a list, for at most ${MAX_LISTED_BATCHES} batches`, null);
    return issues;
  }
  const isAscending = slots.every(({ batch }, i) => batch > (slots[i - 1]?.batch ?? -1));
  const isWithin = slots.every(({ batch, count }) => batch < batchCount && count <= process.batchSize);
  if (!isAscending || !isWithin)
    report(`batches below ${batchCount}, ascending, at most ${process.batchSize} slots each`, slots);
  const sum = slots.reduce((total, { count }) => total + count, 0);
  if (sum !== rowCount) report(`${rowCount} slots`, sum);
  return issues;
}

/** The cells: in order, between the steps that they may lie at, and the last one this request's release where it had one. */
export function checkCells(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { noise, timeline } = predicate;
  const { stepsBefore, stepsAfter, start, cells } = timeline;
  const issues: Issue[] = [];
  const report = (code: string, path: string, expected: unknown, actual: unknown): void => {
    issues.push({ code: `TIMELINE_${code}`, path: `predicate.timeline.${path}`, expected, actual });
  };
  const { steps, shifts, stds } = cells;
  if (shifts.length !== steps.length || stds.length !== steps.length) {
    report("CELLS", "cells", `${steps.length} of each`, [shifts.length, stds.length]);
    return issues;
  }
  if (start > stepsBefore) report("START_FALSE", "start", `at most ${stepsBefore}`, start);
  if (!steps.every((step, i) => step > (steps[i - 1] ?? start)))
    report("CELLS", "cells.steps", `ascending, after ${start}`, steps);
  const hasRelease = noise.kind === "on-release" && stepsAfter > stepsBefore;
  const older = hasRelease ? steps.slice(0, -1) : steps;
  if (older.some((step) => step > stepsBefore))
    report("CELLS", "cells.steps", `at most ${stepsBefore}`, older);
  if (stds.some((std) => std > MOST_STD)) report("CELLS", "cells.stds", `at most ${MOST_STD}`, stds);
  if (noise.kind === "every-step" && stds.some((std) => std !== 0))
    report("CELLS", "cells.stds", "zeros: the noise of every step is stated elsewhere", stds);
  if (!hasRelease) return issues;
  const [step, std, shift] = [steps.at(-1), stds.at(-1), shifts.at(-1)];
  if (step !== stepsAfter || std !== noise.std)
    report("RELEASE", "cells", { step: stepsAfter, std: noise.std }, { step, std });
  else if (shift === undefined || !(shift >= gridShift(process, noise.std)))
    report("RELEASE", "cells.shifts", `at least the grid's ${gridShift(process, noise.std)}`, shift);
  return issues;
}

/**
 * That the history holds at least what this request's slots contributed: from every cell on, the shifts of the cells, brought forward to the end, are
 * no less than those of the slots' visits since the cell before. Moving a visit forward, as merging does, keeps it so.
 *
 * Source: docs/theory.md, "Bounded memory".
 */
export function checkShifts(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { start, cells } = historyOf(predicate);
  const ofVisits = visitShifts(predicate, process, cells);
  // Both sides are brought forward to the last cell; a visit after it has nothing to stand beside.
  const end = cells.at(-1)?.step ?? start;
  const logC = Math.log(process.contraction);
  const neededFrom = neededShifts(predicate, process, end);
  let listed = 0;
  for (let i = cells.length; i >= 0; i--) {
    const cell = cells[i];
    if (cell) listed += atLeastTiny(ofVisits[i]!, Math.exp((end - cell.step) * logC));
    // Without cells, and before the first one, the start is the cell before.
    const from = cells[i - 1]?.step ?? start;
    const needed = neededFrom(from);
    if (!(listed >= needed * (1 - TOLERANCE))) {
      const expected = `at least ${needed} from step ${from + 1} on, of this request's rows`;
      return [{ code: "TIMELINE_SHIFTS", path: "predicate.timeline.cells.shifts", expected, actual: listed }];
    }
  }
  return [];
}

/** The shifts of cells, without what the grid of this request's own release takes of the last of them. */
function visitShifts(
  { noise, timeline }: UnlearningPredicate,
  process: ProcessConstants,
  cells: readonly Cell[],
): number[] {
  const shifts = cells.map(({ shift }) => shift);
  const newest = cells.at(-1);
  if (noise.kind === "on-release" && newest !== undefined && newest.step > timeline.stepsBefore)
    shifts[shifts.length - 1] = newest.shift - gridShift(process, noise.std);
  return shifts;
}

/** A product of what is above 0 is so too: what was visited is never taken for untouched. */
function atLeastTiny(shift: number, weight: number): number {
  return shift > 0 ? Math.max(shift * weight, Number.MIN_VALUE) : 0;
}

/**
 * What the rows of a request moved in steps from+1..stepsBefore, as it counts at the step `end`: to be asked of ever earlier steps. Each looks only at the
 * steps since the last, so that many phases are gone through once.
 */
function neededShifts(
  predicate: UnlearningPredicate,
  process: ProcessConstants,
  end: number,
): (from: number) => number {
  const { request, timeline, lives } = predicate;
  const { slots, rowCount } = request;
  const { stepsBefore } = timeline;
  // An emptied slot's correction moves twice what its deletion does; where records are replaced both do.
  const records = lives?.isCorrection && process.deletion === "tombstone" ? 2 : 1;
  if (slots === null) {
    // All but as many as ever joined were there from the start. Of those that joined nothing is known, but that they can have filled so many places.
    const joinedCount = joinedBefore(predicate);
    const unlisted = { rowCount: rowCount - joinedCount, batches: MAX_LISTED_BATCHES + 1 - joinedCount };
    return (from) => records * leastShift(unlisted, stepsBefore, process, from, end);
  }
  const removed = livesOf(predicate);
  const logC = Math.log(process.contraction);
  let to = stepsBefore;
  let sum = 0;
  return (from) => {
    const within = cycleWithin(process, from, to);
    const moved = removed.reduce((all, life) => all + shiftWithin(within, life, to, from, to), 0);
    sum += atLeastTiny(records * moved, Math.exp((end - to) * logC));
    to = Math.min(to, from);
    return sum;
  };
}

/** Records that had joined before the request. */
function joinedBefore({ request, lives }: UnlearningPredicate): number {
  if (lives === undefined) return 0;
  return lives.joinedCount - (lives.isCorrection ? request.rowCount : 0);
}

/** The slots of a request, those whose records joined later apart. */
function livesOf({ request, lives }: UnlearningPredicate): readonly BatchSlots[] {
  const joined = lives?.joined ?? [];
  const later = new Map<number, number>();
  for (const { batch, count } of joined) later.set(batch, (later.get(batch) ?? 0) + count);
  const others = (request.slots ?? []).map(({ batch, count }) => ({
    batch,
    count: count - (later.get(batch) ?? 0),
  }));
  return [...others.filter(({ count }) => count > 0), ...joined];
}

/** Rows that were there from the start, and in how many batches they lie at least. */
interface Unlisted {
  readonly rowCount: number;
  readonly batches: number;
}

/**
 * The least that rows can have moved whose batches are not known. Where the cycle has grown each phase is asked by itself, and answers for any of its
 * batches, which is no more.
 */
export function leastShift(
  rows: Unlisted,
  stepsBefore: number,
  process: ProcessConstants,
  from: number,
  end: number,
): number {
  if (rows.rowCount <= 0) return 0;
  const phases = phasesOf(process);
  return phases.reduce((sum, { from: begin, batchCount }, i) => {
    const last = Math.min(stepsBefore, phases[i + 1]?.from ?? stepsBefore);
    const first = Math.max(from, begin);
    return first < last ? sum + leastInPhase(rows, process, { first, last, batchCount }, end) : sum;
  }, 0);
}

/**
 * Of the steps first+1..last of one phase. A batch counts for less the longer ago it was visited, so that the least is one row in each of as many batches as
 * there must be, the oldest ones, and the others in the oldest of these that have room.
 */
function leastInPhase(
  rows: Unlisted,
  process: ProcessConstants,
  phase: { readonly first: number; readonly last: number; readonly batchCount: number },
  end: number,
): number {
  const { first, last, batchCount } = phase;
  const logC = Math.log(process.contraction);
  // Ages count from the newest step. Batches up to the age `turn` were visited once more than those that are older.
  const rounds = Math.floor((last - first - 1) / batchCount);
  const turn = (last - first - 1) % batchCount;
  let moved = 0;
  let oldest = batchCount - 1;
  for (const { batches, each } of filledFromOldest(rows, process.batchSize, batchCount)) {
    const newest = oldest - batches + 1;
    for (const [from, to, visits] of [
      [newest, Math.min(oldest, turn), rounds + 1],
      [Math.max(newest, turn + 1), oldest, rounds],
    ] as const) {
      if (from > to || visits === 0) continue;
      const ofEach = geometricSum(batchCount * logC, visits) * geometricSum(logC, to - from + 1);
      moved += atLeastTiny(each * process.sensitivity * ofEach, Math.exp((end - last + from) * logC));
    }
    oldest = newest - 1;
  }
  return moved;
}

/** How many rows lie in how many batches, the oldest first. */
function filledFromOldest(
  { rowCount, batches }: Unlisted,
  batchSize: number,
  batchCount: number,
): readonly { readonly batches: number; readonly each: number }[] {
  const least = Math.min(Math.max(batches, 0), rowCount, batchCount);
  // Beyond one row in each of so many batches; where these have no room the next ones are filled.
  const isTight = rowCount < least * batchSize;
  const own = isTight ? 1 : 0;
  const room = batchSize - own;
  const others = rowCount - own * least;
  const full = Math.min(Math.floor(others / room), batchCount);
  const rest = full < batchCount ? others - full * room : 0;
  const partial = rest > 0 ? 1 : 0;
  return [
    { batches: full, each: batchSize },
    { batches: partial, each: own + rest },
    { batches: isTight ? least - full - partial : 0, each: 1 },
  ].filter((filled) => filled.batches > 0);
}
