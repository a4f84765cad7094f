export type { Begun } from "./begun.js";
export type { ClassWeights } from "./class-weights.js";
export type { CorrectRequest } from "./correction.js";
export { type DefaultFacts, type DefaultSettings, defaultSettings } from "./defaults.js";
export { fit } from "./fit.js";
export type { ForgetOptions } from "./forget-options.js";
export type { ForgetOutcome } from "./forget-outcome.js";
export type { LearnOptions, LessonOutcome, LessonPreview } from "./lesson.js";
export {
  type Evaluation,
  type EvaluationNote,
  evaluatePredictions,
  type Predictions,
  type ThresholdOptions,
} from "./metrics.js";
export type {
  Calibration,
  CalibrationBin,
  ClassEvaluation,
  ClassScores,
  EvaluationNoteCode,
  Interval,
  RegressionEvaluation,
} from "./metrics-record.js";
export {
  type BegunForget,
  type CorrectResult,
  type ForgetResult,
  type LearnResult,
  Model,
} from "./model.js";
export { modelDigest, weightsFile } from "./model-digest.js";
export type { DataDescription } from "./model-state.js";
export { type FitOptions, makeTrainingPlan } from "./options.js";
export type { PredictionRows } from "./predict.js";
export type { Preview, Trade } from "./preview.js";
export type { Proof } from "./proof.js";
export { type Receipt, Receipts } from "./receipts.js";
export type { ForgetRequest } from "./request.js";
export type { Progress, RunOptions } from "./run-steps.js";
export type { TrialRow } from "./trial-row.js";
export {
  runTrials,
  type TrialMaterial,
  type TrialOptions,
  type TrialStage,
  type TrialStages,
  Trials,
} from "./trials.js";
export { tune } from "./tune.js";
export type { TuneMeasure } from "./tune-option-table.js";
export type { TuneOptions } from "./tune-options.js";
export type { TunedCandidate, TunedScores, TunedWork, TuneProgress, Tuning } from "./tune-result.js";
