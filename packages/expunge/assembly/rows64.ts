import { coefficientsOfBlock, weighBlock } from "./batch";
import { COLUMNS, FEATURE_COUNT, GRADIENT, GRADIENT_WEIGHTS, OUTPUTS, ROWS, WEIGHTS } from "./context";
import { widened } from "./elementary64";
import { fma64 } from "./fma";
import { addSquares, CHUNK, packAll, packLine, PANEL_ROWS } from "./pack";
import { addAllLines64, addPanel64, dotPanel64, storeLaneSums } from "./panel64";

/*
 * panel64.ts for one output, on rows as they were read: those that are visited once need not be packed first. Four of them
 * are a panel whose lines lie apart; they are measured while they are multiplied. All sums are taken in the order of packed panels, so
 * that bits are the same. (A packed panel may leave out lines of zeros. Their products are zeros, which change no sum but -0, and sums begin with 0.)
 *
 * What does not fill chunks of four rows is packed as ever, where panels would stand: first the columns of every four rows behind their last whole chunk,
 * then fewer than four rows at the end.
 */

/** Bytes of four numbers. */
const VECTOR: usize = 32;
/** Bytes of a chunk of four rows. */
const CHUNK_BYTES: usize = 256;

/**
 * Writes the outputs of rows, at most a block of them, and their squared norms, bit for bit as packPanels measures them. Nothing of the rows is in the sums
 * of gradients before addRows64.
 *
 * @param source   the first row, of CHUNK features at least
 * @param rowBytes from one row to the next
 * @param squares  address of four f64 for every four rows
 */
export function dotRows64(context: usize, source: usize, rowBytes: usize, rowCount: i32, squares: usize): void {
  const features = load<i32>(context, FEATURE_COUNT);
  const weights = load<usize>(context, WEIGHTS);
  const chunkColumns = features & ~(CHUNK - 1);
  const tailBytes = chunkColumns == features ? 0 : CHUNK_BYTES;
  let tail = load<usize>(context, ROWS);
  let outputs = load<usize>(context, OUTPUTS);
  while (rowCount >= PANEL_ROWS) {
    if (tailBytes > 0) packTail(source, rowBytes, features, tail);
    dotLines(source, rowBytes, chunkColumns, weights, tail, tailBytes, outputs, squares);
    const tailEnd = tail + tailBytes;
    for (; tail < tailEnd; tail += 64) addSquares(tail, squares);
    source += PANEL_ROWS * rowBytes;
    outputs += VECTOR;
    squares += VECTOR;
    rowCount -= PANEL_ROWS;
  }
  if (rowCount == 0) return;
  const columns = load<i32>(context, COLUMNS);
  packAll(source, rowBytes, rowCount, features, columns, tail, squares);
  dotPanel64(tail, columns >> 2, weights, 1, columns, outputs);
}

/** Adds the clipped gradients of the rows of the last dotRows64, whose labels and limits are known by now, to the sum. */
export function addRows64(context: usize, source: usize, rowBytes: usize, rowCount: i32): void {
  const panelCount = (rowCount + PANEL_ROWS - 1) / PANEL_ROWS;
  coefficientsOfBlock<f64>(context, 0, panelCount);
  if (load<usize>(context, GRADIENT_WEIGHTS) != 0) weighBlock<f64>(context, 0, panelCount);

  const features = load<i32>(context, FEATURE_COUNT);
  const gradient = load<usize>(context, GRADIENT);
  const chunkColumns = features & ~(CHUNK - 1);
  const tailBytes = chunkColumns == features ? 0 : CHUNK_BYTES;
  let tail = load<usize>(context, ROWS);
  let coefficients = load<usize>(context, OUTPUTS);
  while (rowCount >= PANEL_ROWS) {
    addLines(source, rowBytes, chunkColumns, coefficients, gradient);
    if (tailBytes > 0) addAllLines64(tail, coefficients, gradient + ((<usize>chunkColumns) << 3), <usize>CHUNK << 3);
    tail += tailBytes;
    source += PANEL_ROWS * rowBytes;
    coefficients += VECTOR;
    rowCount -= PANEL_ROWS;
  }
  if (rowCount == 0) return;
  const columns = load<i32>(context, COLUMNS);
  addPanel64(tail, columns >> 2, coefficients, 1, columns, gradient);
}

