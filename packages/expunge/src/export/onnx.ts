import type { RowScaling } from "../data/dataset.js";
import type { LabelScaling } from "../data/label-scaling.js";
import { ExpungeError, optionError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import type { Objective, ObjectiveSpec } from "../objective/objective.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { VERSION } from "../version.js";
import { classLabels } from "./class-labels.js";
import { mapPart } from "./onnx-features.js";
import { type GraphPart, type LinearMap, predictionPart, scalingPart } from "./onnx-graph.js";
import { encodeModelProto, type OnnxValue } from "./onnx-proto.js";

/** What an ONNX file of a model is made from. */
export interface OnnxOptions {
  readonly objective: ObjectiveSpec;
  /** outputCount x featureCount, row-major. */
  readonly weights: Float64Array;
  /** Columns of the weights: of a mapped row where there is a map, else of a scaled one, the intercept's among them. */
  readonly featureCount: number;
  /** The plan's map, which becomes part of the graph; left out where the model is linear in the row itself. */
  readonly features?: FeatureMap;
  /** [negative, positive] for binary, by index for multiclass, [] for regression: what `label` says, and in the metadata. */
  readonly labelNames: readonly string[];
  /**
   * The row scaling to build into the model, which then takes rows as they were before scaling, without the intercept
   * column: one number less where there is an intercept. null: the model takes rows already scaled.
   */
  readonly scaling?: RowScaling | null;
  /** Regression: `value` comes in the labels' own units, centre + scale times the linear output; default: the linear output itself. */
  readonly labelScaling?: LabelScaling;
  /** In the order of the input's columns: written into the metadata. */
  readonly featureNames?: readonly string[] | null;
  /** Further metadata, such as the digest of the schema or of the certificate. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Opset 18 of February 2023: the first where ReduceMax takes its axes as an input, as it has done since. */
const OPSET = 18;
const IR_VERSION = 8;

/**
 * A model as an ONNX file that any runtime of opset 18 or later can run, in float32.
 *
 *   input              features        float [N, columns]
 *   binary             probability     float [N]   of the positive class      label  [N]
 *                      or score        float [N]   where the objective has no probabilities
 *   multiclass         probabilities   float [N, C]                           label  [N]
 *   regression         value           float [N]
 *
 * A label is what the data called it: int64 where all of them are whole numbers, else string; so does skl2onnx. Class numbers of
 * `probabilities` are in the order of `labelNames`. An output of exactly 0 is labelled positive, and of equal classes the first wins, as in packages/expunge/src/unlearner/predict.ts.
 *
 * Rounding: weights and arithmetic are float32: relative error about 1e-7 a term of the sum. A gate may open otherwise than in Expunge where a row lies within
 * that of it.
 * @throws ExpungeError E_MODEL for weights of the wrong size or not finite, E_OPTION for a bad objective or options
 */
export function encodeOnnx(options: OnnxOptions): Uint8Array {
  const { featureCount, features: map, scaling = null } = options;
  const objective = objectiveFrom(options.objective);
  requireWeights(options.weights, objective.outputCount, featureCount);
  if (map && mappedCountOf(map) !== featureCount)
    throw optionError("featureCount", featureCount, `to be the map's ${mappedCountOf(map)}`);
  const inputCount =
    (map?.inputCount ?? featureCount) - (scaling !== null && scaling.intercept !== 0 ? 1 : 0);
  requireOptions(options, objective, inputCount);
  const linear = weightsInOwnUnits(options, objective);
  requireFloats(linear);

  const features: OnnxValue = { name: "features", type: "float", dims: ["N", inputCount] };
  const scaled: GraphPart =
    scaling === null ? { result: "features", nodes: [], initializers: [] } : scalingPart(scaling);
  const mapped: GraphPart =
    map === undefined ? { result: scaled.result, nodes: [], initializers: [] } : mapPart(map, scaled.result);
  const predicted = predictionPart(objective, linear, mapped.result, classLabels(options.labelNames));
  return encodeModelProto({
    irVersion: IR_VERSION,
    opset: OPSET,
    producerName: "expunge",
    producerVersion: VERSION,
    docString: `${map ? `Model of ${map.kind} features` : "Linear model"} (${objective.spec.kind}) trained by certified unlearning; ${
      scaling === null ? "rows must come scaled to norm at most 1" : "rows are scaled inside the model"
    }.`,
    graph: {
      name: "expunge",
      nodes: [...scaled.nodes, ...mapped.nodes, ...predicted.nodes],
      initializers: [...scaled.initializers, ...mapped.initializers, ...predicted.initializers],
      inputs: [features],
      outputs: predicted.outputs,
    },
    metadata: metadataFor(options),
  });
}

/** What turns a row into the output: of a regression in the labels' own units. */
function weightsInOwnUnits(
  { weights, labelScaling, featureCount }: OnnxOptions,
  { task, offset }: Objective,
): LinearMap {
  if (task !== "regression" || labelScaling === undefined) return { weights, featureCount, offset };
  const { centre, scale } = labelScaling;
  return { weights: weights.map((weight) => weight * scale), featureCount, offset: centre + scale * offset };
}

function metadataFor(options: OnnxOptions): (readonly [string, string])[] {
  const { objective, scaling = null, labelNames, features, featureNames = null, metadata = {} } = options;
  const entries: Record<string, string> = {
    ...metadata,
    "expunge.version": VERSION,
    "expunge.objective": JSON.stringify(objective),
    "expunge.labelNames": JSON.stringify(labelNames),
    "expunge.scaling": JSON.stringify(scaling),
    ...(features === undefined ? {} : { "expunge.features": JSON.stringify(features) }),
    ...(featureNames === null ? {} : { "expunge.featureNames": JSON.stringify(featureNames) }),
    producer: "expunge",
  };
  return Object.keys(entries)
    .sort()
    .map((key) => [key, entries[key]!] as const);
}

function requireWeights(weights: Float64Array, outputCount: number, featureCount: number): void {
  const expected = outputCount * featureCount;
  if (!Number.isSafeInteger(featureCount) || featureCount < 1 || weights.length !== expected) {
    throw new ExpungeError(
      "E_MODEL",
      `Expected ${outputCount} x ${featureCount} = ${expected} weights, found ${weights.length}.`,
      { expected, found: weights.length },
    );
  }
}

/** Beyond the largest float32 a number would turn into Infinity on the way out. */
function requireFloats({ weights, offset }: LinearMap): void {
  const isFloat = (number: number): boolean => Number.isFinite(Math.fround(number));
  const bad = weights.findIndex((weight) => !isFloat(weight));
  if (bad < 0 && isFloat(offset)) return;
  const name = bad < 0 ? "offset" : `weight ${bad}`;
  throw new ExpungeError(
    "E_MODEL",
    `Expected ${name} = ${bad < 0 ? offset : weights[bad]} to be finite in float32.`,
    bad < 0 ? { field: "offset" } : { index: bad },
  );
}

function requireOptions(
  { scaling, featureNames, labelNames }: OnnxOptions,
  { task, outputCount }: Objective,
  inputCount: number,
): void {
  if (
    scaling &&
    ((scaling.kind !== "l2" && scaling.kind !== "clip") || !Number.isFinite(scaling.intercept))
  ) {
    throw optionError("scaling", JSON.stringify(scaling), 'to be {kind: "l2" | "clip", intercept: number}');
  }
  if (inputCount < 1) throw optionError("featureCount", 1, "to leave a column beside the intercept");
  if (featureNames && featureNames.length !== inputCount) {
    throw optionError("featureNames.length", featureNames.length, `to be ${inputCount}`);
  }
  const labelCount = { binary: 2, multiclass: outputCount, regression: 0 }[task];
  if (labelNames.length !== labelCount)
    throw optionError("labelNames.length", labelNames.length, `to be ${labelCount}`);
}
