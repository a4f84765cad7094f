import { NO_RELEASES, withReleaseAt } from "../accounting/disclosure.js";
import { gridShift } from "../accounting/erasure.js";
import { EMPTY_HISTORY, withRelease } from "../accounting/history.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
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

/** A timeline after one more request. A model released again at the same step (no steps were needed) is the same release. */
export function timelineAfter(
  plan: Pick<TrainingPlan, "process" | "noise">,
  timeline: ModelTimeline,
  { history, release, slots }: Pick<RequestCost, "history" | "release" | "slots">,
  certificateId: string,
): ModelTimeline {
  const steps = timeline.steps + release.steps;
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
    deletedCount: timeline.deletedCount + slots.reduce((sum, { count }) => sum + count, 0),
    requestCount: timeline.requestCount + 1,
    certificateId,
  });
}
