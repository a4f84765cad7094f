import { gather, listAt, listEnd, numberBatch, rowAt, rowEnd, subtractListed } from "./columns";
import { COEFFICIENT_SUM, COLUMN_COUNTS, DECAY, FACTORS, GAIN, GRADIENT, IS_LAZY, NORM_BOUND, OUTPUT_COUNT, OUTPUTS, RADIUS, SCALE, WEIGHTS } from "./context";
import { addGroup, columnBytes, numberOf, readGroup, valueAt } from "./groups";
import { boundOf, MARGIN, measure64, weightBytes } from "./norm";
import { close64, movePaired, scaledPairs, spread64 } from "./paired";
import { laneSum, projectOntoBall } from "./projection";

/*
 * Steps without noise leave most weights alone. The weights are SCALE times the numbers in memory, and the decay goes into SCALE. NORM_BOUND grows by no
 * less than the weights' norm does. Where it comes near the ball's radius, at every 64th step, and at the last of a call, the
 * weights are multiplied by SCALE, which becomes 1, measured, and projected where they are not well within the ball. docs/theory.md,
 * "Rounding of steps", counts the roundings.
 *
 * A column that one row of a batch has is read by that row alone. So, where batches are numbered (columns.ts), its weight is moved as soon as
 * the row's group of four is read, while it is in L1. Weights of columns that rows share stay as they are until all rows are read.
 */

/** SCALE is at least 2^-64 at the end of so many steps: no decay is more than a half. A power of two. */
export const SETTLED_EVERY = 64;

/** A step that touches the columns of its batch alone, and all weights only where they have to be settled. */
export function stepLazily(context: usize, batch: i32, groups: i32, isSettled: bool): void {
  // The norm is unknown after a 64th step that projected, and at the first step of a call whose host has not measured it.
  if (load<f64>(context, NORM_BOUND) < 0) measure(context);
  store<f64>(context, 0, COEFFICIENT_SUM);
  const kept = 1 - load<f64>(context, DECAY);
  const gain = load<f64>(context, GAIN);
  const scale = load<f64>(context, SCALE) * kept;
  move(context, batch, groups, gain / scale);
  store<f64>(context, scale, SCALE);
  const bound = (load<f64>(context, NORM_BOUND) * kept + gain * load<f64>(context, COEFFICIENT_SUM)) * (1 + MARGIN);
  store<f64>(context, bound, NORM_BOUND);
  const isInside = bound <= load<f64>(context, RADIUS) * (1 - MARGIN);
  if (isSettled || !isInside) settle(context, isSettled);
}

/** Takes a gain times a batch's gradient off the numbers in memory. */
function move(context: usize, batch: i32, groups: i32, gain: f64): void {
  const first = (batch * groups) << 2;
  const rowCount = groups << 2;
  if (isPaired(context)) movePaired(context, first, rowCount, gain);
  else if (load<usize>(context, COLUMN_COUNTS) == 0) moveUnnumbered(context, first, rowCount, gain);
  else moveNumbered(context, batch, first, rowCount, gain);
}

/** A batch that is numbered, now or before: entries of columns that its rows share name places. */
function moveNumbered(context: usize, batch: i32, firstRow: i32, rowCount: i32, gain: f64): void {
  numberBatch(context, batch, firstRow, rowCount);
  store<f64>(context, gain, FACTORS);
  store<f64>(context, -1, FACTORS + 8);
  const list = listAt(context, batch);
  const end = listEnd(context, batch);
  const outputs = load<usize>(context, OUTPUTS);
  const count = load<i32>(context, OUTPUT_COUNT);
  const bytes = columnBytes(context);
  const weights = load<usize>(context, WEIGHTS);
  const copies = load<usize>(context, GRADIENT);
  for (let output = 0; output < count; output++) gather(list, end, weights + <usize>output * bytes, copies + <usize>output * bytes);
  for (let row = firstRow; row < firstRow + rowCount; row += 4) {
    readGroup(context, row);
    for (let output = 0; output < count; output++)
      for (let i = 0; i < 4; i++) moveRow(context, row + i, numberOf(outputs, output, i), weights + <usize>output * bytes, bytes >> 1);
  }
  for (let output = 0; output < count; output++) subtractListed(list, end, copies + <usize>output * bytes, bytes >> 1, weights + <usize>output * bytes, gain);
}

/**
 * Takes a row's step off weights of columns that it alone has, and adds its gradient at the others to their sums: takes -1 times that off.
 *
 * @param apart from a column's place, where its weight is copied, to its sum
 */
export function moveRow(context: usize, row: i32, coefficient: usize, weights: usize, apart: usize): void {
  const c = load<f64>(coefficient);
  if (c == 0) return;
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  const factors = context + FACTORS;
  for (let at = entries; at < last; at += 8) {
    const offset = load<u32>(at);
    const place = weights + offset + ((<usize>(<i32>offset >> 31)) & apart);
    store<f64>(place, load<f64>(place) - load<f64>(factors + ((offset >>> 28) & 8)) * (c * valueAt(at, 0)));
  }
}

/** A batch whose entries name columns as they are: every column has a sum. */
function moveUnnumbered(context: usize, firstRow: i32, rowCount: i32, gain: f64): void {
  const end = firstRow + rowCount;
  for (let row = firstRow; row < end; row += 4) addGroup(context, row);
  for (let row = firstRow; row < end; row++) subtractRow(context, row, gain);
}

/** Takes the step along the sums of a row's columns, and clears them: where another row of the batch has, it takes off 0. */
export function subtractRow(context: usize, row: i32, gain: f64): void {
  const entries = rowAt(context, row);
  const last = rowEnd(context, row);
  const bytes = columnBytes(context);
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

// @ts-ignore: decorator
@inline
function isPaired(context: usize): bool {
  return load<i32>(context, IS_LAZY) == 2;
}

/** Measures weights where they are not settled anyway: seldom. */
function measure(context: usize): void {
  if (isPaired(context)) close64(context);
  measure64(context);
  if (isPaired(context)) spread64(context);
}

/** Makes SCALE 1, projects, and measures the norm anew. @param isCut whether a call may end here: then the bound is what the next one would have */
function settle(context: usize, isCut: bool): void {
  const radius = load<f64>(context, RADIUS);
  const weights = load<usize>(context, WEIGHTS);
  const bytes = weightBytes(context);
  const scale = load<f64>(context, SCALE);
  const square = isPaired(context) ? scaledPairs(weights, weights + (bytes << 1), scale) : scaled(weights, weights + bytes, scale);
  let bound = boundOf(square);
  store<f64>(context, 1, SCALE);
  if (!(bound <= radius * (1 - MARGIN))) {
    if (isPaired(context)) close64(context);
    projectOntoBall<f64>(weights, bytes, radius);
    if (isPaired(context)) spread64(context);
    bound = isCut ? -1 : radius;
  }
  store<f64>(context, bound, NORM_BOUND);
}

/** Multiplies all weights by a factor; the sum of their squares afterwards, as plainSquare adds them up. */
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
  return laneSum(f64x2.add(even, odd));
}
