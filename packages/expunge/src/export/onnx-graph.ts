import type { RowScaling } from "../data/dataset.js";
import { definitionOf } from "../objective/index.js";
import type { Objective } from "../objective/objective.js";
import type { ClassLabels } from "./class-labels.js";
import { DATA_TYPES, type OnnxNode, type OnnxTensor, type OnnxValue, typeOf } from "./onnx-proto.js";

/** Some nodes of a graph, the constants they need, and the name of the value they end in. */
export interface GraphPart {
  readonly result: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

/**
 * A row x of `features`, with the intercept appended, brought to norm <= 1:
 *
 *   r = x / t,   t = max_j |x_j|             every |r_j| <= 1, and its norm is at least 1
 *   l2:    r / |r|
 *   clip:  r / max(|r|, 1 / t)    which is x / max(|x|, 1)
 *
 * Dividing by t first keeps the squares inside float32's range for large and for tiny rows; a row of zeros stays zeros (where
 * packages/expunge/src/data/scale-rows.ts refuses it under "l2", a graph cannot).
 */
export function scalingPart(scaling: RowScaling): GraphPart {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [
    { name: "columns", dims: [1], data: BigInt64Array.of(1n) },
    // The smallest normal float32: only a row of zeros is shorter in every entry, or as good as zeros.
    { name: "tiniest", dims: [], data: Float32Array.of(2 ** -126) },
  ];
  let row = "features";
  if (scaling.intercept !== 0) {
    row = "row";
    // One column behind the last, and no row, filled with the constant.
    initializers.push({ name: "pads", dims: [4], data: BigInt64Array.of(0n, 0n, 0n, 1n) });
    initializers.push({ name: "intercept", dims: [], data: Float32Array.of(scaling.intercept) });
    nodes.push({ opType: "Pad", inputs: ["features", "pads", "intercept"], outputs: [row] });
  }
  nodes.push(
    { opType: "Abs", inputs: [row], outputs: ["magnitudes"] },
    {
      opType: "ReduceMax",
      inputs: ["magnitudes", "columns"],
      outputs: ["largest"],
      attributes: { keepdims: 1 },
    },
    { opType: "Max", inputs: ["largest", "tiniest"], outputs: ["top"] },
    { opType: "Div", inputs: [row, "top"], outputs: ["relative"] },
    {
      opType: "ReduceL2",
      inputs: ["relative", "columns"],
      outputs: ["relative_norm"],
      attributes: { keepdims: 1 },
    },
  );
  let least = "tiniest";
  if (scaling.kind === "clip") {
    least = "least";
    nodes.push({ opType: "Reciprocal", inputs: ["top"], outputs: [least] });
  }
  nodes.push(
    { opType: "Max", inputs: ["relative_norm", least], outputs: ["divisor"] },
    { opType: "Div", inputs: ["relative", "divisor"], outputs: ["scaled"] },
  );
  return { result: "scaled", nodes, initializers };
}

/** A row's outputs: <weights, row> + offset, the offset where there is one output. */
export interface LinearMap {
  readonly weights: Float64Array;
  readonly featureCount: number;
  readonly offset: number;
}

/**
 * The objective's outputs of the rows named `rows`, and what they mean.
 *
 * @param labels of the classes: [negative, positive], or by class number
 */
export function predictionPart(
  objective: Objective,
  map: LinearMap,
  rows: string,
  labels: ClassLabels,
): GraphPart & { readonly outputs: readonly OnnxValue[] } {
  switch (objective.task) {
    case "binary":
      return definitionOf(objective.spec.kind).hasProbabilities
        ? binaryPart("probability", "Sigmoid", map, rows, labels)
        : // A score is the linear output itself; Identity gives the graph output its name.
          binaryPart("score", "Identity", map, rows, labels);
    case "multiclass":
      return softmaxPart(map, rows, labels);
    case "regression":
      return {
        result: "value",
        nodes: linearNodes(rows, "value"),
        initializers: linearInitializers(map),
        outputs: [{ name: "value", type: "float", dims: ["N"] }],
      };
  }
}

/** <row, weights> + offset of each row, as [N]. MatMul with a vector would do it in one node, but runtimes refuse it an empty batch. */
function linearNodes(rows: string, result: string): OnnxNode[] {
  return [
    { opType: "Gemm", inputs: [rows, "weights", "offset"], outputs: [`${result}_column`] },
    { opType: "Squeeze", inputs: [`${result}_column`, "output_axis"], outputs: [result] },
  ];
}

function linearInitializers({ weights, featureCount, offset }: LinearMap): OnnxTensor[] {
  return [
    { name: "weights", dims: [featureCount, 1], data: Float32Array.from(weights) },
    { name: "offset", dims: [1], data: Float32Array.of(offset) },
    { name: "output_axis", dims: [1], data: BigInt64Array.of(1n) },
  ];
}

function binaryPart(name: string, opType: string, map: LinearMap, rows: string, labels: ClassLabels) {
  const label = labelPart(labels);
  return {
    result: name,
    nodes: [
      ...linearNodes(rows, "output"),
      { opType, inputs: ["output"], outputs: [name] },
      { opType: "GreaterOrEqual", inputs: ["output", "zero"], outputs: ["is_positive"] },
      {
        opType: "Cast",
        inputs: ["is_positive"],
        outputs: ["class"],
        attributes: { to: DATA_TYPES.int64 },
      },
      label.node,
    ],
    initializers: [
      ...linearInitializers(map),
      { name: "zero", dims: [], data: Float32Array.of(0) },
      label.initializer,
    ],
    outputs: [{ name, type: "float" as const, dims: ["N"] }, label.output],
  };
}

function softmaxPart({ weights, featureCount }: LinearMap, rows: string, labels: ClassLabels) {
  const label = labelPart(labels);
  const classCount = labels.length;
  return {
    result: "probabilities",
    nodes: [
      // Y = A B^T: the weights keep their shape of classes x features.
      { opType: "Gemm", inputs: [rows, "weights"], outputs: ["outputs"], attributes: { transB: 1 } },
      { opType: "Softmax", inputs: ["outputs"], outputs: ["probabilities"], attributes: { axis: 1 } },
      { opType: "ArgMax", inputs: ["outputs"], outputs: ["class"], attributes: { axis: 1, keepdims: 0 } },
      label.node,
    ],
    initializers: [
      { name: "weights", dims: [classCount, featureCount], data: Float32Array.from(weights) },
      label.initializer,
    ],
    outputs: [{ name: "probabilities", type: "float" as const, dims: ["N", classCount] }, label.output],
  };
}

/** From the number of each row's class to its label. */
function labelPart(labels: ClassLabels) {
  return {
    node: { opType: "Gather", inputs: ["class_labels", "class"], outputs: ["label"] },
    initializer: { name: "class_labels", dims: [labels.length], data: labels },
    output: { name: "label", type: typeOf(labels), dims: ["N"] },
  };
}
