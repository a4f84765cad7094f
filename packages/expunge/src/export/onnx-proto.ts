import { PbfWriter } from "pbf";

/**
 * The part of ONNX's protocol buffer messages that a linear model needs, written by field number.
 *
 * Source: github.com/onnx/onnx, onnx/onnx.proto3 (field numbers have not changed since IR version 3).
 */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly docString: string;
  readonly graph: OnnxGraph;
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integer attributes only: no operator here needs another kind. */
  readonly attributes?: Readonly<Record<string, number>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | readonly string[];
}

/** A graph input or output. A dimension that is a string is free and carries that name. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof DATA_TYPES;
  readonly dims: readonly (number | string)[];
}

/** TensorProto.DataType. */
export const DATA_TYPES = { float: 1, int64: 7, string: 8 } as const;
/** AttributeProto.AttributeType.INT. */
const ATTRIBUTE_INT = 2;

/** A serialised ModelProto. The same model gives the same bytes. */
export function encodeModelProto(model: OnnxModel): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, model.irVersion);
  pbf.writeStringField(2, model.producerName);
  pbf.writeStringField(3, model.producerVersion);
  pbf.writeStringField(6, model.docString);
  pbf.writeMessage(7, writeGraph, model.graph);
  pbf.writeMessage(8, writeOperatorSet, model.opset);
  for (const entry of model.metadata) pbf.writeMessage(14, writeStringEntry, entry);
  return pbf.finish();
}

function writeGraph(graph: OnnxGraph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, graph.name);
  for (const tensor of graph.initializers) pbf.writeMessage(5, writeTensor, tensor);
  for (const value of graph.inputs) pbf.writeMessage(11, writeValueInfo, value);
  for (const value of graph.outputs) pbf.writeMessage(12, writeValueInfo, value);
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
  for (const name of node.inputs) pbf.writeStringField(1, name);
  for (const name of node.outputs) pbf.writeStringField(2, name);
  // A node is named for what it makes; ONNX wants these names unique, and so are its values'.
  pbf.writeStringField(3, `make_${node.outputs[0]}`);
  pbf.writeStringField(4, node.opType);
  for (const entry of Object.entries(node.attributes ?? {})) pbf.writeMessage(5, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, number], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeVarintField(3, value);
  pbf.writeVarintField(20, ATTRIBUTE_INT);
}

function writeTensor({ name, dims, data }: OnnxTensor, pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, DATA_TYPES[typeOf(data)]);
  // Texts have a field of their own; raw_data is for numbers.
  if (isTexts(data)) for (const text of data) pbf.writeStringField(6, text);
  pbf.writeStringField(8, name);
  if (!isTexts(data)) pbf.writeBytesField(9, rawData(data));
}

/** The type of a tensor's elements. */
export function typeOf(data: OnnxTensor["data"]): OnnxValue["type"] {
  if (isTexts(data)) return "string";
  return data instanceof Float32Array ? "float" : "int64";
}

function isTexts(data: OnnxTensor["data"]): data is readonly string[] {
  return Array.isArray(data);
}

/** raw_data is little-endian whatever the processor. */
function rawData(data: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float32Array) data.forEach((value, i) => void view.setFloat32(4 * i, value, true));
  else data.forEach((value, i) => void view.setBigInt64(8 * i, value, true));
  return bytes;
}

/** ValueInfoProto { name = 1, type = 2: TypeProto { tensor_type = 1: { elem_type = 1, shape = 2: { dim = 1 } } } }. */
function writeValueInfo(value: OnnxValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name);
  pbf.writeMessage(2, writeType, value);
}

function writeType(value: OnnxValue, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value);
}

function writeTensorType(value: OnnxValue, pbf: PbfWriter): void {
  pbf.writeVarintField(1, DATA_TYPES[value.type]);
  pbf.writeMessage(2, writeShape, value.dims);
}

function writeShape(dims: OnnxValue["dims"], pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeMessage(1, writeDimension, dim);
}

function writeDimension(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === "number") pbf.writeVarintField(1, dim);
  else pbf.writeStringField(2, dim);
}

function writeOperatorSet(version: number, pbf: PbfWriter): void {
  // The empty domain is ONNX's own operators.
  pbf.writeStringField(1, "");
  pbf.writeVarintField(2, version);
}

function writeStringEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}
