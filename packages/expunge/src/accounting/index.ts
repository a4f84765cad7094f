/**
 * The mathematics of certified unlearning with projected noisy SGD; nothing here knows of data, files or a platform. docs/theory.md has the proofs.
 *
 * @module expunge/accounting
 */
export * as baselines from "./baselines.js";
export { type BatchSlots, shiftWithin } from "./cell-visits.js";
export type { Deletion, KernelName, NoiseKind } from "./choices.js";
export { type Course, certifiedCourse, MAX_COURSE_STEPS, timelineCourse } from "./course.js";
export {
  disclosureEnergy,
  NO_RELEASES,
  newestRelease,
  type Releases,
  releaseCountOf,
  withReleaseAt,
} from "./disclosure.js";
export {
  type Effort,
  erasureMu,
  gridShift,
  type Noise,
  type Release,
  releaseWithNoise,
  stepsWithNoise,
} from "./erasure.js";
export { deltaFromMu, epsilonFromMu, muFromEpsilonDelta, renyiFromMu } from "./gaussian.js";
export { gridFor } from "./grid.js";
export {
  type Cell,
  EMPTY_HISTORY,
  type History,
  MAX_CELLS,
  withDeleted,
  withRelease,
} from "./history.js";
export { HistoryBound } from "./history-bound.js";
export * as paper from "./paper.js";
export { type PeriodicVisits, periodicEnergy } from "./periodic.js";
export type { Cycle, Phase } from "./phases.js";
export { type Plan, type PlanOptions, planUnlearning } from "./plan.js";
export {
  type OnReleasePlan,
  type OnReleasePlanOptions,
  type OnReleaseRequest,
  planOnRelease,
} from "./plan-on-release.js";
export { calibrateSigmaForDisclosure, type PlannedDisclosure, plannedDisclosure } from "./plan-releases.js";
export type { PlanRequest } from "./plan-requests.js";
export { privacyOfLearning } from "./privacy-of-learning.js";
export {
  noiseStdFromSigma,
  type ProcessConstants,
  type ProcessOptions,
  processConstants,
  type StepConstants,
} from "./process.js";
export {
  type RoundedStep,
  type Rounding,
  type RoundingKind,
  roundingKind,
  roundingPerStep,
} from "./rounding.js";
export { type Schedule, scheduleMuSquare } from "./schedule.js";
export {
  calibrateSigmaForSequence,
  type PlannedRequest,
  planSequence,
  type SequenceOptions,
} from "./sequence.js";
export { muOfLimit, type NoiseCounts, tailDelta } from "./tails.js";
export { muFromEnergy, type Timeline, timelineEnergy } from "./timeline.js";
export {
  type CalibrateSigmaOptions,
  type Claim,
  calibrateSigma,
  claimFromEnergy,
  placeRequest,
  type SlotChoice,
  type StepsToUnlearnOptions,
  stepsToUnlearn,
  type Target,
} from "./unlearning.js";
export { certifiedEnergy, type DeletedSlots, mergeDeletedSlots } from "./visits.js";
