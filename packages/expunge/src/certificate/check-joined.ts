import type { BatchSlots } from "../accounting/cell-visits.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { joinedBefore } from "./check-history.js";
import type { Issue } from "./issue.js";

/* That the newcomers whom requests removed can have joined when they are said to have, by the counts of all certificates. */

/**
 * A row joins when a lesson begins, and a lesson lies between two requests; or it is a corrected row's successor, and joins in its slot before the
 * first step of that request. It is removed once.
 *
 * @param requests of one process, newest first, without a gap
 */
export function checkJoined(requests: readonly UnlearningPredicate[]): Issue[] {
  const inOrder = [...requests].reverse();
  const [corrected, lessons, unknown] = [correctedRows(inOrder), lessonsIn(inOrder), unknownIn(inOrder)];
  const lives = inOrder.flatMap((predicate) => predicate.lives?.joined ?? []);
  // Last those who may have joined before what is known or after: the others leave room for them.
  const isOpen = ({ joined }: Required<BatchSlots>): boolean => joined === unknown?.through;
  for (const life of [...lives.filter((one) => !isOpen(one)), ...lives.filter(isOpen)]) {
    const { batch, count, joined } = life;
    const lesson = lessons[firstEndingAfter(lessons, joined)];
    const places = [
      corrected.get(`${joined}:${batch}`),
      corrected.get(`${joined}`),
      unknown !== null && joined <= unknown.through ? unknown : undefined,
      lesson !== undefined && joined >= lesson.from ? lesson : undefined,
    ];
    if (places.reduce((left, place) => takenFrom(place, left), count) === 0) continue;
    const expected = `no more rows that joined at step ${joined} than earlier certificates count`;
    return [{ code: "LIVES_EARLIER", path: "predicate.lives.joined", expected, actual: life }];
  }
  return [];
}

/** How many of some rows are left, once as many as there can be were taken from a place. */
function takenFrom(place: Joined | undefined, rowCount: number): number {
  if (place === undefined) return rowCount;
  const taken = Math.min(rowCount, place.rowCount);
  place.rowCount -= taken;
  return rowCount - taken;
}

/** Rows that joined and are not removed yet. */
interface Joined {
  rowCount: number;
}

/** By the step before which they joined and their batch; by the step alone where the request does not list its batches. */
function correctedRows(requests: readonly UnlearningPredicate[]): ReadonlyMap<string, Joined> {
  const rows = new Map<string, Joined>();
  const add = (key: string, rowCount: number): void => {
    rows.set(key, { rowCount: rowCount + (rows.get(key)?.rowCount ?? 0) });
  };
  for (const { lives, request, timeline } of requests) {
    if (!lives?.isCorrection) continue;
    if (request.slots === null) add(`${timeline.stepsBefore}`, request.rowCount);
    for (const { batch, count } of request.slots ?? []) add(`${timeline.stepsBefore}:${batch}`, count);
  }
  return rows;
}

/** Who joined by lessons that began at steps from..to-1, which no request lies between. */
function lessonsIn(
  requests: readonly UnlearningPredicate[],
): (Joined & { readonly from: number; readonly to: number })[] {
  return requests.flatMap((predicate, i) => {
    const before = requests[i - 1];
    if (before === undefined && predicate.request.number > 1) return [];
    const rowCount = joinedBefore(predicate) - (before?.lives?.joinedCount ?? 0);
    return [{ rowCount, from: before?.timeline.stepsAfter ?? 0, to: predicate.timeline.stepsBefore }];
  });
}

/** Who joined before the oldest request, where it was not the first; others may have corrected rows at its own step. */
function unknownIn([oldest]: readonly UnlearningPredicate[]): (Joined & { readonly through: number }) | null {
  if (oldest === undefined || oldest.request.number === 1) return null;
  return { rowCount: joinedBefore(oldest), through: oldest.timeline.stepsBefore };
}

/** By halving, as there may be many: which of stretches that ascend is the first whose end lies beyond a step. */
function firstEndingAfter(stretches: readonly { readonly to: number }[], step: number): number {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((stretches[middle] as { to: number }).to > step) high = middle;
    else low = middle + 1;
  }
  return low;
}
