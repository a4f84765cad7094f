import { gather, listAt, listEnd, numberBatch, rowAt, rowEnd, subtractListed } from "./columns";
import { COEFFICIENT_SUM, COLUMN_COUNTS, COLUMNS, DECAY, FACTORS, GAIN, GRADIENT, GRADIENT_WEIGHTS, IS_LAZY, LABELS, LAST_STEP, LIMITS, NOISE_STD, NORM_BOUND, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, PANELS_PER_BATCH, RADIUS, SCALE, SHAPE, WEIGHTS } from "./context";
import { singleOutputCoefficients64, softmaxCoefficients64 } from "./coefficients64";
import { plainSquare, projectOntoBall } from "./projection";
import { updateWithNoise, updateWithoutNoise } from "./update";

/*
 * A step on rows of which only the numbers other than 0 are held. All is float64 but those numbers, which are float32: the arithmetic of
 * step64, with the products by zeros left out.
 *
 * The context block is that of context.ts, for one trial, but for the rows. They stand in groups of 4; each batch has PANELS_PER_BATCH
 * groups of its own. A row is a run of entries of 8 bytes: a u32, 8 times the column (its offset into the weights of an output), and
 * an f32, the number. Entries are counted in fours, the last of them filled up with entries of 0 at column 0. columns.ts
 * tells columns that a batch's rows share from others; the results are the same bits without.
 *
 * Steps without noise leave most weights alone. The weights are SCALE times the numbers in memory, and the decay goes into SCALE. NORM_BOUND grows by no
 * less than the weights' norm does. Where it comes near the ball's radius, at every 64th step, and at the last of a call, the
 * weights are multiplied by SCALE, which becomes 1, measured, and projected where they are not well within the ball. docs/theory.md,
 * "Rounding of steps", counts the roundings.
 */

const SOFTMAX = 1;
/** Bytes of the numbers of a group's four rows. */
const VECTOR: usize = 32;
/** More than what plain sums, and what is made of them, are off, and than norms of rows are above 1. */
const MARGIN = 9.5367431640625e-7; // 2^-20
/** SCALE is at least 2^-64 at the end of so many steps: no decay is more than a half. A power of two. */
const SETTLED_EVERY = 64;

export function stepSparse64(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const groups = load<i32>(context, PANELS_PER_BATCH);
  const isLazy = load<f64>(context, NOISE_STD) == 0 && load<i32>(context, IS_LAZY) != 0;
  if (isLazy) {
    const isSettled = isLast(context, stepLow, stepHigh) || (stepLow & (SETTLED_EVERY - 1)) == 0;
    stepLazily(context, batch, groups, isSettled);
    // Weights are measured anew, as at the start of a call: then it makes no difference whether a call ends here.
    if (isSettled) store<f64>(context, -1, NORM_BOUND);
    return;
  }
  addBatch(context, batch, groups);
  if (load<f64>(context, NOISE_STD) > 0) updateWithNoise<f64>(context, stepLow, stepHigh);
  else updateWithoutNoise<f64>(context);
}

/** Whether a step is the last of a call. */
function isLast(context: usize, stepLow: i32, stepHigh: i32): bool {
  const last = load<f64>(context, LAST_STEP);
  return last == 0 || <f64>(<u32>stepLow) + <f64>(<u32>stepHigh) * 4294967296 == last;
}

/** Adds the clipped gradients of a batch to the sums. */
function addBatch(context: usize, batch: i32, groups: i32): void {
  const first = (batch * groups) << 2;
  for (let row = first; row < first + (groups << 2); row += 4) addGroup(context, row);
}

/** Address of a row's number of an output: groups of four rows follow one another, a vector for each output. */
// @ts-ignore: decorator
@inline
function numberOf(outputs: usize, count: i32, output: i32, row: i32): usize {
  return outputs + <usize>((row >> 2) * count + output) * VECTOR + ((<usize>(row & 3)) << 3);
}

