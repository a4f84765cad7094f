import type { RowScaling } from "../data/dataset.js";
import { type LabelScaling, OWN_UNITS } from "../data/label-scaling.js";
import { objectiveFrom } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { classLabels } from "./class-labels.js";
import { encodeNpz, type NumpyArray } from "./npy.js";

export interface ScikitLearnModel {
  readonly objective: ObjectiveSpec;
  /** outputCount x featureCount, row-major. */
  readonly weights: Float64Array;
  /** Columns of the weights, the intercept's among them. */
  readonly featureCount: number;
  /** [negative, positive] for binary, by index for multiclass, [] for regression. */
  readonly labelNames: readonly string[];
  readonly labelScaling?: LabelScaling | undefined;
  /** Of all columns, or null. */
  readonly featureNames: readonly string[] | null;
  readonly scaling: RowScaling;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A model as a .npz file whose arrays have the names and shapes that scikit-learn's linear models use, for rows encoded and scaled as
 * `expunge encode` writes them (docs/exports.md):
 *
 *   objective      text: its name
 *   coef           float64 [1, columns] for two classes, [C, columns] for C of them, [columns] for regression
 *   intercept      float64 [1], [C] or []: the objective's offset, of a regression its centre, else 0
 *   classes        int64 or text [2], the second one where the output is positive, or [C], one a row of coef; none for regression
 *   feature_names  text [columns], where they are known
 *   row_scaling    text: l2 or clip; row_intercept: float64, the constant feature before scaling, the last column; 0 for none
 *   metadata       text: JSON
 *
 * A regression's weights are in the labels' own units. Softmax of two classes is the logistic model of the difference of their weights, which is the
 * same law and the form that scikit-learn has for it.
 *
 * Rounding: float64, one rounding a weight where one is computed here.
 */
export function encodeScikitLearn(model: ScikitLearnModel): Uint8Array {
  const { objective, featureNames, scaling, metadata } = model;
  const text = (value: string): NumpyArray => ({ shape: [], data: [value] });
  return encodeNpz({
    objective: text(objective.kind),
    ...linearArrays(model),
    ...(featureNames === null ? {} : { feature_names: { shape: [featureNames.length], data: featureNames } }),
    row_scaling: text(scaling.kind),
    row_intercept: { shape: [], data: Float64Array.of(scaling.intercept) },
    metadata: text(JSON.stringify(metadata)),
  });
}

function linearArrays(model: ScikitLearnModel): Record<string, NumpyArray> {
  const { weights, featureCount, labelNames, labelScaling = OWN_UNITS } = model;
  const { task, outputCount, offset } = objectiveFrom(model.objective);
  if (task === "regression") {
    const { centre, scale } = labelScaling;
    return {
      coef: { shape: [featureCount], data: weights.map((weight) => weight * scale) },
      intercept: { shape: [], data: Float64Array.of(centre + scale * offset) },
    };
  }
  const isPair = task === "multiclass" && outputCount === 2;
  const coef = isPair ? differenceOf(weights) : weights;
  const rowCount = isPair ? 1 : outputCount;
  return {
    coef: { shape: [rowCount, featureCount], data: coef },
    intercept: { shape: [rowCount], data: new Float64Array(rowCount).fill(offset) },
    classes: { shape: [labelNames.length], data: classLabels(labelNames) },
  };
}

/** The second of two rows less the first. */
function differenceOf(weights: Float64Array): Float64Array {
  const half = weights.length / 2;
  return Float64Array.from({ length: half }, (_, k) => weights[half + k]! - weights[k]!);
}
