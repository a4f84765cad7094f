import { batchCountAfter, leastGrowth, type Phase } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { joinedBefore } from "./check-history.js";
import { growthSteps } from "./check-lessons.js";
import { releaseEndsOf } from "./derive.js";
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
  for (const [expected, actual] of phaseMisfits(predicate, process)) report("phases", expected, actual);
  for (const from of withinStretches(predicate, growthSteps(predicate)))
    report("phases", "to begin at releases", from);
  for (const step of withinStretches(
    predicate,
    (joined ?? []).map((life) => life.joined),
  ))
    report("joined", "to join where a model was released", step);
  // Behind a lesson's beginning, or in the place of a row that an earlier request corrected.
  const places = new Set([...growthSteps(predicate), ...(joined ?? []).map((life) => life.joined)]);
  if (places.size > lessonCount + request.number - 1)
    report("joined", `no more than ${lessonCount + request.number - 1} steps for lessons and corrections`, [
      ...places,
    ]);
  const least = (joined ?? []).reduce((sum, { count }) => sum + count, isCorrection ? request.rowCount : 0);
  if (joinedCount < Math.max(least, 1)) report("joinedCount", `at least ${Math.max(least, 1)}`, joinedCount);
  // Without a lesson only corrected records' successors joined, each as another record was deleted.
  const most = timeline.deletedCount - (isCorrection ? 0 : request.rowCount);
  if (lessonCount === 0 && joinedCount > most) report("joinedCount", `at most ${most}`, joinedCount);
  // Nobody goes on learning without a row that joins.
  if (joinedBefore(predicate) < lessonCount)
    report("lessonCount", `at most ${joinedBefore(predicate)}, as each brought a row`, lessonCount);
  // Whoever joined found a slot that was free, or became free. A row that was to be forgotten before the training had none, so that any may have been free.
  const gone = timeline.deletedCount - request.rowCount;
  const room = batchCountAfter(process, timeline.stepsBefore) * process.batchSize + gone;
  const before = joinedBefore(predicate);
  if (before > room)
    report("joinedCount", `at most ${joinedCount - before + room}, for so many slots`, joinedCount);
  if (phases.length > lessonCount + 1) report("lessonCount", `at least ${phases.length - 1}`, lessonCount);
  if (previous !== null && (request.number === 1 || lessonCount === 0))
    report("previous", "null: there was no request before, or no lesson since", previous);
  // A lesson runs a step, and every step has noise.
  if (predicate.noise.kind === "every-step" && previous === predicate.modelBefore)
    report("previous", "another model than the one before the request, to which lessons led", previous);
  if ((joined === null) !== (request.slots === null))
    report("joined", request.slots === null ? "null, as the slots are" : "a list", joined);
  for (const expected of misfitsOf(predicate, process)) report("joined", expected, joined);
  return issues;
}

/**
 * What is wrong with a cycle that has grown, and where. It grows by a lesson, which comes after an epoch of training and runs a step; and only where
 * more rows join than there are free slots: all of those before are taken then, and where it grows by more than its least, all but some of its newest batch.
 */
function phaseMisfits(
  predicate: UnlearningPredicate,
  { batchCount, batchSize }: ProcessConstants,
): (readonly [string, unknown])[] {
  const { stepsBefore } = predicate.timeline;
  const phases = predicate.lives?.phases ?? [];
  const records = predicate.data.rowCount + joinedBefore(predicate);
  return phases.slice(1).flatMap((phase, i) => {
    const found: (readonly [string, unknown])[] = [];
    if (!(records > filledBefore(phases[i] as Phase, phase, batchSize)))
      found.push([`a cycle for ${records} records that there were`, phase]);
    if (phase.from < batchCount) found.push([`from step ${batchCount} at least`, phase]);
    if (phase.from >= stepsBefore) found.push([`from a step below ${stepsBefore}`, phase]);
    return found;
  });
}

/** Slots that are taken before a cycle grows, or by those who join then: one more record at least is there. */
export function filledBefore(smaller: Phase, larger: Phase, batchSize: number): number {
  const isLeast = larger.batchCount - smaller.batchCount <= leastGrowth(smaller.batchCount);
  return (isLeast ? smaller.batchCount : larger.batchCount - 1) * batchSize;
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
  if ([...counts].some(([batch, left]) => batch >= process.batchCount && left > 0))
    found.push("every slot of the batches that came later");
  if (joined.some((life) => life.joined < process.batchCount || life.joined > timeline.stepsBefore))
    found.push(`steps from ${process.batchCount} to ${timeline.stepsBefore}`);
  // A lesson runs a step. A correction may have run none, and counts its rows as deleted.
  const unvisited = joined.reduce(
    (sum, { count, joined: step }) => (step === timeline.stepsBefore ? sum + count : sum),
    0,
  );
  if (unvisited > timeline.deletedCount - request.rowCount)
    found.push(`steps below ${timeline.stepsBefore}, but for rows that earlier requests corrected`);
  if (joined.some((life) => life.batch >= batchCountAfter(process, life.joined)))
    found.push("batches that the cycle had");
  return found;
}

/** Steps that lie within a stretch that is listed: nothing was released there, so that no cycle can have grown, and nobody joined. */
function withinStretches(predicate: UnlearningPredicate, steps: readonly number[]): number[] {
  const ends = releaseEndsOf(predicate);
  if (ends === null) return [];
  return [...new Set(steps)].filter((step) => step > ends.from && !ends.steps.has(step));
}