/** Adds the clipped gradients of four rows to the sums. */
export function addGroup(context: usize, firstRow: i32): void {
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  let weights = load<usize>(context, WEIGHTS);
  let sums = load<usize>(context, GRADIENT);
  for (let output = 0; output < count; output++) {
    for (let i = 0; i < 4; i++) dotRow(context, firstRow + i, weights, numberOf(outputs, count, output, i));
    weights += bytes;
  }
  coefficientsOfGroup(context, firstRow, outputs);
  for (let output = 0; output < count; output++) {
    for (let i = 0; i < 4; i++) addRow(context, firstRow + i, numberOf(outputs, count, output, i), sums);
    sums += bytes;
  }
}

/** Replaces the outputs of four rows by their coefficients. */
function coefficientsOfGroup(context: usize, firstRow: i32, outputs: usize): void {
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
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
function valueAt(entry: usize, offset: usize): f64 {
  return <f64>load<f32>(entry + offset + 4);
}

/** Writes a row's linear output of some weights. */
export function dotRow(context: usize, row: i32, weights: usize, output: usize): void {
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  for (let at = entries; at < last; at += 32) {
    a += load<f64>(weights + load<u32>(at)) * valueAt(at, 0);
    b += load<f64>(weights + load<u32>(at, 8)) * valueAt(at, 8);
    c += load<f64>(weights + load<u32>(at, 16)) * valueAt(at, 16);
    d += load<f64>(weights + load<u32>(at, 24)) * valueAt(at, 24);
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

/** A step that touches the columns of its batch alone, and all weights only where they have to be settled. */
function stepLazily(context: usize, batch: i32, groups: i32, isSettled: bool): void {
  // At the first step of a call and behind every 64th step, where SCALE is 1.
  if (load<f64>(context, NORM_BOUND) < 0) store<f64>(context, sqrt(plainSquare<f64>(load<usize>(context, WEIGHTS), weightBytes(context))) * (1 + MARGIN), NORM_BOUND);
  store<f64>(context, 0, COEFFICIENT_SUM);
  const kept = 1 - load<f64>(context, DECAY);
  const gain = load<f64>(context, GAIN);
  const scale = load<f64>(context, SCALE) * kept;
  move(context, batch, groups, gain / scale);
  store<f64>(context, scale, SCALE);
  const bound = (load<f64>(context, NORM_BOUND) * kept + gain * load<f64>(context, COEFFICIENT_SUM)) * (1 + MARGIN);
  store<f64>(context, bound, NORM_BOUND);
  const isInside = bound <= load<f64>(context, RADIUS) * (1 - MARGIN);
  if (isSettled || !isInside) settle(context);
}

/** Takes a gain times a batch's gradient off the numbers in memory. */
function move(context: usize, batch: i32, groups: i32, gain: f64): void {
  const first = (batch * groups) << 2;
  const rowCount = groups << 2;
  if (load<usize>(context, COLUMN_COUNTS) == 0) {
    addBatch(context, batch, groups);
    for (let row = first; row < first + rowCount; row++) subtractRow(context, row, gain);
    return;
  }
  numberBatch(context, batch, first, rowCount);
  readNumbered(context, batch, first, rowCount);
  moveNumbered(context, batch, first, rowCount, gain);
}

/** From a numbered batch's rows to their coefficients, from OUTPUTS on. */
function readNumbered(context: usize, batch: i32, firstRow: i32, rowCount: i32): void {
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  let weights = load<usize>(context, WEIGHTS);
  let shared = load<usize>(context, GRADIENT);
  for (let output = 0; output < count; output++) {
    gather(listAt(context, batch), listEnd(context, batch), weights, shared);
    for (let i = 0; i < rowCount; i++) dotRow(context, firstRow + i, weights, numberOf(outputs, count, output, i));
    weights += bytes;
    shared += bytes;
  }
  for (let i = 0; i < rowCount; i += 4) coefficientsOfGroup(context, firstRow + i, numberOf(outputs, count, 0, i));
}

/** Takes a gain times a numbered batch's gradient off the numbers in memory. */
function moveNumbered(context: usize, batch: i32, firstRow: i32, rowCount: i32, gain: f64): void {
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  const list = listAt(context, batch);
  const end = listEnd(context, batch);
  // What fills up the last four places was copied, too.
  const sharedBytes = (((end - list) << 1) + 31) & ~31;
  store<f64>(context, gain, FACTORS);
  store<f64>(context, -1, FACTORS + 8);
  let weights = load<usize>(context, WEIGHTS);
  let shared = load<usize>(context, GRADIENT);
  for (let output = 0; output < count; output++) {
    memory.fill(shared, 0, sharedBytes);
    for (let i = 0; i < rowCount; i++) moveRow(context, firstRow + i, numberOf(outputs, count, output, i), weights);
    subtractListed(list, end, shared, weights, gain);
    weights += bytes;
    shared += bytes;
  }
}

/** Takes a row's step off weights of columns that it alone has, and adds its gradient at the others to their sums: takes -1 times that off. */
export function moveRow(context: usize, row: i32, coefficient: usize, weights: usize): void {
  const c = load<f64>(coefficient);
  if (c == 0) return;
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  const factors = context + FACTORS;
  for (let at = entries; at < last; at += 8) {
    const offset = load<u32>(at);
    const place = weights + offset;
    store<f64>(place, load<f64>(place) - load<f64>(factors + ((offset >>> 28) & 8)) * (c * valueAt(at, 0)));
  }
}

/** Takes the step along the sums of a row's columns, and clears them: where another row of the batch has, it takes off 0. */
export function subtractRow(context: usize, row: i32, gain: f64): void {
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  const bytes = (<usize>load<i32>(context, COLUMNS)) << 3;
  let sums = load<usize>(context, GRADIENT);
  let weights = load<usize>(context, WEIGHTS);
  let outputs = load<i32>(context, OUTPUT_COUNT);
  do {
    for (let at = entries; at < last; at += 8) {
      const offset = <usize>load<u32>(at);
      // Not only where there is a sum: which columns rows share, no processor can foresee.
      store<f64>(weights + offset, load<f64>(weights + offset) - gain * load<f64>(sums + offset));
      store<f64>(sums + offset, 0);
    }
    sums += bytes;
    weights += bytes;
    outputs -= 1;
  } while (outputs > 0);
}

/** Makes SCALE 1, projects, and measures the norm anew. */
function settle(context: usize): void {
  const radius = load<f64>(context, RADIUS);
  const weights = load<usize>(context, WEIGHTS);
  const bytes = weightBytes(context);
  let bound = sqrt(scaled(weights, weights + bytes, load<f64>(context, SCALE))) * (1 + MARGIN);
  store<f64>(context, 1, SCALE);
  if (!(bound <= radius * (1 - MARGIN))) {
    projectOntoBall<f64>(weights, bytes, radius);
    bound = radius;
  }
  store<f64>(context, bound, NORM_BOUND);
}

/** Bytes of one output's weights. */
// @ts-ignore: decorator
@inline
function columnBytes(context: usize): usize {
  return (<usize>load<i32>(context, COLUMNS)) << 3;
}

// @ts-ignore: decorator
@inline
function weightBytes(context: usize): usize {
  return (<usize>(load<i32>(context, OUTPUT_COUNT) * load<i32>(context, COLUMNS))) << 3;
}

/** Multiplies all weights by a factor; the sum of their squares afterwards. */
export function scaled(at: usize, end: usize, scale: f64): f64 {
  const factor = f64x2.splat(scale);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  do {
    const a = f64x2.mul(v128.load(at), factor);
    const b = f64x2.mul(v128.load(at, 16), factor);
    v128.store(at, a);
    v128.store(at, b, 16);
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
    at += 32;
  } while (at < end);
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
