import { batchCountAfter } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { releasesOf } from "./derive.js";
import type { Issue } from "./issue.js";

/* That what a certificate says of records that joined or were corrected fits together; its phases are in order already. */

export function checkLives(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { lives, request, timeline } = predicate;
  if (lives === undefined) return [];
  const { phases, joinedCount, lessonCount, isCorrection, joined, previous } = lives;
  const issues: Issue[] = [];
  const report = (field: string, expected: unknown, actual: unknown): void => {
    issues.push({ code: "LIVES_FALSE", path: `predicate.lives.${field}`, expected, actual });
  };
  const first = phases[0]?.batchCount;
  if (first !== process.batchCount) report("phases", `${process.batchCount} batches at the start`, first);
  const newest = phases.at(-1)?.from ?? 0;
  if (newest > timeline.stepsBefore) report("phases", `from step ${timeline.stepsBefore} at most`, newest);
  for (const from of phasesWithinStretches(predicate)) report("phases", "to begin at releases", from);
  const least = (joined ?? []).reduce((sum, { count }) => sum + count, isCorrection ? request.rowCount : 0);
  if (joinedCount < Math.max(least, 1)) report("joinedCount", `at least ${Math.max(least, 1)}`, joinedCount);
  // Without a lesson only corrected records' successors joined, each as another record was deleted.
  const most = timeline.deletedCount - (isCorrection ? 0 : request.rowCount);
  if (lessonCount === 0 && joinedCount > most) report("joinedCount", `at most ${most}`, joinedCount);
  // Whoever joined found a slot that was free, or became free. A row that was to be forgotten before the training had none, so that any may have been free.
  const gone = timeline.deletedCount - request.rowCount;
  const room = batchCountAfter(process, timeline.stepsBefore) * process.batchSize + gone;
  const joinedBefore = joinedCount - (isCorrection ? request.rowCount : 0);
  if (joinedBefore > room)
    report("joinedCount", `at most ${joinedCount - joinedBefore + room}, for so many slots`, joinedCount);
  if (phases.length > lessonCount + 1) report("lessonCount", `at least ${phases.length - 1}`, lessonCount);
  if (previous !== null && (request.number === 1 || lessonCount === 0))
    report("previous", "null: there was no request before, or no lesson since", previous);
  if ((joined === null) !== (request.slots === null))
    report("joined", request.slots === null ? "null, as the slots are" : "a list", joined);
  for (const expected of misfitsOf(predicate, process)) report("joined", expected, joined);
  return issues;
}

/** What is wrong with the slots whose records joined later. */
function misfitsOf({ lives, request, timeline }: UnlearningPredicate, process: ProcessConstants): string[] {
  const joined = lives?.joined ?? [];
  const counts = new Map((request.slots ?? []).map(({ batch, count }) => [batch, count]));
  const isAscending = joined.every(({ batch, joined: step }, i) => {
    const before = joined[i - 1];
    return before === undefined || batch > before.batch || (batch === before.batch && step > before.joined);
  });
  for (const { batch, count } of joined) counts.set(batch, (counts.get(batch) ?? 0) - count);
  const found: string[] = [];
  if (!isAscending) found.push("batches and steps that ascend");
  if ([...counts.values()].some((left) => left < 0))
    found.push("no more slots of a batch than the request's");
  if (joined.some((life) => life.joined > timeline.stepsBefore))
    found.push(`steps of at most ${timeline.stepsBefore}`);
  if (joined.some((life) => life.batch >= batchCountAfter(process, life.joined)))
    found.push("batches that the cycle had");
  return found;
}

/** Phases that begin within a stretch that is listed: nothing is released there, so that no cycle can have grown. */
function phasesWithinStretches(predicate: UnlearningPredicate): number[] {
  const releases = releasesOf(predicate);
  if (releases === null) return [];
  const ends = new Set([releases.from]);
  let end = releases.from;
  for (const length of releases.lengths) {
    end += length;
    ends.add(end);
  }
  const { phases } = predicate.lives ?? { phases: [] };
  return phases.flatMap(({ from }) => (from <= releases.from || ends.has(from) ? [] : [from]));
}
