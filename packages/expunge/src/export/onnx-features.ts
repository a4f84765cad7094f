import { gatesOf, wavesOf } from "../features/row-mapper.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import type { GraphPart } from "./onnx-graph.js";
import { DATA_TYPES, type OnnxNode, type OnnxTensor } from "./onnx-proto.js";

/**
 * What a map makes of the scaled rows named `rows` (packages/expunge/src/features/row-mapper.ts), scaled to norm at most 1:
 *
 *   fourier      cos(2 pi (rows turns + starts)) height, and nothing of a row of zeros
 *   gated-relu   [gates rows >= 0] rows / sqrt(P)
 */
export function mapPart(map: FeatureMap, rows: string): GraphPart {
  const { nodes, initializers } = map.kind === "fourier" ? fourierPart(map, rows) : gatedPart(map, rows);
  return {
    result: "mapped",
    nodes: [
      ...nodes,
      {
        opType: "ReduceL2",
        inputs: ["long", "feature_axis"],
        outputs: ["long_norm"],
        attributes: { keepdims: 1 },
      },
      { opType: "Max", inputs: ["long_norm", "one"], outputs: ["long_divisor"] },
      { opType: "Div", inputs: ["long", "long_divisor"], outputs: ["mapped"] },
    ],
    initializers: [
      ...initializers,
      { name: "feature_axis", dims: [1], data: BigInt64Array.of(1n) },
      { name: "one", dims: [], data: Float32Array.of(1) },
    ],
  };
}

interface Part {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

function fourierPart(map: FeatureMap, rows: string): Part {
  const { inputCount, count } = map;
  const { turns, starts } = wavesOf(map);
  const angles = (numbers: ArrayLike<number>) => Float32Array.from(numbers, (turn) => 2 * Math.PI * turn);
  return {
    nodes: [
      { opType: "Gemm", inputs: [rows, "waves", "starts"], outputs: ["angles"] },
      { opType: "Cos", inputs: ["angles"], outputs: ["cosines"] },
      { opType: "Abs", inputs: [rows], outputs: ["sizes"] },
      {
        opType: "ReduceMax",
        inputs: ["sizes", "feature_axis"],
        outputs: ["size"],
        attributes: { keepdims: 1 },
      },
      // 0 for a row of zeros, else 1.
      { opType: "Sign", inputs: ["size"], outputs: ["is_there"] },
      { opType: "Mul", inputs: ["is_there", "height"], outputs: ["heights"] },
      { opType: "Mul", inputs: ["cosines", "heights"], outputs: ["long"] },
    ],
    initializers: [
      { name: "waves", dims: [inputCount, count], data: angles(turns) },
      { name: "starts", dims: [count], data: angles(starts) },
      { name: "height", dims: [], data: Float32Array.of(Math.sqrt(2 / count)) },
    ],
  };
}

function gatedPart(map: FeatureMap, rows: string): Part {
  const { inputCount, count } = map;
  return {
    nodes: [
      {
        opType: "Gemm",
        inputs: [rows, "gates"],
        outputs: ["sides"],
        attributes: { transB: 1 },
      },
      { opType: "GreaterOrEqual", inputs: ["sides", "middle"], outputs: ["is_open"] },
      { opType: "Cast", inputs: ["is_open"], outputs: ["open"], attributes: { to: DATA_TYPES.float } },
      { opType: "Unsqueeze", inputs: ["open", "gate_axis"], outputs: ["open_gates"] },
      { opType: "Mul", inputs: [rows, "share"], outputs: ["shared"] },
      { opType: "Unsqueeze", inputs: ["shared", "feature_axis"], outputs: ["shared_rows"] },
      { opType: "Mul", inputs: ["open_gates", "shared_rows"], outputs: ["gated"] },
      { opType: "Reshape", inputs: ["gated", "flat"], outputs: ["long"] },
    ],
    initializers: [
      { name: "gates", dims: [count, inputCount], data: gatesOf(map) },
      { name: "middle", dims: [], data: Float32Array.of(0) },
      { name: "share", dims: [], data: Float32Array.of(1 / Math.sqrt(count)) },
      { name: "gate_axis", dims: [1], data: BigInt64Array.of(2n) },
      // An empty batch has no numbers from which a dimension could follow.
      { name: "flat", dims: [2], data: BigInt64Array.of(-1n, BigInt(mappedCountOf(map))) },
    ],
  };
}
