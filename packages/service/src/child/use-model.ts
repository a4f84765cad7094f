import { type Evaluation, ExpungeError, evaluatePredictions } from "expunge";
import {
  labelsFrom,
  modelOutputs,
  namesOf,
  type PredictionRows,
  type PredictionState,
  probabilitiesFrom,
} from "expunge/process";

/* What a model says of rows: computed by a child where there are many of them. */

type Rows = readonly (readonly number[])[];

/** Labels, their names but for regression, and probabilities where the objective has them. */
export interface Predictions {
  readonly labels: readonly number[];
  readonly names: readonly string[] | null;
  readonly probabilities: readonly number[] | null;
}

/** @param rows raw: scaled as the training data were @throws ExpungeError E_DATA */
export const predictRows = (model: PredictionState, rows: Rows): Predictions => predictOf(model, rows);

/** @param rows raw, or scaled as the training data were @throws ExpungeError E_DATA */
export function predictOf(model: PredictionState, rows: PredictionRows): Predictions {
  const outputs = modelOutputs(model, rows);
  const probabilities = probabilitiesFrom(model, outputs);
  const labels = [...labelsFrom(model, outputs)];
  const { description } = model;
  return {
    labels,
    names: description.task === "regression" ? null : namesOf(description, labels),
    probabilities: probabilities && [...probabilities],
  };
}

/**
 * How good a model is on labelled rows, raw as `predictRows` takes them.
 *
 * @param labels in the data set's own coding: -1/+1, class numbers, or values in their own units
 * @throws ExpungeError E_DATA; E_OPTION where there is not one label a row
 */
export function evaluateRows(model: PredictionState, rows: Rows, labels: readonly number[]): Evaluation {
  if (rows.length !== labels.length)
    throw new ExpungeError("E_OPTION", `Expected ${rows.length} labels, one a row, found ${labels.length}.`);
  const { task, labelNames } = model.description;
  const outputs = modelOutputs(model, rows);
  const probabilities = probabilitiesFrom(model, outputs);
  return boundedEvaluation(evaluatePredictions({ task, labelNames, labels, outputs, probabilities }));
}

/** Classes up to which an evaluation has the confusion matrix, and up to which it has numbers for each. */
const MAX_CONFUSED = 20;
const MAX_LISTED = 100;

/** A hundred classes or ten thousand: what is kept of every release must stay small. */
export function boundedEvaluation(evaluation: Evaluation): Evaluation {
  if (evaluation.task === "regression") return evaluation;
  const { classes, confusion, ...rest } = evaluation;
  return {
    ...rest,
    classes: classes.length > MAX_LISTED ? [] : classes,
    confusion: classes.length > MAX_CONFUSED ? null : confusion,
  };
}
