import { gridShift } from "../accounting/erasure.js";
import { isGridNoise } from "../accounting/grid.js";
import type { Cell } from "../accounting/history.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { historyOf } from "./derive.js";
import type { Issue } from "./issue.js";
import { atLeastTiny, neededShifts } from "./needed-shifts.js";

/* That the cells of a history hold what the rows of requests moved. */

/** Sums may differ in their last digits. */
const TOLERANCE = 1e-9;

/** Digits that doubles lose where they end. No noise is so small that a shift of this size could be seen beside it (packages/expunge/src/accounting/grid.ts). */
const LOST = 2 ** -1000;

/**
 * That the history holds at least what this request's slots contributed: from every cell on, the shifts of the cells, brought forward to the end, are
 * no less than those of the slots' visits since the cell before. Moving a visit forward, as merging does, keeps it so.
 *
 * Source: docs/theory.md, "Bounded memory".
 */
export function checkShifts(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const missing = missingShift(predicate, process, [], []);
  if (missing === null) return [];
  const { needed, from, listed } = missing;
  const expected = `at least ${needed} from step ${from + 1} on, of this request's rows`;
  return [{ code: "TIMELINE_SHIFTS", path: "predicate.timeline.cells.shifts", expected, actual: listed }];
}

/**
 * The same with what earlier requests contributed: their rows until each was served, and the grids of their releases.
 *
 * @param earlier certificates of requests of the same process, that came before
 * @param levels  of further requests, several each, one of which came before: whichever moved least counts
 */
export function checkEarlierShifts(
  predicate: UnlearningPredicate,
  process: ProcessConstants,
  earlier: readonly UnlearningPredicate[],
  levels: readonly (readonly UnlearningPredicate[])[] = [],
): Issue[] {
  const missing = missingShift(predicate, process, earlier, levels);
  if (missing === null) return [];
  const { needed, from, listed } = missing;
  const expected = `at least ${needed} from step ${from + 1} on, of this request's rows and those of earlier certificates`;
  return [
    { code: "TIMELINE_EARLIER_SHIFTS", path: "predicate.timeline.cells.shifts", expected, actual: listed },
  ];
}

interface Missing {
  readonly needed: number;
  readonly from: number;
  readonly listed: number;
}

/** The newest step from which on the cells hold too little; null where there is none. */
function missingShift(
  predicate: UnlearningPredicate,
  process: ProcessConstants,
  earlier: readonly UnlearningPredicate[],
  levels: readonly (readonly UnlearningPredicate[])[],
): Missing | null {
  const { start, cells } = historyOf(predicate);
  const ofVisits = visitShifts(predicate, process, cells);
  // Both sides are brought forward to the last cell; a visit after it has nothing to stand beside.
  const end = cells.at(-1)?.step ?? start;
  const logC = Math.log(process.contraction);
  const rowsFrom = neededShifts([predicate, ...earlier], process, end);
  const gridsFrom = gridShifts(process, earlier, end);
  const movedBy = (one: UnlearningPredicate): ((from: number) => number) => {
    const [rows, grids] = [neededShifts([one], process, end), gridShifts(process, [one], end)];
    return (from) => rows(from) + grids(from);
  };
  const levelsFrom = levels.map((level) => level.map(movedBy));
  const leastFrom = (from: number): number =>
    levelsFrom.reduce(
      (sum, level) => sum + level.reduce((least, of) => Math.min(least, of(from)), Infinity),
      0,
    );
  let listed = 0;
  for (let i = cells.length; i >= 0; i--) {
    const cell = cells[i];
    if (cell) listed += atLeastTiny(ofVisits[i]!, Math.exp((end - cell.step) * logC));
    // Without cells, and before the first one, the start is the cell before.
    const from = cells[i - 1]?.step ?? start;
    const needed = rowsFrom(from) + gridsFrom(from) + leastFrom(from);
    const isThere = needed === 0 || listed > 0;
    if (!(isThere && listed >= needed * (1 - TOLERANCE) - LOST)) return { needed, from, listed };
  }
  return null;
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

/** What the grids of releases after a step moved, as it counts at the step `end`. Where every step has noise the cells do not hold it. */
function gridShifts(
  process: ProcessConstants,
  requests: readonly UnlearningPredicate[],
  end: number,
): (from: number) => number {
  const logC = Math.log(process.contraction);
  const releases = requests
    .filter(
      ({ noise, timeline }) => noise.kind === "on-release" && timeline.stepsAfter > timeline.stepsBefore,
    )
    .filter(({ noise }) => isGridNoise(noise.std))
    .map(({ noise, timeline: { stepsAfter } }) => ({
      step: stepsAfter,
      shift: gridShift(process, noise.std) * Math.exp((end - stepsAfter) * logC),
    }));
  return (from) => releases.reduce((sum, { step, shift }) => (step > from ? sum + shift : sum), 0);
}
