import { COLUMN_COUNTS, COLUMN_LISTS, COLUMN_LIST_BYTES, COLUMN_MARKS, COLUMNS, GRADIENT, LINE_COUNTS, ROWS, STARTS, WEIGHTS } from "./context";

/*
 * The columns that several rows of a batch share. A step takes the terms of all rows at such a column off its weight in one sum; at any
 * other column of the batch there is one term, which it takes off at once.
 *
 * A batch is numbered in place. Entries of columns that one row has stay as they are. The others name a place in GRADIENT, where a step
 * keeps a copy of the weights of these columns, and half an output's bytes behind it their sums: their offset becomes
 * GRADIENT + 8 * place - WEIGHTS, modulo 2^32. It has the top bit, which no column's has, since GRADIENT lies below WEIGHTS and not far. The
 * list holds a u32 for each place: 8 times the column. Entries that fill up fours stay at column 0. Sums have the same terms in the same
 * order either way.
 */

const IS_SHARED: u32 = 0x80000000;

/** Address of the number of columns that rows of a batch share; -1 where its entries name columns as they are. */
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
  const marks = load<usize>(context, COLUMN_MARKS);
  const list = listAt(context, batch);
  for (let r = firstRow; r < firstRow + rowCount; r++) markColumns(context, r, marks);
  let end = list;
  for (let r = firstRow; r < firstRow + rowCount; r++) end = numberRow(context, r, marks, list, end);
  store<i32>(count, <i32>((end - list) >> 2));
  memory.fill(marks, 0, (<usize>load<i32>(context, COLUMNS)) >> 2);
  const places = load<usize>(context, GRADIENT);
  for (let at = list; at < end; at += 4) store<u32>(places + load<u32>(at), 0);
  // Loops take four at a time.
  for (; ((end - list) & 15) != 0; end += 4) store<u32>(end, 0);
}

/** Address of the word with the two marks of a column, whose offset is 8 times its number: the lower is for the first row that has it, the other for more. */
// @ts-ignore: decorator
@inline
function marksAt(marks: usize, offset: u32): usize {
  return marks + ((offset >> 7) << 2);
}

/** How far to the left the lower one stands. */
// @ts-ignore: decorator
@inline
function shiftOf(offset: u32): u32 {
  return (offset >> 2) & 30;
}

/** Marks a row's columns. What fills up fours is no entry. */
export function markColumns(context: usize, row: i32, marks: usize): void {
  const end = rowEnd(context, row);
  for (let entry = rowAt(context, row); entry < end; entry += 8) {
    if (load<f32>(entry, 4) == 0) break;
    const offset = load<u32>(entry);
    const at = marksAt(marks, offset);
    const mark = (<u32>1) << shiftOf(offset);
    const before = load<u32>(at);
    store<u32>(at, before | mark | ((before & mark) << 1));
  }
}

/**
 * Gives a row's entries their numbers. What stands for columns in GRADIENT are places, with IS_SHARED, where they have got one, else 0.
 *
 * @param end of the list so far
 * @returns the same with the columns that got a place here
 */
export function numberRow(context: usize, row: i32, marks: usize, list: usize, end: usize): usize {
  const places = load<usize>(context, GRADIENT);
  const own = <u32>(places - load<usize>(context, WEIGHTS));
  const last = rowEnd(context, row);
  for (let entry = rowAt(context, row); entry < last; entry += 8) {
    const offset = load<u32>(entry);
    if (((load<u32>(marksAt(marks, offset)) >> shiftOf(offset)) & 2) == 0) continue;
    if (load<f32>(entry, 4) == 0) break;
    let place = load<u32>(places + offset);
    if (place == 0) {
      place = IS_SHARED | (<u32>(end - list) << 1);
      store<u32>(places + offset, place);
      store<u32>(end, offset);
      end += 4;
    }
    store<u32>(entry, own + (place ^ IS_SHARED));
  }
  return end;
}

// @ts-ignore: decorator
@inline
export function rowAt(context: usize, row: i32): usize {
  return load<usize>(context, ROWS) + <usize>row * load<u32>(context, STARTS);
}

// @ts-ignore: decorator
@inline
export function rowEnd(context: usize, row: i32): usize {
  return rowAt(context, row) + ((<usize>load<i32>(load<usize>(context, LINE_COUNTS) + ((<usize>row) << 2))) << 3);
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

/**
 * Takes gain times sums that stand side by side off the weights of a list of columns, and leaves zeros there and in the copies of the weights: numberRow
 * takes whatever is not 0 there for a place. What fills up the last four takes off 0.
 *
 * @param apart from a copy to its sum
 */
export function subtractListed(list: usize, end: usize, copies: usize, apart: usize, weights: usize, gain: f64): void {
  const zero = f64x2.splat(0);
  for (; list < end; list += 16) {
    const sums = copies + apart;
    subtractAt(weights + load<u32>(list), gain * load<f64>(sums));
    subtractAt(weights + load<u32>(list, 4), gain * load<f64>(sums, 8));
    subtractAt(weights + load<u32>(list, 8), gain * load<f64>(sums, 16));
    subtractAt(weights + load<u32>(list, 12), gain * load<f64>(sums, 24));
    v128.store(sums, zero);
    v128.store(sums, zero, 16);
    v128.store(copies, zero);
    v128.store(copies, zero, 16);
    copies += 32;
  }
}

// @ts-ignore: decorator
@inline
function subtractAt(weight: usize, move: f64): void {
  store<f64>(weight, load<f64>(weight) - move);
}
