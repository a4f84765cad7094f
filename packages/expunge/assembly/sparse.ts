import { BLOCK, COLUMNS, DECAY, GAIN, GRADIENT, GRADIENT_WEIGHTS, LABELS, LIMITS, LINE_COUNTS, NOISE_STD, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, PANELS_PER_BATCH, RADIUS, ROWS, SHAPE, STARTS, WEIGHTS } from "./context";
import { singleOutputCoefficients64, softmaxCoefficients64 } from "./coefficients64";
import { projectOntoBall } from "./projection";
import { updateWithNoise, updateWithoutNoise } from "./update";

/*
 * A step on rows of which only the numbers other than 0 are held. All is float64 but those numbers, which are float32: the arithmetic of
 * step64, with the products by zeros left out.
 *
 * The context block is that of context.ts, for one trial, but for the rows. They stand in groups of 4; each batch has PANELS_PER_BATCH
 * groups of its own. A row is a run of entries of 8 bytes: a u32, 8 times the column (its offset into the weights of an output), and
 * an f32, the number. Entries are counted in fours, the last of them filled up with entries of 0 at column 0.
 */

/** u32: bytes from one row to the next. */
const STRIDE: usize = STARTS;
/** Address of one i32 for each row: its entries, a multiple of 4. */
const COUNTS: usize = LINE_COUNTS;
/** i32: whether rows have so few entries that sums of gradients are looked up at these columns alone. */
const IS_WIDE: usize = BLOCK;

const SOFTMAX = 1;
/** Bytes of the numbers of a group's four rows. */
const VECTOR: usize = 32;
/** More than the sums of squares below, and what is made of them, are off. */
const MARGIN = 9.5367431640625e-7; // 2^-20

export function stepSparse64(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const groups = load<i32>(context, PANELS_PER_BATCH);
  const first = batch * groups;
  for (let group = first; group < first + groups; group++) addGroup(context, group << 2);
  if (load<f64>(context, NOISE_STD) > 0) updateWithNoise<f64>(context, stepLow, stepHigh);
  else if (load<i32>(context, IS_WIDE) == 0) updateWithoutNoise<f64>(context);
  else updateWide(context, first << 2, groups << 2);
}

/** Adds the clipped gradients of four rows to the sums. */
export function addGroup(context: usize, firstRow: i32): void {
  const count = load<i32>(context, OUTPUT_COUNT);
  const outputs = load<usize>(context, OUTPUTS);
  const end = outputs + <usize>count * VECTOR;
  for (let lane = 0; lane < 4; lane++) dotRow(context, firstRow + lane, outputs + ((<usize>lane) << 3), end);
  const row = <usize>firstRow;
  const label = load<usize>(context, LABELS) + (row << 2);
  const limit = load<usize>(context, LIMITS) + (row << 3);
  const objective = load<i32>(context, OBJECTIVE);
  if (objective == SOFTMAX) softmaxCoefficients64(outputs, end, count, label, limit);
  else singleOutputCoefficients64(outputs, end, objective, load<f64>(context, SHAPE), label, limit);
  const gradientWeights = load<usize>(context, GRADIENT_WEIGHTS);
  if (gradientWeights != 0) weighGroup(outputs, end, gradientWeights + (row << 3));
  for (let lane = 0; lane < 4; lane++) addRow(context, firstRow + lane, outputs + ((<usize>lane) << 3), end);
}

// @ts-ignore: decorator
@inline
function entriesOf(context: usize, row: i32): usize {
  return load<usize>(context, ROWS) + <usize>row * load<u32>(context, STRIDE);
}

// @ts-ignore: decorator
@inline
function endOf(context: usize, row: i32, entries: usize): usize {
  return entries + ((<usize>load<i32>(load<usize>(context, COUNTS) + ((<usize>row) << 2))) << 3);
}

// @ts-ignore: decorator
@inline
function valueAt(entry: usize, offset: usize): f64 {
  return <f64>load<f32>(entry + offset + 4);
}

