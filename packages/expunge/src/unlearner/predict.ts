import type { Dataset, ScaledRows } from "../data/dataset.js";
import { inOwnUnits, OWN_UNITS } from "../data/label-scaling.js";
import { scaleRows } from "../data/scale-rows.js";
import { ExpungeError } from "../errors.js";
import { mapRowInto, rowMapperOf } from "../features/index.js";
import { given } from "../given.js";
import { classOf, definitionOf, objectiveFrom } from "../objective/index.js";
import type { SparseRows } from "../records/sparse-rows.js";
import { labelsFor } from "./known-labels.js";
import { knownThreshold, requireThreshold, type ThresholdOptions } from "./metrics-input.js";
import type { DataDescription, ModelState } from "./model-state.js";

/** Rows to predict: a data set scaled as the training data were, or raw rows (scaled here, the intercept added). */
export type PredictionRows = Dataset | ScaledRows | readonly ArrayLike<number>[];

/** What of a model predicts. */
export type PredictionState = Pick<ModelState, "plan" | "weights" | "description">;

/**
 * What a model says of rows, row-major, rowCount x outputCount: linear outputs, with the objective's offset, in the labels' own units for
 * regression.
 *
 * @throws ExpungeError E_DATA where the rows do not fit the model
 */
export function modelOutputs(state: PredictionState, rows: PredictionRows): Float64Array {
  const outputs = linearOutputs(state, rows);
  const { task, offset } = objectiveFrom(state.plan.objective);
  const shifted = offset === 0 ? outputs : outputs.map((output) => output + offset);
  return task === "regression" ? inOwnUnits(shifted, state.description.labelScaling) : shifted;
}

/** Linear outputs, row-major, rowCount x outputCount. @throws ExpungeError E_DATA where the rows do not fit the model */
function linearOutputs(state: PredictionState, rows: PredictionRows): Float64Array {
  const { rowCount, features, sparse } = scaledRows(state, rows);
  const { plan, weights } = state;
  const { outputCount } = plan;
  const outputs = new Float64Array(rowCount * outputCount);
  if (sparse && !plan.features) addSparse(sparse, weights, plan, outputs);
  else if (plan.features) {
    const mapper = rowMapperOf(plan.features);
    const mapped = new Float32Array(plan.featureCount);
    const held = { features, featureCount: inputCountOf(plan), ...given({ sparse }) };
    for (let i = 0; i < rowCount; i++) {
      mapRowInto(mapper, held, i, mapped);
      addRow(mapped, 0, weights, plan, outputs, i * outputCount);
    }
  } else
    for (let i = 0; i < rowCount; i++)
      addRow(features, i * plan.featureCount, weights, plan, outputs, i * outputCount);
  return outputs;
}

type Shape = Pick<PredictionState["plan"], "featureCount" | "outputCount">;

/** Where a row begins, and its outputs: an array for each row would take as long as its products. */
function addRow(
  rows: Float32Array,
  first: number,
  weights: Float64Array,
  { featureCount, outputCount }: Shape,
  outputs: Float64Array,
  at: number,
): void {
  for (let j = 0; j < outputCount; j++) {
    const start = j * featureCount;
    let sum = 0;
    for (let k = 0; k < featureCount; k++) sum += rows[first + k]! * weights[start + k]!;
    outputs[at + j] = sum;
  }
}

/** The same sums without the products by 0: to the same bits. */
function addSparse(
  { starts, columns, values }: SparseRows,
  weights: Float64Array,
  { featureCount, outputCount }: Shape,
  outputs: Float64Array,
): void {
  for (let at = 0; at < outputs.length; at++) {
    const row = Math.floor(at / outputCount);
    const start = (at % outputCount) * featureCount;
    let sum = 0;
    for (let i = starts[row]!; i < starts[row + 1]!; i++) sum += values[i]! * weights[start + columns[i]!]!;
    outputs[at] = sum;
  }
}

/**
 * Predicted labels in the data set's own coding: -1/+1, class numbers, or values in the labels' own units.
 *
 * @throws ExpungeError E_OPTION for a threshold where there is none to choose, or an unknown option
 */
export function predict(
  state: PredictionState,
  rows: PredictionRows,
  options: ThresholdOptions = {},
): Float64Array {
  const { threshold } = knownThreshold("predict", options);
  requireThreshold(threshold, state.description.task, hasProbabilities(state));
  return labelsFrom(state, modelOutputs(state, rows), threshold);
}

/** The labels of `predict` from the outputs of `modelOutputs`. */
export function labelsFrom(state: PredictionState, outputs: Float64Array, threshold = 0.5): Float64Array {
  const { outputCount } = state.plan;
  const { task } = state.description;
  if (task === "regression") return outputs;
  const least = Math.log(threshold / (1 - threshold));
  if (task === "binary") return outputs.map((output) => (output >= least ? 1 : -1));
  return Float64Array.from({ length: outputs.length / outputCount }, (_, i) =>
    argMax(outputs.subarray(i * outputCount, (i + 1) * outputCount)),
  );
}

