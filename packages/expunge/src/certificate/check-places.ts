import type { UnlearningPredicate } from "../records/certificate.js";
import type { Issue } from "./issue.js";
import { livesOf } from "./needed-shifts.js";

/* That the rows which requests removed had room in their batches: no more of them than a batch has slots were there at once. */

/** A record's stay in a slot: steps from+1..to. */
interface Stay {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** @param requests of one process, newest first, without a gap; rows that are not listed are left out */
export function checkPlaces(requests: readonly UnlearningPredicate[]): Issue[] {
  const [newest] = requests as [UnlearningPredicate];
  for (const [batch, stays] of staysByBatch(requests)) {
    const atStart = rowsAtStart(newest, batch);
    const found = stays.reduce((sum, { from, count }) => (from === 0 ? sum + count : sum), 0);
    if (found > atStart) return misfit(batch, `${atStart} rows that were there from the start`, found);
    const most = mostAtOnce(stays);
    const { batchSize } = newest.process;
    if (most > batchSize) return misfit(batch, `${batchSize} rows at once`, most);
  }
  return [];
}

function misfit(batch: number, most: string, actual: number): Issue[] {
  const expected = `batch ${batch} to have held at most ${most}, in this request and earlier ones`;
  return [{ code: "REQUEST_PLACES", path: "predicate.request.slots", expected, actual }];
}

/** Rows that a batch held when the training began: the last one may have had fewer than the others. */
function rowsAtStart({ process, data }: UnlearningPredicate, batch: number): number {
  const { batchSize } = process;
  return Math.min(batchSize, Math.max(0, data.rowCount - batch * batchSize));
}

function staysByBatch(requests: readonly UnlearningPredicate[]): ReadonlyMap<number, Stay[]> {
  const stays = new Map<number, Stay[]>();
  for (const predicate of requests) {
    const to = endOf(predicate);
    for (const { batch, count, joined = 0 } of livesOf(predicate)) {
      const found = stays.get(batch) ?? [];
      found.push({ from: joined, to, count });
      stays.set(batch, found);
    }
  }
  return stays;
}

/** A random record that takes a deleted one's slot stays in it. */
function endOf({ request, lives, timeline }: UnlearningPredicate): number {
  const isKept = request.deletion === "replace" && !lives?.isCorrection;
  return isKept ? Number.POSITIVE_INFINITY : timeline.stepsBefore;
}

function mostAtOnce(stays: readonly Stay[]): number {
  const changes = stays
    .filter(({ from, to }) => to > from)
    .flatMap(({ from, to, count }) => [
      { step: from, by: count },
      { step: to, by: -count },
    ]);
  // Whoever comes at a step takes the place of whoever goes.
  changes.sort((a, b) => a.step - b.step || a.by - b.by);
  let most = 0;
  let now = 0;
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
