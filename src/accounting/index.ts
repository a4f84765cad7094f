/** The mathematics of certified unlearning with projected noisy SGD; nothing here knows of data, files or a platform. */
export * as baselines from "./baselines.js";
export { type Course, certifiedCourse, MOST_COURSE_STEPS, timelineCourse } from "./course.js";
export { deltaFromMu, epsilonFromMu, muFromEpsilonDelta, renyiFromMu } from "./gaussian.js";
export * as paper from "./paper.js";
export { type PeriodicVisits, periodicEnergy } from "./periodic.js";
export { type Plan, type PlanOptions, planUnlearning } from "./plan.js";
export {
  type Deletion,
  noiseStdFromSigma,
  type ProcessConstants,
  type ProcessOptions,
  processConstants,
  type Rounding,
} from "./process.js";
export {
  calibrateSigmaForSequence,
  type PlannedRequest,
  planSequence,
  type SequenceOptions,
} from "./sequence.js";
export { muFromEnergy, type Timeline, timelineEnergy } from "./timeline.js";
export { calibrateSigmaForTranscript, type TranscriptOptions, transcriptEnergy } from "./transcript.js";
export {
  type CalibrateSigmaOptions,
  type Claim,
  calibrateSigma,
  claimFromEnergy,
  jointEnergy,
  placeRequest,
  privacyOfLearning,
  type SlotChoice,
  type StepsToUnlearnOptions,
  stepsToUnlearn,
  type Target,
} from "./unlearning.js";
export { certifiedEnergy, type DeletedSlots, mergeDeletedSlots, ROUNDING_ALLOWANCE } from "./visits.js";