/**
 * What the data called predicted labels.
 *
 * @param labels of `predict`
 * @returns one name a row
 * @throws ExpungeError E_OPTION for regression, whose values have no names
 */
export function namesOf(
  { task, labelNames }: Pick<DataDescription, "task" | "labelNames">,
  labels: ArrayLike<number>,
): string[] {
  if (task === "regression")
    throw new ExpungeError("E_OPTION", "A regression predicts values, which have no names; use predict.");
  return Array.from(labels, (label) => labelNames[classOf(task, label)]!);
}

/**
 * Probabilities: of the positive label (rowCount numbers) for two classes, of each class (rowCount x classCount) for more.
 *
 * @throws ExpungeError E_OPTION for objectives that have none
 */
export function predictProbability(state: PredictionState, rows: PredictionRows): Float64Array {
  const probabilities = probabilitiesFrom(state, modelOutputs(state, rows));
  if (probabilities !== null) return probabilities;
  const { kind } = state.plan.objective;
  throw new ExpungeError("E_OPTION", `Objective ${kind} gives no probabilities; use predict.`);
}

/** Whether a model's outputs stand for probabilities. */
export function hasProbabilities({ plan }: Pick<PredictionState, "plan">): boolean {
  return definitionOf(plan.objective.kind).hasProbabilities;
}

/** The probabilities of `predictProbability` from the outputs of `modelOutputs`; null where there are none. */
export function probabilitiesFrom(state: PredictionState, outputs: Float64Array): Float64Array | null {
  if (!hasProbabilities(state)) return null;
  const { outputCount } = state.plan;
  if (state.description.task === "binary") return outputs.map((output) => 1 / (1 + Math.exp(-output)));
  const shares = outputs.slice();
  for (let i = 0; i < shares.length; i += outputCount) softmaxInPlace(shares.subarray(i, i + outputCount));
  return shares;
}

/** Share of rows predicted right; for regression the coefficient of determination R^2. @throws ExpungeError E_DATA */
export function score(state: PredictionState, dataset: Dataset): number {
  const labels = labelsFor(state.description, dataset);
  const predicted = predict(state, dataset);
  if (state.description.task === "regression") return determination(predicted, labels);
  let right = 0;
  for (let i = 0; i < predicted.length; i++) if (predicted[i] === labels[i]) right++;
  return right / predicted.length;
}

/** Mean loss over rows, without the regulariser; of a regression in the model's own scale. @throws ExpungeError E_DATA */
export function meanLoss(state: PredictionState, dataset: Dataset): number {
  const objective = objectiveFrom(state.plan.objective);
  const outputs = linearOutputs(state, dataset);
  const { outputCount } = state.plan;
  const { centre, scale } = state.description.labelScaling ?? OWN_UNITS;
  const labels = labelsFor(state.description, dataset);
  let sum = 0;
  for (let i = 0; i < dataset.rowCount; i++) {
    const label = (labels[i]! - centre) / scale;
    sum += objective.loss(outputs.subarray(i * outputCount, (i + 1) * outputCount), label);
  }
  return sum / dataset.rowCount;
}

/** Columns of a scaled row, before it is mapped. */
export function inputCountOf({ featureCount, features }: PredictionState["plan"]): number {
  return features?.inputCount ?? featureCount;
}

type Scaled = Pick<ScaledRows, "rowCount" | "features" | "sparse">;

function scaledRows({ plan, description }: PredictionState, rows: PredictionRows): Scaled {
  const inputCount = inputCountOf(plan);
  if (!("scaling" in rows)) {
    const features = scaleRows(rows, description.scaling, inputCount, "prediction rows");
    return { rowCount: rows.length, features };
  }
  const { kind, intercept } = rows.scaling;
  const fits =
    rows.featureCount === inputCount &&
    kind === description.scaling.kind &&
    intercept === description.scaling.intercept &&
    rows.schemaDigest === description.schemaDigest;
  if (fits) return rows;
  throw new ExpungeError(
    "E_DATA",
    `The data set does not fit the model: expected ${inputCount} features, scaling ${description.scaling.kind}, intercept ${description.scaling.intercept}, schema ${description.schemaDigest ?? "none"}; found ${rows.featureCount}, ${kind}, ${intercept}, ${rows.schemaDigest ?? "none"}.`,
  );
}

function argMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function softmaxInPlace(values: Float64Array): void {
  const largest = values.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i]! - largest);
  for (let i = 0; i < values.length; i++) values[i]! /= sum;
}

function determination(predicted: Float64Array, labels: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < labels.length; i++) mean += labels[i]! / labels.length;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    residual += (labels[i]! - predicted[i]!) ** 2;
    total += (labels[i]! - mean) ** 2;
  }
  return 1 - residual / total;
}
