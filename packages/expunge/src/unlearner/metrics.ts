import type { Dataset } from "../data/dataset.js";
import { given } from "../given.js";
import { labelsFor } from "./known-labels.js";
import {
  knownThreshold,
  requirePredictions,
  requireThreshold,
  type ThresholdOptions,
} from "./metrics-input.js";
import { evaluateBinary, evaluateMulticlass } from "./metrics-labels.js";
import { regressionNotes } from "./metrics-notes.js";
import type { Evaluation, Predictions, RegressionEvaluation } from "./metrics-record.js";
import { regressionScores } from "./metrics-regression.js";
import type { ModelState } from "./model-state.js";
import { hasProbabilities, modelOutputs, probabilitiesFrom } from "./predict.js";

export type { ThresholdOptions } from "./metrics-input.js";
export type {
  Calibration,
  CalibrationBin,
  ClassEvaluation,
  ClassScores,
  Evaluation,
  EvaluationNote,
  EvaluationNoteCode,
  Interval,
  Predictions,
  RegressionEvaluation,
} from "./metrics-record.js";

/**
 * How good a model is on labelled rows, of which there may be of one class only.
 *
 * @throws ExpungeError E_DATA where the rows or their labels do not fit the model, E_OPTION for a threshold where there is none to choose, or an unknown option
 */
export function evaluateModel(
  state: Pick<ModelState, "plan" | "weights" | "description">,
  dataset: Dataset,
  options: ThresholdOptions = {},
): Evaluation {
  const { threshold } = knownThreshold("evaluate", options);
  const { task, labelNames } = state.description;
  const labels = labelsFor(state.description, dataset);
  // Before the work.
  requireThreshold(threshold, task, hasProbabilities(state));
  const outputs = modelOutputs(state, dataset);
  return evaluatePredictions({
    task,
    labelNames,
    labels,
    outputs,
    probabilities: probabilitiesFrom(state, outputs),
    ...given({ threshold }),
  });
}

/**
 * How good predictions are.
 *
 * @throws ExpungeError E_DATA for lengths, labels or numbers that do not fit, E_OPTION for a threshold where there is none to choose
 */
export function evaluatePredictions(predictions: Predictions): Evaluation {
  requirePredictions(predictions);
  if (predictions.task === "regression") return evaluateRegression(predictions);
  return predictions.task === "binary" ? evaluateBinary(predictions) : evaluateMulticlass(predictions);
}

function evaluateRegression({ labels, outputs }: Predictions): RegressionEvaluation {
  const scores = regressionScores(labels, outputs as ArrayLike<number>);
  return Object.freeze({ ...scores, notes: regressionNotes(scores) });
}
