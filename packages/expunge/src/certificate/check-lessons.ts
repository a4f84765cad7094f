import { phasesOf } from "../accounting/phases.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import type { Issue } from "./issue.js";

/* That lessons began where they can have: the first where the training or a request had ended, and no more of them than are counted. */

/** How often a model has gone on learning. */
export function lessonsOf({ lives }: UnlearningPredicate): number {
  return lives?.lessonCount ?? 0;
}

/** Steps between two requests, in which nothing but lessons took place, or those up to the first request. */
interface Stretch {
  /** The first of the lessons began here; null where the training went before. */
  readonly from: number | null;
  readonly to: number;
  readonly lessons: number;
}

/**
 * What rows that joined and phases of the cycle say of where lessons began. A row joins when a lesson begins, and a cycle grows then.
 *
 * @param requests of one process, newest first, without a gap
 */
export function checkLessons(requests: readonly UnlearningPredicate[]): Issue[] {
  const inOrder = [...requests].reverse();
  const newest = requests[0] as UnlearningPredicate;
  const starts = startsIn(requests);
  let next = 0;
  for (const stretch of stretchesOf(inOrder)) {
    while ((starts[next] ?? Number.POSITIVE_INFINITY) <= (stretch.from ?? 0)) next++;
    const within: number[] = [];
    for (; (starts[next] ?? Number.POSITIVE_INFINITY) < stretch.to; next++)
      within.push(starts[next] as number);
    const expected = misfitOf(stretch, within, newest.process.batchCount);
    if (expected !== null)
      return [{ code: "LIVES_LESSONS", path: "predicate.lives", expected, actual: within.slice(0, 8) }];
  }
  return [];
}

/** Ascending, each once: when listed rows joined, and when the cycle grew. Rows that a request corrected are succeeded at the ends of stretches alone. */
function startsIn(requests: readonly UnlearningPredicate[]): readonly number[] {
  const steps = new Set(requests.flatMap(({ lives }) => (lives?.joined ?? []).map(({ joined }) => joined)));
  for (const step of growthSteps(requests[0] as UnlearningPredicate)) steps.add(step);
  return [...steps].sort((a, b) => a - b);
}

/** The steps behind which a cycle grew. */
export function growthSteps({ process, lives }: UnlearningPredicate): number[] {
  const cycle = { batchCount: process.batchCount, ...(lives ? { phases: lives.phases } : {}) };
  return phasesOf(cycle)
    .slice(1)
    .map(({ from }) => from);
}

function stretchesOf(inOrder: readonly UnlearningPredicate[]): Stretch[] {
  return inOrder.flatMap((predicate, i) => {
    const before = inOrder[i - 1];
    if (before === undefined && predicate.request.number > 1) return [];
    return [
      {
        from: before?.timeline.stepsAfter ?? null,
        to: predicate.timeline.stepsBefore,
        lessons: lessonsOf(predicate) - (before ? lessonsOf(before) : 0),
      },
    ];
  });
}

/** @param within starts behind the stretch's own beginning, ascending */
function misfitOf(
  { from, to, lessons }: Stretch,
  within: readonly number[],
  batchCount: number,
): string | null {
  const most = from === null ? lessons : Math.max(0, lessons - 1);
  if (within.length > most)
    return `no more than ${most} lessons that began behind step ${from ?? 0} and before step ${to}`;
  const [first] = within;
  const isFirstKnown = from === null && first !== undefined && within.length === lessons;
  return isFirstKnown && first % batchCount !== 0
    ? `the first lesson to begin behind a training of whole epochs, of ${batchCount} steps each`
    : null;
}
