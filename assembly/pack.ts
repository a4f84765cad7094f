/*
 * Packing rows into a panel (see context.ts for its layout).
 */

const PANEL_ROWS: i32 = 4;

/**
 * Packs up to four rows, whose numbers follow one another from `source`, into the panel at `into`.
 *
 * @param most lines that a panel may keep and still leave the others out; fewer than columns / 4
 * @returns lines kept: an even number, or columns / 4
 */
export function packPanel(source: usize, rowCount: i32, features: i32, columns: i32, most: i32, into: usize): i32 {
  const lineCount = columns >> 2;
  const kept = countLines(source, rowCount, features, lineCount);
  if (kept > most) {
    let line = 0;
    do {
      storeLine(source, rowCount, features, line, into);
      into += 64;
      line += 1;
    } while (line < lineCount);
    return lineCount;
  }
  const even = kept + (kept & 1);
  let list = into;
  let lines = into + (((<usize>even << 2) + 63) & ~63);
  memory.fill(into, 0, lines - into);
  let line = 0;
  do {
    if (lineBits(source, rowCount, features, line)) {
      store<u32>(list, line << 4);
      storeLine(source, rowCount, features, line, lines);
      list += 4;
      lines += 64;
    }
    line += 1;
  } while (line < lineCount);
  // The loops take two lines at a time; behind an odd number there is a line of zeros for column 0.
  if (kept & 1) memory.fill(lines, 0, 64);
  return even;
}

/** Squared norm of a row, summed in float64. */
export function squaredNorm(row: usize, features: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let column = 0;
  while (column < features) {
    const x = load4(row + ((<usize>column) << 2), features - column);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
    column += 4;
  }
  const sums = f64x2.add(even, odd);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

function countLines(source: usize, rowCount: i32, features: i32, lineCount: i32): i32 {
  let kept = 0;
  let line = 0;
  do {
    kept += i32(lineBits(source, rowCount, features, line));
    line += 1;
  } while (line < lineCount);
  return kept;
}

/** Whether any bit of a line is set: a negative zero is kept as it is. */
// @ts-ignore: decorator
@inline
function lineBits(source: usize, rowCount: i32, features: i32, line: i32): bool {
  const column = line << 2;
  if (column >= features) return false;
  const rowBytes = (<usize>features) << 2;
  let at = source + ((<usize>column) << 2);
  let bits = load4(at, features - column);
  let row = 1;
  while (row < rowCount) {
    at += rowBytes;
    bits = v128.or(bits, load4(at, features - column));
    row += 1;
  }
  return v128.any_true(bits);
}

// @ts-ignore: decorator
@inline
function storeLine(source: usize, rowCount: i32, features: i32, line: i32, into: usize): void {
  const column = line << 2;
  const rowBytes = (<usize>features) << 2;
  let at = source + ((<usize>column) << 2);
  let row = 0;
  do {
    v128.store(into, row < rowCount ? load4(at, features - column) : i32x4.splat(0));
    into += 16;
    at += rowBytes;
    row += 1;
  } while (row < PANEL_ROWS);
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
