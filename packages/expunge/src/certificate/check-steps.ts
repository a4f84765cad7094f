import type { ProcessConstants } from "../accounting/process.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { lessonsOf } from "./check-lessons.js";
import type { Issue } from "./issue.js";

/* That so many steps were run before a request as its training, its lessons and the releases since must have taken. */

/** A training runs whole epochs, one at least; every lesson runs a step, and so does every release of a request. */
export function checkStepsBefore(predicate: UnlearningPredicate, { batchCount }: ProcessConstants): Issue[] {
  const { stepsBefore } = predicate.timeline;
  const report = (expected: string): Issue[] => [
    {
      code: "TIMELINE_STEPS_BEFORE",
      path: "predicate.timeline.stepsBefore",
      expected,
      actual: stepsBefore,
    },
  ];
  const lessons = lessonsOf(predicate);
  const least = batchCount + lessons + earlierReleasesOf(predicate);
  if (stepsBefore < least)
    return report(`at least ${least}: an epoch of ${batchCount}, and one for every lesson and release since`);
  const isTrainedOnly = predicate.request.number === 1 && lessons === 0;
  return isTrainedOnly && stepsBefore % batchCount !== 0 ? report(`epochs of ${batchCount} steps each`) : [];
}

/** Those of requests before, as far as they are counted. */
function earlierReleasesOf(predicate: UnlearningPredicate): number {
  const { timeline, noise } = predicate;
  const { releaseCount, stepsBefore, stepsAfter } = timeline;
  const own = stepsAfter > stepsBefore ? 1 : 0;
  const ofLearning = noise.kind === "every-step" ? 1 + lessonsOf(predicate) : 0;
  return Math.max(0, releaseCount - own - ofLearning);
}
