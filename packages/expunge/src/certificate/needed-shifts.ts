import { type BatchSlots, shiftWithin } from "../accounting/cell-visits.js";
import { geometricSum } from "../accounting/geometric-sum.js";
import { cycleWithin, phasesOf } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import { MAX_LISTED_BATCHES, type UnlearningPredicate } from "../records/certificate.js";
import { joinedBefore } from "./check-history.js";

/* What the rows of requests moved, as their certificates list them. Closed forms throughout: no loop runs over a number of a certificate. */

/** A product of what is above 0 is so too: what was visited is never taken for untouched. */
export function atLeastTiny(shift: number, weight: number): number {
  return shift > 0 ? Math.max(shift * weight, Number.MIN_VALUE) : 0;
}

/**
 * What the rows of requests moved in steps after `from`, each until its own request began, as it counts at the step `end`: to be asked of ever earlier
 * steps. Each looks only at the steps since the last, so that many phases are gone through once.
 */
export function neededShifts(
  requests: readonly UnlearningPredicate[],
  process: ProcessConstants,
  end: number,
): (from: number) => number {
  const listed = requests.filter(({ request }) => request.slots !== null);
  const unlisted = requests.filter(({ request }) => request.slots === null);
  const ofListed = listedShifts(listed, process, end);
  return (from) =>
    unlisted.reduce((sum, predicate) => sum + unlistedShift(predicate, process, from, end), ofListed(from));
}

function listedShifts(
  requests: readonly UnlearningPredicate[],
  process: ProcessConstants,
  end: number,
): (from: number) => number {
  const logC = Math.log(process.contraction);
  const removals = requests.map((predicate) => ({
    removed: livesOf(predicate),
    records: recordsOf(predicate, process),
    through: predicate.timeline.stepsBefore,
  }));
  let to = removals.reduce((last, { through }) => Math.max(last, through), 0);
  let sum = 0;
  return (from) => {
    if (from >= to) return sum;
    const within = cycleWithin(process, from, to);
    for (const { removed, records, through } of removals) {
      if (through <= from) continue;
      const last = Math.min(to, through);
      const moved = removed.reduce((all, life) => all + shiftWithin(within, life, last, from, last), 0);
      sum += atLeastTiny(records * moved, Math.exp((end - last) * logC));
    }
    to = from;
    return sum;
  };
}

/** An emptied slot's correction moves twice what its deletion does; where records are replaced both do. */
function recordsOf({ lives }: UnlearningPredicate, process: ProcessConstants): number {
  return lives?.isCorrection && process.deletion === "tombstone" ? 2 : 1;
}

/** Of rows whose batches are not listed at least so much. */
function unlistedShift(
  predicate: UnlearningPredicate,
  process: ProcessConstants,
  from: number,
  end: number,
): number {
  const { stepsBefore } = predicate.timeline;
  // Of those that joined nothing is known, but that they can have filled so many places.
  const batches = MAX_LISTED_BATCHES + 1 - joinedBefore(predicate);
  const rows = { rowCount: countedRows(predicate), batches };
  return recordsOf(predicate, process) * leastShift(rows, stepsBefore, process, from, end);
}

/** Rows of a request that were there from the start, whatever is not listed: all but as many as ever joined. */
export function countedRows(predicate: UnlearningPredicate): number {
  return Math.max(0, predicate.request.rowCount - joinedBefore(predicate));
}

/** The slots of a request, those whose records joined later apart. */
export function livesOf({ request, lives }: UnlearningPredicate): readonly BatchSlots[] {
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
