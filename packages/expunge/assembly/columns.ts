import { COLUMN_COUNTS, COLUMN_LISTS, COLUMN_LIST_BYTES, COLUMNS, GRADIENT, KEYS_BY_COLUMN, LINE_COUNTS, ROWS, STARTS } from "./context";

/*
 * A batch's own columns. Where a batch has few columns, their weights are copied side by side, and its entries name them by their places
 * there. So what a step reads again and again lies in the caches, and the weights are visited twice a step, in the order of addresses.
 *
 * A batch is numbered in place: the offsets of its entries become 8 times the place of their column in the batch's list. The list holds
 * a u32 for each column, ascending: 8 times the column. Filling entries are 0 at place 0. Sums have the same terms in the same order either way.
 */

/** Columns have 24 bits, which are sorted by 12 at a time. */
const DIGIT_BITS: u32 = 12;
const DIGIT_MASK: u32 = 0xfff;
const HISTOGRAM_BYTES: usize = 4 << DIGIT_BITS;

/** Address of the number of a batch's columns; -1 where its entries name columns as they are. */
// @ts-ignore: decorator
@inline
function countAt(context: usize, batch: i32): usize {
  return load<usize>(context, COLUMN_COUNTS) + ((<usize>batch) << 2);
}

// @ts-ignore: decorator
@inline
export function listAt(context: usize, batch: i32): usize {
  return load<usize>(context, COLUMN_LISTS) + <usize>batch * load<u32>(context, COLUMN_LIST_BYTES);
}

// @ts-ignore: decorator
@inline
export function listEnd(context: usize, batch: i32): usize {
  return listAt(context, batch) + ((<usize>load<i32>(countAt(context, batch))) << 2);
}

/** Numbers a batch's entries, unless that was done. */
export function numberBatch(context: usize, batch: i32, firstRow: i32, rowCount: i32): void {
  const count = countAt(context, batch);
  if (load<i32>(count) >= 0) return;
  const rows = load<usize>(context, ROWS);
  const histogram = load<usize>(context, KEYS_BY_COLUMN);
  const keys = histogram + HISTOGRAM_BYTES;
  const others = keys + ((load<u32>(context, COLUMN_LIST_BYTES)) << 1);
  const bytes = writeKeys(context, rows, firstRow, rowCount, keys) - keys;
  sortByDigit(keys, keys + bytes, others, 3, histogram);
  sortByDigit(others, others + bytes, keys, 3 + DIGIT_BITS, histogram);
  store<i32>(count, takeNumbers(rows, keys, keys + bytes, listAt(context, batch)));
  // What they say of rows must not outlive these.
  memory.fill(keys, 0, bytes);
  memory.fill(others, 0, bytes);
  memory.fill(histogram, 0, HISTOGRAM_BYTES);
}

/** Writes a key for each entry, row by row: its column's offset, and an eighth of its place behind the first row's; the end of the keys. */
function writeKeys(context: usize, rows: usize, firstRow: i32, rowCount: i32, into: usize): usize {
  const stride = <usize>load<u32>(context, STARTS);
  const counts = load<usize>(context, LINE_COUNTS);
  let row = rows + <usize>firstRow * stride;
  for (let r = firstRow; r < firstRow + rowCount; r++) {
    const end = row + ((<usize>load<i32>(counts + ((<usize>r) << 2))) << 3);
    for (let entry = row; entry < end; entry += 8) {
      // What fills up fours is no entry.
      if (load<f32>(entry, 4) == 0) break;
      store<u32>(into, load<u32>(entry));
      store<u32>(into, <u32>(entry - rows), 4);
      into += 8;
    }
    row += stride;
  }
  return into;
}

/** Sorts keys by some bits of their columns' offsets; those of which these are the same stay in order. */
function sortByDigit(from: usize, end: usize, into: usize, shift: u32, histogram: usize): void {
  memory.fill(histogram, 0, HISTOGRAM_BYTES);
  for (let at = from; at < end; at += 8) {
    const place = histogram + ((<usize>((load<u32>(at) >> shift) & DIGIT_MASK)) << 2);
    store<u32>(place, load<u32>(place) + 8);
  }
  let sum: u32 = 0;
  for (let place = histogram; place < histogram + HISTOGRAM_BYTES; place += 4) {
    const bytes = load<u32>(place);
    store<u32>(place, sum);
    sum += bytes;
  }
  for (let at = from; at < end; at += 8) {
    const place = histogram + ((<usize>((load<u32>(at) >> shift) & DIGIT_MASK)) << 2);
    const offset = load<u32>(place);
    store<u64>(into + offset, load<u64>(at));
    store<u32>(place, offset + 8);
  }
}

/** Gives entries their numbers, by keys that are sorted, and lists the columns; how many there are. */
function takeNumbers(rows: usize, keys: usize, end: usize, list: usize): i32 {
  let column: u32 = u32.MAX_VALUE;
  let count = 0;
  for (let at = keys; at < end; at += 8) {
    const offset = load<u32>(at);
    if (offset != column) {
      column = offset;
      store<u32>(list + ((<usize>count) << 2), offset);
      count += 1;
    }
    store<u32>(rows + load<u32>(at, 4), (count - 1) << 3);
  }
  // Loops take four at a time.
  for (let place = count; (place & 3) != 0; place++) store<u32>(list + ((<usize>place) << 2), 0);
  return count;
}

/** Copies the numbers of a list of columns side by side, and of what fills up its last four. */
export function gather(list: usize, end: usize, numbers: usize, into: usize): void {
  for (; list < end; list += 16) {
    const a = load<f64>(numbers + load<u32>(list));
    const b = load<f64>(numbers + load<u32>(list, 4));
    const c = load<f64>(numbers + load<u32>(list, 8));
    const d = load<f64>(numbers + load<u32>(list, 12));
    store<f64>(into, a);
    store<f64>(into, b, 8);
    store<f64>(into, c, 16);
    store<f64>(into, d, 24);
    into += 32;
  }
}

/** Puts numbers that stand side by side where a list of columns says, and leaves zeros. */
export function scatter(list: usize, end: usize, from: usize, numbers: usize): void {
  for (; list < end; list += 4) {
    store<f64>(numbers + load<u32>(list), load<f64>(from));
    store<f64>(from, 0);
    from += 8;
  }
}

/** Takes gain times numbers that stand side by side off those of a list of columns, and leaves zeros. What fills up the last four takes off 0. */
export function subtractListed(list: usize, end: usize, sums: usize, weights: usize, gain: f64): void {
  for (; list < end; list += 16) {
    subtractAt(weights + load<u32>(list), gain * load<f64>(sums));
    subtractAt(weights + load<u32>(list, 4), gain * load<f64>(sums, 8));
    subtractAt(weights + load<u32>(list, 8), gain * load<f64>(sums, 16));
    subtractAt(weights + load<u32>(list, 12), gain * load<f64>(sums, 24));
    v128.store(sums, f64x2.splat(0));
    v128.store(sums, f64x2.splat(0), 16);
    sums += 32;
  }
}

// @ts-ignore: decorator
@inline
function subtractAt(weight: usize, move: f64): void {
  store<f64>(weight, load<f64>(weight) - move);
}
