import { ExpungeError } from "../errors.js";

/*
 * Rows of which only the numbers other than 0 are held. In memory they lie one behind the other (`SparseRows`). Where every row has a place
 * of its own, which it may leave to another one (slots, files), it is stored as pairs of float32 numbers: its column plus 1, and its number; as many
 * pairs as the place has room for, those behind the last of them zeros. So zeros are an empty row here too, and whatever moves, writes and erases stored
 * rows need not know which kind they are.
 */

/** The numbers of rows that are not 0. */
export interface SparseRows {
  /** Where each row's entries begin, and where the last one's end: rows + 1 numbers. */
  readonly starts: Uint32Array;
  /** Of each entry, ascending within a row. */
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** How a plan stores its rows, where it holds only their numbers other than 0. */
export interface SparseStorage {
  /** Numbers other than 0 that a row may have. */
  readonly capacity: number;
  /**
   * The capacity that was planned, where longer rows have joined since; default `capacity`. It decides how steps are computed: no bit of a model follows
   * from how long the rows are that joined.
   */
  readonly plannedCapacity?: number | undefined;
}

/** Columns that a float32 number can name. */
export const MAX_SPARSE_COLUMNS = 2 ** 24 - 1;

/** Numbers of a stored row of so much room. */
export function pairsWidth({ capacity }: SparseStorage): number {
  return 2 * capacity;
}

/** Entries of the longest row. */
export function mostEntries({ starts }: SparseRows): number {
  let most = 0;
  for (let row = 0; row + 1 < starts.length; row++) most = Math.max(most, starts[row + 1]! - starts[row]!);
  return most;
}

/** Writes a row as pairs. @param into zeros, with room for it */
export function writePairs({ starts, columns, values }: SparseRows, row: number, into: Float32Array): void {
  const first = starts[row]!;
  const count = starts[row + 1]! - first;
  for (let i = 0; i < count; i++) {
    into[2 * i] = columns[first + i]! + 1;
    into[2 * i + 1] = values[first + i]!;
  }
}

/** Pairs of a stored row before the first that names no column. */
export function countPairs(pairs: Float32Array): number {
  let count = 0;
  while (2 * count < pairs.length && pairs[2 * count] !== 0) count++;
  return count;
}

/** Writes a row of all its columns. @param into zeros */
export function writeDense({ starts, columns, values }: SparseRows, row: number, into: Float32Array): void {
  for (let i = starts[row]!; i < starts[row + 1]!; i++) into[columns[i]!] = values[i]!;
}

/** Numbers of rows with all their columns that are held at the most: 4 GiB. */
const MOST_NUMBERS = 2 ** 30;

/** All numbers of some rows, row-major. @throws ExpungeError E_OPTION for more than memory can hold */
export function expandRows(
  rows: SparseRows,
  featureCount: number,
  from = 0,
  to = rows.starts.length - 1,
): Float32Array {
  if ((to - from) * featureCount > MOST_NUMBERS)
    throw new ExpungeError(
      "E_OPTION",
      `${to - from} rows of ${featureCount} columns cannot be held with all their numbers, as is asked for here.`,
      { rows: to - from, columns: featureCount },
    );
  const dense = new Float32Array((to - from) * featureCount);
  for (let row = from; row < to; row++) {
    const start = (row - from) * featureCount;
    writeDense(rows, row, dense.subarray(start, start + featureCount));
  }
  return dense;
}

/** Some rows that follow one another, in the memory of all. */
export function sliceSparse({ starts, columns, values }: SparseRows, from: number, to: number): SparseRows {
  const [first, end] = [starts[from]!, starts[to]!];
  return Object.freeze({
    starts: starts.subarray(from, to + 1).map((start) => start - first),
    columns: columns.subarray(first, end),
    values: values.subarray(first, end),
  });
}

/** Rows of several pieces, one piece behind the other. */
export function joinSparse(pieces: readonly SparseRows[]): SparseRows {
  const rowCount = pieces.reduce((sum, { starts }) => sum + starts.length - 1, 0);
  const entryCount = pieces.reduce((sum, { columns }) => sum + columns.length, 0);
  const starts = new Uint32Array(rowCount + 1);
  const columns = new Uint32Array(entryCount);
  const values = new Float32Array(entryCount);
  let [row, entry] = [0, 0];
  for (const piece of pieces) {
    columns.set(piece.columns, entry);
    values.set(piece.values, entry);
    for (let i = 1; i < piece.starts.length; i++) starts[++row] = entry + piece.starts[i]!;
    entry += piece.columns.length;
  }
  return Object.freeze({ starts, columns, values });
}

/** Some rows, in the order given. */
export function selectSparse({ starts, columns, values }: SparseRows, rows: ArrayLike<number>): SparseRows {
  const picked = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++)
    picked[i + 1] = picked[i]! + starts[rows[i]! + 1]! - starts[rows[i]!]!;
  const end = picked[rows.length]!;
  const into = { starts: picked, columns: new Uint32Array(end), values: new Float32Array(end) };
  for (let i = 0; i < rows.length; i++) {
    const [first, last] = [starts[rows[i]!]!, starts[rows[i]! + 1]!];
    into.columns.set(columns.subarray(first, last), picked[i]!);
    into.values.set(values.subarray(first, last), picked[i]!);
  }
  return Object.freeze(into);
}

/** Rows that are stored in pairs, at the beginning of each `width` numbers. */
export function sparseOfPairs(stored: Float32Array, width: number, storage: SparseStorage): SparseRows {
  const rowCount = stored.length / width;
  const pairsOf = (row: number): Float32Array =>
    stored.subarray(row * width, row * width + pairsWidth(storage));
  const starts = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) starts[row + 1] = starts[row]! + countPairs(pairsOf(row));
  const columns = new Uint32Array(starts[rowCount]!);
  const values = new Float32Array(starts[rowCount]!);
  for (let row = 0; row < rowCount; row++) {
    const pairs = pairsOf(row);
    for (let i = 0, at = starts[row]!; at < starts[row + 1]!; i++, at++) {
      columns[at] = pairs[2 * i]! - 1;
      values[at] = pairs[2 * i + 1]!;
    }
  }
  return Object.freeze({ starts, columns, values });
}

/** Numbers of a stored row: before it has more room, and then. */
export interface Widths {
  readonly from: number;
  readonly to: number;
  /** Numbers behind its pairs, which stay the last: a sample weight or none. */
  readonly behind: number;
}

/** Copies stored rows to where each has more room. @param into zeros */
export function widenRows(stored: Float32Array, into: Float32Array, { from, to, behind }: Widths): void {
  const rowCount = stored.length / from;
  for (let row = 0; row < rowCount; row++) {
    const end = (row + 1) * from;
    into.set(stored.subarray(row * from, end - behind), row * to);
    into.set(stored.subarray(end - behind, end), (row + 1) * to - behind);
  }
}

/** Writes stored pairs as a row of all its columns. @param into zeros */
export function expandPairs(pairs: Float32Array, into: Float32Array): void {
  for (let i = 0, count = countPairs(pairs); i < count; i++) into[pairs[2 * i]! - 1] = pairs[2 * i + 1]!;
}
