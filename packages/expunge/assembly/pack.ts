import { widened } from "./elementary64";
import { fma64 } from "./fma";

/*
 * Packing rows into a panel (see context.ts for its layout), and measuring them on the way.
 */

export const PANEL_ROWS: i32 = 4;
/** Columns that are packed together; a row is padded to a multiple of them. */
export const CHUNK: i32 = 16;

/**
 * Packs up to four rows, whose numbers follow one another from `source`, into the panel at `into`.
 *
 * @param most  lines that a panel may keep and still leave the others out; fewer than columns / 4
 * @param norms address of four f64: the squared norms of the rows
 * @param spare address of room for a panel with all its lines, zeros afterwards
 * @returns lines kept: an even number, or columns / 4
 */
export function packPanel(
  source: usize,
  rowCount: i32,
  features: i32,
  columns: i32,
  most: i32,
  into: usize,
  norms: usize,
  spare: usize,
): i32 {
  const kept = packAll(source, (<usize>features) << 2, rowCount, features, columns, into, norms);
  return kept > most ? columns >> 2 : squeeze(into, columns >> 2, kept, spare);
}

/** Packs a panel with all its lines. Returns how many are not zero. @param rowBytes from one row to the next */
export function packAll(
  source: usize,
  rowBytes: usize,
  rowCount: i32,
  features: i32,
  columns: i32,
  into: usize,
  norms: usize,
): i32 {
  memory.fill(norms, 0, 32);
  let column = 0;
  let kept = 0;
  if (rowCount == PANEL_ROWS && features >= CHUNK) {
    kept = packChunks(source, rowBytes, features, into, norms);
    column = features & ~(CHUNK - 1);
  }
  while (column < columns) {
    const line = into + ((<usize>column) << 4);
    kept += packLine(source, rowBytes, rowCount, features, column, line);
    addSquares(line, norms);
    column += 4;
  }
  return kept;
}

/**
 * Packs rows, four a panel, one panel behind the other from `rows` on.
 *
 * @param starts     address of a u32 for each panel and one more: where panels begin, and the last ends, after `rows`
 * @param lineCounts address of an i32 for each panel: lines that it keeps
 * @param squares    address of four f64 for each panel: the squared norms of its rows
 */
export function packPanels(
  source: usize,
  rowCount: i32,
  features: i32,
  columns: i32,
  most: i32,
  rows: usize,
  starts: usize,
  lineCounts: usize,
  squares: usize,
  spare: usize,
): void {
  const sourceBytes = (<usize>features) << 4;
  let into = rows;
  store<u32>(starts, 0);
  while (rowCount > 0) {
    const kept = packPanel(source, min(PANEL_ROWS, rowCount), features, columns, most, into, squares, spare);
    store<i32>(lineCounts, kept);
    into += panelBytes(kept, columns);
    starts += 4;
    store<u32>(starts, <u32>(into - rows));
    lineCounts += 4;
    squares += 32;
    source += sourceBytes;
    rowCount -= PANEL_ROWS;
  }
}

/** Keep equal to panelBytes in src/engine/panels.ts. */
function panelBytes(lineCount: i32, columns: i32): usize {
  const listBytes = lineCount == columns >> 2 ? 0 : (((<usize>lineCount) << 2) + 63) & ~63;
  return listBytes + ((<usize>lineCount) << 6);
}

