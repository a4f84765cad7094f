import { type BatchSlots, shiftWithin } from "../accounting/cell-visits.js";
import { gridShift } from "../accounting/erasure.js";
import { geometricSum } from "../accounting/geometric-sum.js";
import { batchCountAfter, cycleWithin, phasesOf } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import { MAX_LISTED_BATCHES, type UnlearningPredicate } from "../records/certificate.js";
import { historyOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That the slots of a request and the cells of its history fit together. Closed forms throughout: no loop runs over a number of the certificate. */

/** Sums may differ in their last digits. */
const TOLERANCE = 1e-9;

/** More noise than any history is given; its square is still a number. */
const MOST_STD = 2 ** 500;

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
  // Both sides are brought forward to the last cell; a visit after it has nothing to stand beside.
  const end = cells.at(-1)?.step ?? start;
  const logC = Math.log(process.contraction);
  const neededFrom = neededShifts(predicate, process, end);
  let listed = 0;
  for (let i = cells.length; i >= 0; i--) {
    const cell = cells[i];
    if (cell) listed += cell.shift * Math.exp((end - cell.step) * logC);
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
    // All but as many as ever joined were there from the start. Of those that joined nothing is known.
    const fromStart = rowCount - joinedBefore(predicate);
    return (from) => records * leastShift(fromStart, stepsBefore, process, from, end);
  }
  const removed = livesOf(predicate);
  const logC = Math.log(process.contraction);
  let to = stepsBefore;
  let sum = 0;
  return (from) => {
    const within = cycleWithin(process, from, to);
    const moved = removed.reduce((all, life) => all + shiftWithin(within, life, to, from, to), 0);
    if (moved > 0) sum += records * moved * Math.exp((end - to) * logC);
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

/**
 * The least that rows can have moved that were there from the start, where their batches are not known: whole batches of rows, of those visited
 * longest ago. Where the cycle has grown each phase is asked by itself, and answers for any of its batches.
 */
function leastShift(
  rowCount: number,
  stepsBefore: number,
  process: ProcessConstants,
  from: number,
  end: number,
): number {
  const phases = phasesOf(process);
  return phases.reduce((sum, { from: begin, batchCount }, i) => {
    const last = Math.min(stepsBefore, phases[i + 1]?.from ?? stepsBefore);
    const first = Math.max(from, begin);
    return first < last ? sum + leastInPhase(rowCount, process, { first, last, batchCount }, end) : sum;
  }, 0);
}

/** Of the steps first+1..last of one phase. */
function leastInPhase(
  rowCount: number,
  { batchSize, contraction, sensitivity }: ProcessConstants,
  { first, last, batchCount }: { readonly first: number; readonly last: number; readonly batchCount: number },
  end: number,
): number {
  const logC = Math.log(contraction);
  // Ages count from the newest step; the visit of age a came at last - a, and must come after `first`.
  const oldestAge = Math.min(batchCount - 1, last - first - 1);
  const batches = Math.floor(rowCount / batchSize) - (batchCount - 1 - oldestAge);
  if (batches <= 0) return 0;
  const newestAge = oldestAge - batches + 1;
  const visits = Math.floor((last - oldestAge - first - 1) / batchCount) + 1;
  const ofOne = batchSize * sensitivity * geometricSum(batchCount * logC, visits);
  return ofOne * Math.exp((end - last + newestAge) * logC) * geometricSum(logC, batches);
}
