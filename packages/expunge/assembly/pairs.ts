import { widened } from "./elementary64";

/*
 * Sparse rows come, and are stored, as pairs of float32 numbers: a column plus 1, and its number (src/records/sparse-rows.ts). Here they become entries
 * (sparse.ts), in another place or in their own.
 */

const GROUP_ROWS: i32 = 4;

/**
 * Turns rows' pairs into entries, and measures the rows.
 *
 * @param from      address of the first row
 * @param fromBytes from one row to the next
 * @param room      pairs that a row may have
 * @param columns   columns that there are
 * @param into      where its entries come to stand; may be `from`, where rows are as far apart there
 * @param intoBytes from one row to the next, a multiple of 32: room for all pairs in fours; zeros behind the last entry, afterwards
 * @param counts    address of an i32 for each row: its entries, filled up to a multiple of 4
 * @param squares   address of an f64 for each row: the sum of the squares of its numbers, added up in order
 * @returns how many rows there were before the first whose columns do not ascend, that has a number which is 0 or not finite, or something behind
 *   its last pair. That row, and the others of its group of four behind it, are then neither pairs nor entries.
 */
export function packRows(
  from: usize,
  fromBytes: usize,
  rowCount: i32,
  room: i32,
  columns: i32,
  into: usize,
  intoBytes: usize,
  counts: usize,
  squares: usize,
): i32 {
  for (let row = 0; row < rowCount; row += GROUP_ROWS) {
    const here = min(GROUP_ROWS, rowCount - row);
    let most = 0;
    for (let i = 0; i < here; i++) {
      const count = packPairs(from, into + <usize>i * intoBytes, room, columns, intoBytes);
      // Rows before it are measured all the same.
      if (count < 0) return row + measureGroup(into, intoBytes, i, most, squares);
      store<i32>(counts, count);
      most = max(most, count);
      counts += 4;
      from += fromBytes;
    }
    const finite = measureGroup(into, intoBytes, here, most, squares);
    if (finite < here) return row + finite;
    into += intoBytes << 2;
    squares += 32;
  }
  return rowCount;
}

/** Turns a row's pairs into entries. Returns how many there are, filled up to a multiple of 4; -1 where they are not what a row may have. */
export function packPairs(from: usize, into: usize, room: i32, columns: i32, intoBytes: usize): i32 {
  const end = from + ((<usize>room) << 3);
  const fours = from + ((<usize>(room & ~3)) << 3);
  const shift = into - from;
  const one = i32x4.splat(1);
  const zero = f32x4.splat(0);
  let before = zero;
  let wrong = zero;
  let at = from;
  while (at < fours) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    const column = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
    // NaN is above nothing.
    if (!i32x4.all_true(f32x4.gt(column, v128.shuffle<f32>(before, column, 3, 4, 5, 6)))) break;
    const value = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
    const whole = i32x4.trunc_sat_f32x4_s(column);
    wrong = v128.or(wrong, v128.or(f32x4.ne(f32x4.convert_i32x4_s(whole), column), f32x4.eq(value, zero)));
    const offset = i32x4.shl(i32x4.sub(whole, one), 3);
    v128.store(at + shift, v128.shuffle<i32>(offset, value, 0, 4, 1, 5));
    v128.store(at + shift, v128.shuffle<i32>(offset, value, 2, 6, 3, 7), 16);
    before = column;
    at += 32;
  }
  if (v128.any_true(wrong)) return -1;
  const most = <f32>columns;
  let last = f32x4.extract_lane(before, 3);
  for (; at < end; at += 8) {
    const column = load<f32>(at);
    if (column == 0) break;
    const value = load<f32>(at, 4);
    if (!(column > last && column <= most && floor<f32>(column) == column && value != 0)) return -1;
    last = column;
    store<u32>(at + shift, (<u32>column - 1) << 3);
    store<f32>(at + shift, value, 4);
  }
  // Columns ascend: none is beyond the last.
  if (last > most || !isEmpty(at, end)) return -1;
  const count = <i32>((at - from) >> 3);
  clear(at + shift, into + intoBytes);
  return (count + 3) & ~3;
}

/** Whether all numbers of some pairs are 0. NaN is none. */
function isEmpty(at: usize, end: usize): bool {
  const zero = f32x4.splat(0);
  let others = zero;
  for (; at + 32 <= end; at += 32)
    others = v128.or(others, v128.or(f32x4.ne(v128.load(at), zero), f32x4.ne(v128.load(at, 16), zero)));
  for (; at < end; at += 8)
    if (load<f32>(at) != 0 || load<f32>(at, 4) != 0) return false;
  return !v128.any_true(others);
}

/** Fills up with entries of 0 at column 0. */
function clear(at: usize, end: usize): void {
  const zero = f32x4.splat(0);
  for (; at + 32 <= end; at += 32) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
  for (; at < end; at += 8) store<u64>(at, 0);
}

/**
 * Writes the squared norms of up to four rows: each sum waits for itself alone. Squares of float32 numbers are exact in float64.
 *
 * @param most entries of the longest row, filled up to a multiple of 4
 * @returns how many rows there are before the first with a number that is not finite
 */
export function measureGroup(rows: usize, rowBytes: usize, rowCount: i32, most: i32, squares: usize): i32 {
  // In place of rows that are not there.
  const b = rowCount > 1 ? rows + rowBytes : rows;
  const c = rowCount > 2 ? rows + 2 * rowBytes : rows;
  const d = rowCount > 3 ? rows + 3 * rowBytes : rows;
  const bytes = (<usize>most) << 3;
  let first = f64x2.splat(0);
  let second = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 32) {
    first = withTwo(first, rows + at, b + at);
    second = withTwo(second, c + at, d + at);
    first = withTwo(first, rows + at + 16, b + at + 16);
    second = withTwo(second, c + at + 16, d + at + 16);
  }
  for (let i = 0; i < rowCount; i++) {
    const pair = i < 2 ? first : second;
    const square = (i & 1) == 0 ? f64x2.extract_lane(pair, 0) : f64x2.extract_lane(pair, 1);
    // Infinity less itself is NaN.
    if (square - square != 0) return i;
    store<f64>(squares + ((<usize>i) << 3), square);
  }
  return rowCount;
}

/** Adds the squares of the numbers of two entries of two rows, one entry after the other. */
// @ts-ignore: decorator
@inline
function withTwo(sums: v128, a: usize, b: usize): v128 {
  const numbers = v128.shuffle<f32>(v128.load(a), v128.load(b), 1, 5, 3, 7);
  const one = widened(numbers);
  const other = widened(v128.shuffle<i64>(numbers, numbers, 1, 0));
  return f64x2.add(f64x2.add(sums, f64x2.mul(one, one)), f64x2.mul(other, other));
}
