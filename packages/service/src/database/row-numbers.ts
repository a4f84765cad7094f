/*
 * Rows by their numbers as a database gives them: of each stretch of rows the numbers one behind the other, 4 bytes each. The driver makes no value of a
 * row, of which one request may name millions.
 */

/** Numbers of rows or of slots, from 0. */
export type Numbers = readonly number[] | Uint32Array;

/** Rows of a stretch: what the driver reads at once takes 256 KiB at most. */
const STRETCH = 2 ** 16;

/** What a statement that is grouped by `stretchOf(row)` selects of its rows. */
export const packed = (row: string): string =>
  `${stretchOf(row)} as stretch, string_agg(int4send(${row}), ''::bytea) as numbers`;

export const stretchOf = (row: string): string => `${row} / ${STRETCH}`;

/** Some rows of a stretch, as the database gives them. */
export interface Packed {
  readonly stretch: number;
  /** 4 bytes each, the first the highest. */
  readonly numbers: Uint8Array;
}

/** All of them, ascending, each once. */
export function unpacked(stretches: readonly Pick<Packed, "numbers">[]): Uint32Array {
  const rows = new Uint32Array(stretches.reduce((sum, { numbers }) => sum + numbers.length / 4, 0));
  let at = 0;
  for (const { numbers } of stretches) eachNumber(numbers, (row) => (rows[at++] = row));
  return sortedOnce(rows);
}

/** Some numbers, ascending, each once; sorts what it is given. */
export function sortedOnce(numbers: Uint32Array): Uint32Array {
  numbers.sort();
  let count = 0;
  for (const number of numbers) if (count === 0 || number !== numbers[count - 1]) numbers[count++] = number;
  return numbers.subarray(0, count);
}

/** Where a number stands, or would stand, among ascending ones. */
export function placeAmong(ascending: Numbers, number: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const isAmong = (ascending: Numbers, number: number): boolean =>
  ascending[placeAmong(ascending, number)] === number;

/** Rows of one statement, or owners: one text holds them all. */
export const ROWS_AT_ONCE = 10_000;

/** As many at a time as one statement takes, as a list each. */
export function* inPieces(numbers: Iterable<number>): Generator<number[]> {
  let piece: number[] = [];
  for (const number of numbers) {
    piece.push(number);
    if (piece.length < ROWS_AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

/** Rows, each once. */
export interface RowSet {
  readonly size: number;
  has(row: number): boolean;
  [Symbol.iterator](): Iterator<number>;
}

/** Of each row a bit is held, in stretches. */
export function rowSetOf(stretches: readonly Pick<Packed, "numbers">[]): RowSet {
  const rows = new RowBits();
  for (const { numbers } of stretches) eachNumber(numbers, (row) => rows.add(row));
  return rows;
}

export function rowSetFrom(numbers: Iterable<number>): RowSet {
  const rows = new RowBits();
  for (const row of numbers) rows.add(row);
  return rows;
}

/** All rows of a set, in its order. */
export function numbersOf(rows: RowSet): Uint32Array {
  const numbers = new Uint32Array(rows.size);
  let at = 0;
  for (const row of rows) numbers[at++] = row;
  return numbers;
}

class RowBits implements RowSet {
  size = 0;
  private readonly stretches = new Map<number, Uint8Array>();

  add(row: number): void {
    if (this.has(row)) return;
    const stretch = Math.floor(row / STRETCH);
    const bits = this.stretches.get(stretch) ?? new Uint8Array(STRETCH / 8);
    this.stretches.set(stretch, bits);
    bits[(row % STRETCH) >> 3]! |= 1 << (row & 7);
    this.size += 1;
  }

  has(row: number): boolean {
    const bits = this.stretches.get(Math.floor(row / STRETCH));
    return bits !== undefined && (bits[(row % STRETCH) >> 3]! & (1 << (row & 7))) !== 0;
  }

  *[Symbol.iterator](): Generator<number> {
    for (const stretch of [...this.stretches.keys()].sort((a, b) => a - b))
      for (let row = stretch * STRETCH; row < (stretch + 1) * STRETCH; row++) if (this.has(row)) yield row;
  }
}

function eachNumber(bytes: Uint8Array, use: (row: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) use(view.getUint32(at));
}
