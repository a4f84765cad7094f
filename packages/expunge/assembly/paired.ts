import { rowAt, rowEnd } from "./columns";
import { OUTPUT_COUNT, OUTPUTS, WEIGHTS } from "./context";
import { coefficientsOfGroup, columnBytes, dotEntries, numberOf, valueAt } from "./groups";
import { weightBytes } from "./norm";
import { laneSum } from "./projection";

/*
 * Lazy steps on batches that are not numbered, where a kernel holds its weights for them alone: behind each weight stands its sum of gradients,
 * so that whoever visits one has the other in the same line. A column's offset counts twice. The host writes weights side by side
 * at WEIGHTS, has them spread before the first step of a call, and closed up behind the last. The arithmetic and its order are
 * those of lazy.ts, so the bits are the same.
 */

/** Puts a sum, 0, behind each weight. */
export function spread64(context: usize): void {
  const start = load<usize>(context, WEIGHTS);
  let at = start + weightBytes(context);
  let into = at + (at - start);
  const zero = f64x2.splat(0);
  do {
    at -= 16;
    into -= 32;
    const two = v128.load(at);
    v128.store(into, v128.shuffle<i64>(two, zero, 1, 2), 16);
    v128.store(into, v128.shuffle<i64>(two, zero, 0, 2));
  } while (at > start);
}

/** Puts the weights side by side again. */
export function close64(context: usize): void {
  let into = load<usize>(context, WEIGHTS);
  const end = into + weightBytes(context);
  let at = into;
  do {
    v128.store(into, twoWeights(at));
    at += 32;
    into += 16;
  } while (into < end);
}

/** Two weights that follow one another. */
// @ts-ignore: decorator
@inline
function twoWeights(at: usize): v128 {
  return v128.shuffle<i64>(v128.load(at), v128.load(at, 16), 0, 2);
}

/** Takes a gain times a batch's gradient off the weights. */
export function movePaired(context: usize, firstRow: i32, rowCount: i32, gain: f64): void {
  const end = firstRow + rowCount;
  for (let row = firstRow; row < end; row += 4) addPairedGroup(context, row);
  const bytes = columnBytes(context) << 1;
  const last = load<usize>(context, WEIGHTS) + <usize>load<i32>(context, OUTPUT_COUNT) * bytes;
  for (let row = firstRow; row < end; row++)
    for (let weights = load<usize>(context, WEIGHTS); weights < last; weights += bytes) subtractPairedRow(context, row, weights, gain);
}

function addPairedGroup(context: usize, firstRow: i32): void {
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context) << 1;
  const weights = load<usize>(context, WEIGHTS);
  for (let output = 0; output < count; output++)
    for (let i = 0; i < 4; i++) dotPairedRow(context, firstRow + i, weights + <usize>output * bytes, numberOf(outputs, output, i));
  coefficientsOfGroup(context, firstRow, outputs);
  for (let output = 0; output < count; output++)
    for (let i = 0; i < 4; i++) addPairedRow(context, firstRow + i, numberOf(outputs, output, i), weights + <usize>output * bytes);
}

// @ts-ignore: decorator
@inline
function placeOf(weights: usize, entry: usize): usize {
  return weights + (<usize>load<u32>(entry) << 1);
}

/** As dotRow. */
export function dotPairedRow(context: usize, row: i32, weights: usize, output: usize): void {
  dotEntries(context, row, weights, output, 1);
}

/** As addRow. */
export function addPairedRow(context: usize, row: i32, coefficient: usize, weights: usize): void {
  const factor = load<f64>(coefficient);
  if (factor == 0) return;
  const last = rowEnd(context, row);
  for (let at = rowAt(context, row); at < last; at += 8) {
    const place = placeOf(weights, at);
    store<f64>(place, load<f64>(place, 8) + factor * valueAt(at, 0), 8);
  }
}

/** Takes the step along the sums of a row's columns, and clears them: where another row of the batch has, it takes off 0. */
export function subtractPairedRow(context: usize, row: i32, weights: usize, gain: f64): void {
  const last = rowEnd(context, row);
  for (let at = rowAt(context, row); at < last; at += 8) {
    const place = placeOf(weights, at);
    store<f64>(place, load<f64>(place) - gain * load<f64>(place, 8));
    store<f64>(place, 0, 8);
  }
}

/** As scaled, of weights behind which sums of 0 stand. */
export function scaledPairs(at: usize, end: usize, scale: f64): f64 {
  const factor = f64x2.splat(scale);
  const zero = f64x2.splat(0);
  let even = zero;
  let odd = zero;
  do {
    const a = f64x2.mul(twoWeights(at), factor);
    const b = f64x2.mul(twoWeights(at + 32), factor);
    v128.store(at, v128.shuffle<i64>(a, zero, 0, 2));
    v128.store(at, v128.shuffle<i64>(a, zero, 1, 2), 16);
    v128.store(at, v128.shuffle<i64>(b, zero, 0, 2), 32);
    v128.store(at, v128.shuffle<i64>(b, zero, 1, 2), 48);
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
    at += 64;
  } while (at < end);
  return laneSum(f64x2.add(even, odd));
}