/** Linear outputs of a row, one to every vector from `output` on. */
export function dotRow(context: usize, row: i32, output: usize, end: usize): void {
  const entries = entriesOf(context, row);
  const last = endOf(context, row, entries);
  const bytes = (<usize>load<i32>(context, COLUMNS)) << 3;
  let weights = load<usize>(context, WEIGHTS);
  while (output < end) {
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
    store<f64>(output, a + b + (c + d));
    weights += bytes;
    output += VECTOR;
  }
}

/** Multiplies the coefficients of four rows by the rows' weights: after clipping, so that no gradient grows. */
function weighGroup(outputs: usize, end: usize, weights: usize): void {
  do {
    v128.store(outputs, f64x2.mul(v128.load(outputs), v128.load(weights)));
    v128.store(outputs, f64x2.mul(v128.load(outputs, 16), v128.load(weights, 16)), 16);
    outputs += VECTOR;
  } while (outputs < end);
}

/** Adds a row's gradient, its coefficients times its entries. */
export function addRow(context: usize, row: i32, coefficient: usize, end: usize): void {
  const entries = entriesOf(context, row);
  const last = endOf(context, row, entries);
  const bytes = (<usize>load<i32>(context, COLUMNS)) << 3;
  let sums = load<usize>(context, GRADIENT);
  while (coefficient < end) {
    const factor = load<f64>(coefficient);
    if (factor != 0) {
      for (let at = entries; at < last; at += 8) {
        const sum = sums + load<u32>(at);
        store<f64>(sum, load<f64>(sum) + factor * valueAt(at, 0));
      }
    }
    sums += bytes;
    coefficient += VECTOR;
  }
}

/**
 * weights = Proj( (weights - decay * weights) - gain * gradient ), gradient = 0: one sweep of the weights, then the columns of the batch
 * alone. The sweep adds up squares as it goes, and so do the columns; the projection looks at the weights again only where these
 * sums leave it open whether they lie in the ball.
 */
function updateWide(context: usize, firstRow: i32, rowCount: i32): void {
  const weights = load<usize>(context, WEIGHTS);
  const bytes = (<usize>(load<i32>(context, OUTPUT_COUNT) * load<i32>(context, COLUMNS))) << 3;
  const radius = load<f64>(context, RADIUS);
  const square = decayed(weights, weights + bytes, load<f64>(context, DECAY));
  let moved: f64 = 0;
  for (let row = firstRow; row < firstRow + rowCount; row++) moved += subtractRow(context, row);
  if ((sqrt(square) + sqrt(moved)) * (1 + MARGIN) <= radius * (1 - MARGIN)) return;
  projectOntoBall<f64>(weights, bytes, radius);
}

/** Takes the decay off all weights; the sum of their squares afterwards. */
export function decayed(at: usize, end: usize, decay: f64): f64 {
  const factor = f64x2.splat(decay);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  do {
    const x = v128.load(at);
    const y = v128.load(at, 16);
    const a = f64x2.sub(x, f64x2.mul(x, factor));
    const b = f64x2.sub(y, f64x2.mul(y, factor));
    v128.store(at, a);
    v128.store(at, b, 16);
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
    at += 32;
  } while (at < end);
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Takes the step along the sums of a row's columns, unless another row of the batch has, and clears them; the sum of squares of the moves. */
export function subtractRow(context: usize, row: i32): f64 {
  const entries = entriesOf(context, row);
  const last = endOf(context, row, entries);
  const bytes = (<usize>load<i32>(context, COLUMNS)) << 3;
  const gain = load<f64>(context, GAIN);
  let sums = load<usize>(context, GRADIENT);
  let weights = load<usize>(context, WEIGHTS);
  let outputs = load<i32>(context, OUTPUT_COUNT);
  let moved: f64 = 0;
  do {
    for (let at = entries; at < last; at += 8) {
      const offset = <usize>load<u32>(at);
      const sum = load<f64>(sums + offset);
      if (sum == 0) continue;
      const move = gain * sum;
      store<f64>(weights + offset, load<f64>(weights + offset) - move);
      store<f64>(sums + offset, 0);
      moved += move * move;
    }
    sums += bytes;
    weights += bytes;
    outputs -= 1;
  } while (outputs > 0);
  return moved;
}
