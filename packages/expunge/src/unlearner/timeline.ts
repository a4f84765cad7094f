import { NO_RELEASES, withReleaseAt } from "../accounting/disclosure.js";
import { gridShift } from "../accounting/erasure.js";
import { EMPTY_HISTORY, withRelease } from "../accounting/history.js";
import { type Phase, phasesOf } from "../accounting/phases.js";
import { given } from "../given.js";
import type { Lives, ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import type { RequestCost } from "./request-cost.js";

/** What has happened to a model once it is trained. With noise at every step its first release has noise too. */
export function trainedTimeline({ noise }: Pick<TrainingPlan, "noise">, steps: number): ModelTimeline {
  const isNoised = noise.kind === "every-step";
  return Object.freeze({
    version: 2,
    steps,
    history: EMPTY_HISTORY,
    releaseCount: isNoised ? 1 : 0,
    releases: isNoised ? withReleaseAt(NO_RELEASES, steps) : null,
    deletedCount: 0,
    requestCount: 0,
    certificateId: null,
  });
}

/**
 * A timeline after one more request. A model released again at the same step (no steps were needed) is the same release.
 *
 * @param isCorrection whether other records joined in place of those removed
 */
export function timelineAfter(
  plan: Pick<TrainingPlan, "process" | "noise">,
  timeline: ModelTimeline,
  { history, release, slots }: Pick<RequestCost, "history" | "release" | "slots">,
  certificateId: string,
  isCorrection = false,
): ModelTimeline {
  const steps = timeline.steps + release.steps;
  const rowCount = slots.reduce((sum, { count }) => sum + count, 0);
  const isReleased = release.steps > 0;
  const { process, noise } = plan;
  return Object.freeze({
    version: 2,
    steps,
    history:
      isReleased && noise.kind === "on-release"
        ? withRelease(history, { steps, shift: gridShift(process, release.std), std: release.std })
        : history,
    releaseCount: timeline.releaseCount + (isReleased ? 1 : 0),
    releases: timeline.releases && withReleaseAt(timeline.releases, steps),
    deletedCount: timeline.deletedCount + rowCount,
    requestCount: timeline.requestCount + 1,
    certificateId,
    ...given({
      lives: livesAfter(plan, timeline, isCorrection ? rowCount : 0),
      capacity: timeline.capacity,
    }),
  });
}

function livesAfter(
  { process }: Pick<TrainingPlan, "process">,
  { lives }: ModelTimeline,
  corrected: number,
): Lives | undefined {
  if (lives === undefined && corrected === 0) return undefined;
  return Object.freeze({
    phases: lives?.phases ?? phasesOf(process),
    joinedCount: (lives?.joinedCount ?? 0) + corrected,
    lessonCount: lives?.lessonCount ?? 0,
    previous: null,
  });
}

/** What a lesson adds to a timeline. */
export interface LessonSteps {
  /** Records that joined. */
  readonly rowCount: number;
  /** The cycle's lengths, with room for them. */
  readonly phases: readonly Phase[];
  /** At least 1. */
  readonly steps: number;
  /** Hex sha256 of the weights file before it. */
  readonly modelBefore: string;
}

/** A timeline after the model went on learning. The release at its end has noise where every step has. */
export function timelineAfterLesson(
  plan: Pick<TrainingPlan, "noise">,
  timeline: ModelTimeline,
  { rowCount, phases, steps, modelBefore }: LessonSteps,
): ModelTimeline {
  const { lives, requestCount } = timeline;
  const after = timeline.steps + steps;
  return Object.freeze({
    ...timeline,
    steps: after,
    releaseCount: timeline.releaseCount + (plan.noise.kind === "every-step" ? 1 : 0),
    releases: timeline.releases && withReleaseAt(timeline.releases, after),
    lives: Object.freeze({
      phases,
      joinedCount: (lives?.joinedCount ?? 0) + rowCount,
      lessonCount: (lives?.lessonCount ?? 0) + 1,
      previous: requestCount === 0 ? null : (lives?.previous ?? modelBefore),
    }),
  });
}
