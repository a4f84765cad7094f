import { type Phase, phasesOf } from "../accounting/phases.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { Statement, UnlearningPredicate } from "../records/certificate.js";
import { joinedBefore } from "./check-history.js";
import { lessonsOf } from "./check-lessons.js";
import { checkReleases } from "./check-link-releases.js";
import { filledBefore } from "./check-lives.js";
import type { Issue, Misfit } from "./issue.js";

/* That two certificates of one request after another speak of one process: what is fixed before training is the same, and what is counted goes on. */

/**
 * @param earlier of the request before, or of one before that where none between ran a step
 * @param name    what issues call the later one: "" or "chain[3]."
 */
export function checkLink(earlier: Statement, later: Statement, name: string): Issue[] {
  const [before, after] = [earlier.predicate, later.predicate];
  const misfits = [
    ...checkFixed(before, after),
    ...checkCounts(before, after),
    ...checkPhases(before, after),
    ...checkReleases(before, after),
  ];
  return misfits.map(({ path, ...found }) => ({
    code: "CHAIN_LINK",
    path: `${name}predicate.${path}`,
    ...found,
  }));
}

/** Constants that follow from the others: every certificate is checked for them by itself. */
const DERIVED = [
  "recordSmoothness",
  "smoothness",
  "contraction",
  "sensitivity",
  "rounding",
  "roundingPerStep",
] as const;

/** What a model keeps for all its life. */
function fixedParts(predicate: UnlearningPredicate): Readonly<Record<string, unknown>> {
  const { process, data, request, noise, holds, disclosure } = predicate;
  const fixed: Record<string, unknown> = { ...process };
  for (const key of DERIVED) delete fixed[key];
  return {
    process: fixed,
    data,
    "request.deletion": request.deletion,
    "noise.kind": noise.kind,
    "noise.source": noise.source,
    "noise.sigma": noise.sigma,
    "holds.against": holds.against,
    "disclosure.limit": disclosure?.limit ?? null,
    "disclosure.records": disclosure?.records ?? null,
  };
}

function checkFixed(before: UnlearningPredicate, after: UnlearningPredicate): Misfit[] {
  const parts = fixedParts(after);
  return Object.entries(fixedParts(before)).flatMap(([path, expected]) => {
    const actual = parts[path];
    return canonicalJson(actual) === canonicalJson(expected) ? [] : [{ path, expected, actual }];
  });
}

/** Requests and lessons alone change what is counted; without a lesson between two requests it is known by how much. Each request deletes a row. */
function checkCounts(before: UnlearningPredicate, after: UnlearningPredicate): Misfit[] {
  const { lives, timeline, request, noise } = after;
  const lessons = lessonsOf(after) - lessonsOf(before);
  if (lessons < 0)
    return [
      { path: "lives.lessonCount", expected: `at least ${lessonsOf(before)}`, actual: lessonsOf(after) },
    ];
  const misfits: Misfit[] = [];
  const expectFrom = (path: string, least: number, actual: number, isExact: boolean): void => {
    if (isExact ? actual === least : actual >= least) return;
    misfits.push({ path, expected: isExact ? least : `at least ${least}`, actual });
  };
  const isExact = lessons === 0;
  const between = request.number - before.request.number - 1;
  const { deletedCount, releaseCount, stepsAfter, stepsBefore } = before.timeline;
  expectFrom(
    "timeline.deletedCount",
    deletedCount + request.rowCount + between,
    timeline.deletedCount,
    between === 0,
  );
  const released =
    (timeline.stepsAfter > timeline.stepsBefore ? 1 : 0) + (noise.kind === "every-step" ? lessons : 0);
  expectFrom("timeline.releaseCount", releaseCount + released, timeline.releaseCount, true);
  expectFrom(
    "timeline.stepsBefore",
    Math.max(stepsAfter, stepsBefore) + lessons,
    timeline.stepsBefore,
    isExact,
  );
  const corrected = lives?.isCorrection ? request.rowCount : 0;
  // Nobody goes on learning without a row that joins.
  const isCounted = isExact && between === 0;
  expectFrom("lives.joinedCount", joinedOf(before) + corrected + lessons, joinedOf(after), isCounted);
  const previous = lives?.previous ?? null;
  if ((previous === null) !== isExact)
    misfits.push({
      path: "lives.previous",
      expected: isExact ? null : "the model that the request before left",
      actual: previous,
    });
  return misfits;
}

/** A cycle only grows, and where lessons began. */
function checkPhases(before: UnlearningPredicate, after: UnlearningPredicate): Misfit[] {
  const [known, phases] = [cycleOf(before), cycleOf(after)];
  const { stepsAfter } = before.timeline;
  const isGoingOn = canonicalJson(phases.slice(0, known.length)) === canonicalJson(known);
  const newer = phases.slice(known.length);
  const fits =
    newer.length <= lessonsOf(after) - lessonsOf(before) && newer.every(({ from }) => from >= stepsAfter);
  if (isGoingOn && fits) return crowdMisfits(before, after, phases, known.length);
  const expected = `${canonicalJson(known)}, and one more for a lesson, from step ${stepsAfter} on`;
  return [{ path: "lives.phases", expected, actual: phases }];
}

/** A cycle grows where those who are there and those who join find too few slots. Slots that earlier requests emptied are free. */
function crowdMisfits(
  before: UnlearningPredicate,
  after: UnlearningPredicate,
  phases: readonly Phase[],
  known: number,
): Misfit[] {
  const emptied = after.request.deletion === "tombstone" ? before.timeline.deletedCount : 0;
  const records = after.data.rowCount + joinedBefore(after) - emptied;
  const { batchSize } = after.process;
  return phases.slice(known).flatMap((phase, i) => {
    const filled = filledBefore(phases[known + i - 1] as Phase, phase, batchSize);
    if (records > filled) return [];
    return [
      { path: "lives.phases", expected: `a cycle for the ${records} records that there were`, actual: phase },
    ];
  });
}

function cycleOf({ process, lives }: UnlearningPredicate) {
  return phasesOf({ batchCount: process.batchCount, ...(lives ? { phases: lives.phases } : {}) });
}

function joinedOf({ lives }: UnlearningPredicate): number {
  return lives?.joinedCount ?? 0;
}