/** Packs the columns of four rows behind their last whole chunk. */
function packTail(source: usize, rowBytes: usize, features: i32, tail: usize): void {
  let column = features & ~(CHUNK - 1);
  const end = column + CHUNK;
  do {
    packLine(source, rowBytes, PANEL_ROWS, features, column, tail);
    tail += 64;
    column += 4;
  } while (column < end);
}

/** Whole chunks of four rows as they lie, then packed lines, of which there may be none. Norms are those of the chunks. */
export function dotLines(
  source: usize,
  rowBytes: usize,
  whole: i32,
  weights: usize,
  tail: usize,
  tailBytes: usize,
  into: usize,
  norms: usize,
): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let p = f64x2.splat(0);
  let q = f64x2.splat(0);
  let r = f64x2.splat(0);
  let s = f64x2.splat(0);
  const second = source + rowBytes;
  const third = second + rowBytes;
  const fourth = third + rowBytes;
  const end = (<usize>whole) << 2;
  let at: usize = 0;
  do {
    const left = v128.load(weights);
    const right = v128.load(weights, 16);
    let x = widened(v128.load64_zero(source + at));
    let y = widened(v128.load64_zero(source + at, 8));
    a = fma64(y, right, fma64(x, left, a));
    p = f64x2.add(p, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(second + at));
    y = widened(v128.load64_zero(second + at, 8));
    b = fma64(y, right, fma64(x, left, b));
    q = f64x2.add(q, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(third + at));
    y = widened(v128.load64_zero(third + at, 8));
    c = fma64(y, right, fma64(x, left, c));
    r = f64x2.add(r, fma64(x, x, f64x2.mul(y, y)));
    x = widened(v128.load64_zero(fourth + at));
    y = widened(v128.load64_zero(fourth + at, 8));
    d = fma64(y, right, fma64(x, left, d));
    s = f64x2.add(s, fma64(x, x, f64x2.mul(y, y)));
    at += 16;
    weights += 32;
  } while (at < end);
  storeLaneSums(norms, p, q, r, s);
  const last = tail + tailBytes;
  while (tail < last) {
    const left = v128.load(weights);
    const right = v128.load(weights, 16);
    a = fma64(widened(v128.load64_zero(tail, 8)), right, fma64(widened(v128.load64_zero(tail)), left, a));
    b = fma64(widened(v128.load64_zero(tail, 24)), right, fma64(widened(v128.load64_zero(tail, 16)), left, b));
    c = fma64(widened(v128.load64_zero(tail, 40)), right, fma64(widened(v128.load64_zero(tail, 32)), left, c));
    d = fma64(widened(v128.load64_zero(tail, 56)), right, fma64(widened(v128.load64_zero(tail, 48)), left, d));
    tail += 64;
    weights += 32;
  }
  storeLaneSums(into, a, b, c, d);
}

export function addLines(source: usize, rowBytes: usize, whole: i32, coefficients: usize, gradient: usize): void {
  const p = v128.load64_splat(coefficients);
  const q = v128.load64_splat(coefficients, 8);
  const r = v128.load64_splat(coefficients, 16);
  const s = v128.load64_splat(coefficients, 24);
  const second = source + rowBytes;
  const third = second + rowBytes;
  const fourth = third + rowBytes;
  const end = (<usize>whole) << 2;
  let at: usize = 0;
  do {
    let sum = fma64(widened(v128.load64_zero(source + at)), p, v128.load(gradient));
    sum = fma64(widened(v128.load64_zero(second + at)), q, sum);
    sum = fma64(widened(v128.load64_zero(third + at)), r, sum);
    v128.store(gradient, fma64(widened(v128.load64_zero(fourth + at)), s, sum));
    sum = fma64(widened(v128.load64_zero(source + at, 8)), p, v128.load(gradient, 16));
    sum = fma64(widened(v128.load64_zero(second + at, 8)), q, sum);
    sum = fma64(widened(v128.load64_zero(third + at, 8)), r, sum);
    v128.store(gradient, fma64(widened(v128.load64_zero(fourth + at, 8)), s, sum), 16);
    at += 16;
    gradient += 32;
  } while (at < end);
}