/** All whole chunks of four rows. Returns lines that are not zero. */
function packChunks(source: usize, rowBytes: usize, features: i32, into: usize, norms: usize): i32 {
  const end = source + ((<usize>(features & ~(CHUNK - 1))) << 2);
  let kept = 0;
  let p = f64x2.splat(0);
  let q = f64x2.splat(0);
  let r = f64x2.splat(0);
  let s = f64x2.splat(0);
  do {
    const w = v128.load(source);
    const x = v128.load(source + rowBytes);
    const y = v128.load(source + 2 * rowBytes);
    const z = v128.load(source + 3 * rowBytes);
    v128.store(into, w);
    v128.store(into, x, 16);
    v128.store(into, y, 32);
    v128.store(into, z, 48);
    p = withSquares(p, source);
    q = withSquares(q, source + rowBytes);
    r = withSquares(r, source + 2 * rowBytes);
    s = withSquares(s, source + 3 * rowBytes);
    // A negative zero counts: it is kept as it is.
    kept += i32(v128.any_true(v128.or(v128.or(w, x), v128.or(y, z))));
    source += 16;
    into += 64;
  } while (source < end);
  store<f64>(norms, f64x2.extract_lane(p, 0) + f64x2.extract_lane(p, 1));
  store<f64>(norms, f64x2.extract_lane(q, 0) + f64x2.extract_lane(q, 1), 8);
  store<f64>(norms, f64x2.extract_lane(r, 0) + f64x2.extract_lane(r, 1), 16);
  store<f64>(norms, f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1), 24);
  return kept;
}

/** One line, of any number of rows, perhaps past the end of them. Returns 1 where it is not zero. */
export function packLine(
  source: usize,
  rowBytes: usize,
  rowCount: i32,
  features: i32,
  column: i32,
  line: usize,
): i32 {
  let at = source + ((<usize>column) << 2);
  let bits = i32x4.splat(0);
  let row = 0;
  do {
    const x = row < rowCount ? load4(at, features - column) : i32x4.splat(0);
    v128.store(line, x);
    bits = v128.or(bits, x);
    line += 16;
    at += rowBytes;
    row += 1;
  } while (row < PANEL_ROWS);
  return i32(v128.any_true(bits));
}

/** Adds the squares of a line's numbers to the norms of its rows. */
export function addSquares(line: usize, norms: usize): void {
  const end = line + 64;
  do {
    const squares = withSquares(f64x2.splat(0), line);
    store<f64>(norms, load<f64>(norms) + f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
    line += 16;
    norms += 8;
  } while (line < end);
}

/** Packs a panel that stands at `panel` with all its lines anew, without its lines of zeros. Returns lines kept, an even number. */
function squeeze(panel: usize, lineCount: i32, kept: i32, spare: usize): i32 {
  const bytes = (<usize>lineCount) << 6;
  memory.copy(spare, panel, bytes);
  const even = kept + (kept & 1);
  let list = panel;
  let line = panel + (((<usize>even << 2) + 63) & ~63);
  memory.fill(panel, 0, line - panel);
  let from = spare;
  let place = 0;
  while (kept > 0) {
    if (isLive(from)) {
      store<u32>(list, place);
      memory.copy(line, from, 64);
      list += 4;
      line += 64;
      kept -= 1;
    }
    from += 64;
    place += 16;
  }
  // The loops take two lines at a time; behind an odd number there is a line of zeros for column 0.
  memory.fill(line, 0, panel + bytes - line);
  memory.fill(spare, 0, bytes);
  return even;
}

// @ts-ignore: decorator
@inline
function isLive(line: usize): bool {
  const left = v128.or(v128.load(line), v128.load(line, 16));
  return v128.any_true(v128.or(left, v128.or(v128.load(line, 32), v128.load(line, 48))));
}

/** Sums and the squares of four numbers, in float64, where squares of float32 numbers are exact, so that all builds round alike. */
// @ts-ignore: decorator
@inline
export function withSquares(sums: v128, at: usize): v128 {
  const low = widened(v128.load64_zero(at));
  const high = widened(v128.load64_zero(at, 8));
  return f64x2.add(sums, fma64(low, low, f64x2.mul(high, high)));
}

/** Four numbers, zeros in place of those past the end of the row. */
// @ts-ignore: decorator
@inline
function load4(at: usize, left: i32): v128 {
  if (left >= 4) return v128.load(at);
  if (left == 3) return v128.load32_lane(at, v128.load64_zero(at), 2, 8);
  if (left == 2) return v128.load64_zero(at);
  if (left == 1) return v128.load32_zero(at);
  return i32x4.splat(0);
}
