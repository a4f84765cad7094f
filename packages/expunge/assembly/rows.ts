import { addPacked, coefficientsOfBlock, dotPacked, endPanel, weighBlock } from "./batch";
import { COLUMNS, FEATURE_COUNT, GRADIENT, GRADIENT_WEIGHTS, OUTPUTS, PARTS, ROWS, WEIGHTS } from "./context";
import { addSquares, CHUNK, packAll, packLine, PANEL_ROWS } from "./pack";
import { addAllLines } from "./panel";
import { addAllLines64 } from "./panel64";
import { addApart32, dotApart32 } from "./rows32";
import { addApart64, dotApart64 } from "./rows64";

/*
 * panel.ts and panel64.ts for one output, on rows as they were read: those that are visited once need not be packed first. Four of them
 * are a panel whose lines lie apart; they are measured while they are multiplied. All sums are taken in the order of packed panels, so
 * that bits are the same. (A packed panel may leave out lines of zeros. Their products are zeros, which change no sum but -0, and sums begin with 0.)
 *
 * What does not fill chunks of four rows is packed as ever, where panels would stand: first the columns of every four rows behind their last whole chunk,
 * then fewer than four rows at the end.
 *
 * T is f32 or f64, the kernel's precision.
 */

/** Bytes of a chunk of four rows. */
const CHUNK_BYTES: usize = 256;

/**
 * Writes the outputs of rows, at most a block of them, and their squared norms, bit for bit as packPanels measures them. Nothing of the rows is in the sums
 * of gradients before addRows.
 *
 * @param source   the first row, of CHUNK features at least
 * @param rowBytes from one row to the next
 * @param squares  address of four f64 for every four rows
 */
export function dotRows<T>(context: usize, source: usize, rowBytes: usize, rowCount: i32, squares: usize): void {
  const features = load<i32>(context, FEATURE_COUNT);
  const whole = wholeOf(features);
  const tailBytes = tailBytesOf(features);
  const weights = load<usize>(context, WEIGHTS);
  let tail = load<usize>(context, ROWS);
  let outputs = load<usize>(context, OUTPUTS);
  while (rowCount >= PANEL_ROWS) {
    const tailEnd = tail + tailBytes;
    if (tailBytes > 0) packTail(source, rowBytes, features, tail);
    if (sizeof<T>() == 8) dotApart64(source, rowBytes, whole, weights, tail, tailEnd, outputs, squares);
    else dotApart32(source, rowBytes, whole, weights, tail, tailEnd, outputs, squares);
    for (; tail < tailEnd; tail += 64) addSquares(tail, squares);
    source += PANEL_ROWS * rowBytes;
    outputs += PANEL_ROWS * sizeof<T>();
    squares += PANEL_ROWS * sizeof<f64>();
    rowCount -= PANEL_ROWS;
  }
  if (rowCount == 0) return;
  const columns = load<i32>(context, COLUMNS);
  packAll(source, rowBytes, rowCount, features, columns, tail, squares);
  dotPacked<T>(tail, columns >> 2, weights, 1, columns, outputs);
}

/** Adds the clipped gradients of the rows of the last dotRows, whose labels and limits are known by now, to the sum. */
export function addRows<T>(context: usize, source: usize, rowBytes: usize, rowCount: i32): void {
  const panelCount = (rowCount + PANEL_ROWS - 1) / PANEL_ROWS;
  coefficientsOfBlock<T>(context, 0, panelCount);
  if (load<usize>(context, GRADIENT_WEIGHTS) != 0) weighBlock<T>(context, 0, panelCount);

  const features = load<i32>(context, FEATURE_COUNT);
  const whole = wholeOf(features);
  const tailBytes = tailBytesOf(features);
  const sums = load<usize>(context, sizeof<T>() == 8 ? GRADIENT : PARTS);
  let tail = load<usize>(context, ROWS);
  let coefficients = load<usize>(context, OUTPUTS);
  while (rowCount >= PANEL_ROWS) {
    if (sizeof<T>() == 8) addApart64(source, rowBytes, whole, coefficients, sums);
    else addApart32(source, rowBytes, whole, coefficients, sums);
    if (tailBytes > 0) addTail<T>(tail, coefficients, sums + <usize>whole * sizeof<T>());
    endPanel<T>(context);
    tail += tailBytes;
    source += PANEL_ROWS * rowBytes;
    coefficients += PANEL_ROWS * sizeof<T>();
    rowCount -= PANEL_ROWS;
  }
  if (rowCount == 0) return;
  const columns = load<i32>(context, COLUMNS);
  addPacked<T>(tail, columns >> 2, coefficients, 1, columns, sums);
  endPanel<T>(context);
}

function addTail<T>(tail: usize, coefficients: usize, sums: usize): void {
  if (sizeof<T>() == 8) addAllLines64(tail, coefficients, sums, CHUNK * sizeof<T>());
  else addAllLines(tail, coefficients, sums, CHUNK * sizeof<T>());
}

/** Columns of a row's whole chunks. */
// @ts-ignore: decorator
@inline
function wholeOf(features: i32): i32 {
  return features & ~(CHUNK - 1);
}

/** Bytes of the columns of four rows behind these, when they are packed. */
// @ts-ignore: decorator
@inline
function tailBytesOf(features: i32): usize {
  return wholeOf(features) == features ? 0 : CHUNK_BYTES;
}

/** Packs the columns of four rows behind their last whole chunk. */
function packTail(source: usize, rowBytes: usize, features: i32, tail: usize): void {
  let column = wholeOf(features);
  const end = column + CHUNK;
  do {
    packLine(source, rowBytes, PANEL_ROWS, features, column, tail);
    tail += 64;
    column += 4;
  } while (column < end);
}
