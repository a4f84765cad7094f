import { singleOutputCoefficients64, softmaxCoefficients64 } from "./coefficients64";
import { rowAt, rowEnd } from "./columns";
import { COEFFICIENT_SUM, COLUMNS, GRADIENT, GRADIENT_WEIGHTS, LABELS, LIMITS, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, SCALE, SHAPE, WEIGHTS } from "./context";
import { laneSum } from "./projection";

/*
 * Sparse rows in groups of four (sparse.ts): their outputs, coefficients and gradients.
 */

const SOFTMAX = 1;
/** Bytes of the numbers of a group's four rows. */
const VECTOR: usize = 32;

/** Address of a row's number of an output: a vector for each output. */
// @ts-ignore: decorator
@inline
export function numberOf(outputs: usize, output: i32, row: i32): usize {
  return outputs + <usize>output * VECTOR + ((<usize>row) << 3);
}

/** Adds the clipped gradients of four rows to the sums. */
export function addGroup(context: usize, firstRow: i32): void {
  readGroup(context, firstRow);
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  let sums = load<usize>(context, GRADIENT);
  for (let output = 0; output < count; output++) {
    for (let i = 0; i < 4; i++) addRow(context, firstRow + i, numberOf(outputs, output, i), sums);
    sums += bytes;
  }
}

/** From four rows to their coefficients, which are left in OUTPUTS. */
export function readGroup(context: usize, firstRow: i32): void {
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  let weights = load<usize>(context, WEIGHTS);
  for (let output = 0; output < count; output++) {
    for (let i = 0; i < 4; i++) dotRow(context, firstRow + i, weights, numberOf(outputs, output, i));
    weights += bytes;
  }
  coefficientsOfGroup(context, firstRow, outputs);
}

/** Replaces the outputs of four rows by their coefficients. */
export function coefficientsOfGroup(context: usize, firstRow: i32, outputs: usize): void {
  const count = load<i32>(context, OUTPUT_COUNT);
  const end = outputs + <usize>count * VECTOR;
  const row = <usize>firstRow;
  const label = load<usize>(context, LABELS) + (row << 2);
  const limit = load<usize>(context, LIMITS) + (row << 3);
  const objective = load<i32>(context, OBJECTIVE);
  if (objective == SOFTMAX) softmaxCoefficients64(outputs, end, count, label, limit);
  else singleOutputCoefficients64(outputs, end, objective, load<f64>(context, SHAPE), label, limit);
  const gradientWeights = load<usize>(context, GRADIENT_WEIGHTS);
  if (gradientWeights != 0) weighGroup(outputs, end, gradientWeights + (row << 3));
  store<f64>(context, load<f64>(context, COEFFICIENT_SUM) + absoluteSum(outputs, end), COEFFICIENT_SUM);
}

function absoluteSum(at: usize, end: usize): f64 {
  let sum = f64x2.splat(0);
  do {
    sum = f64x2.add(sum, f64x2.add(f64x2.abs(v128.load(at)), f64x2.abs(v128.load(at, 16))));
    at += VECTOR;
  } while (at < end);
  return laneSum(sum);
}

// @ts-ignore: decorator
@inline
export function valueAt(entry: usize, offset: usize): f64 {
  return <f64>load<f32>(entry + offset + 4);
}

/** Writes a row's linear output of some weights. */
export function dotRow(context: usize, row: i32, weights: usize, output: usize): void {
  dotEntries(context, row, weights, output, 0);
}

/** @param shift by which an entry's offset counts more than once: 1 where a weight and its sum stand together */
// @ts-ignore: decorator
@inline
export function dotEntries(context: usize, row: i32, weights: usize, output: usize, shift: usize): void {
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  for (let at = entries; at < last; at += 32) {
    a += load<f64>(weights + (<usize>load<u32>(at) << shift)) * valueAt(at, 0);
    b += load<f64>(weights + (<usize>load<u32>(at, 8) << shift)) * valueAt(at, 8);
    c += load<f64>(weights + (<usize>load<u32>(at, 16) << shift)) * valueAt(at, 16);
    d += load<f64>(weights + (<usize>load<u32>(at, 24) << shift)) * valueAt(at, 24);
  }
  store<f64>(output, (a + b + (c + d)) * load<f64>(context, SCALE));
}

/** Multiplies the coefficients of four rows by the rows' weights: after clipping, so that no gradient grows. */
function weighGroup(outputs: usize, end: usize, weights: usize): void {
  do {
    v128.store(outputs, f64x2.mul(v128.load(outputs), v128.load(weights)));
    v128.store(outputs, f64x2.mul(v128.load(outputs, 16), v128.load(weights, 16)), 16);
    outputs += VECTOR;
  } while (outputs < end);
}

/** Adds a row's gradient, its coefficient times its entries, to sums. */
export function addRow(context: usize, row: i32, coefficient: usize, sums: usize): void {
  const factor = load<f64>(coefficient);
  if (factor == 0) return;
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  // Not four at a time: rows share columns, and processors learn better when to wait if one load meets all that was just stored.
  for (let at = entries; at < last; at += 8) {
    const sum = sums + load<u32>(at);
    store<f64>(sum, load<f64>(sum) + factor * valueAt(at, 0));
  }
}

/** Bytes of one output's weights. */
// @ts-ignore: decorator
@inline
export function columnBytes(context: usize): usize {
  return (<usize>load<i32>(context, COLUMNS)) << 3;
}
