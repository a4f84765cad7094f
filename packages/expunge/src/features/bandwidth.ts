import type { SparseRows } from "../records/sparse-rows.js";

/** Rows that are looked at. */
const LOOKED_AT = 256;

/**
 * A bandwidth for rows: half the median distance between some of them, to the nearest quarter of an octave, so that it says little of any row. Were it
 * the whole of it, the waves would hardly vary among most rows.
 *
 * @param rows row-major, the first ones or all
 * @param width numbers of a row
 * @returns null where there are no two rows that differ
 */
export function bandwidthOf(rows: Float32Array, width: number): number | null {
  return bandwidthAmong(
    rows.length / width,
    (row) => rows.subarray(row * width, (row + 1) * width).some((value) => value !== 0),
    (a, b) => squareBetween(rows, a * width, b * width, width),
  );
}

/** The same, to the last bit, of rows of which only the numbers other than 0 are held: however wide they are, no more is held of them. */
export function bandwidthOfSparse(rows: SparseRows): number | null {
  const { starts, values } = rows;
  return bandwidthAmong(
    starts.length - 1,
    (row) => values.subarray(starts[row], starts[row + 1]).some((value) => value !== 0),
    (a, b) => squareBetweenSparse(rows, a, b),
  );
}

/** @param isThere where a row is gone there are zeros */
function bandwidthAmong(
  rowCount: number,
  isThere: (row: number) => boolean,
  squareOf: (a: number, b: number) => number,
): number | null {
  const looked = rowsLookedAt(rowCount).filter(isThere);
  const squares: number[] = [];
  looked.forEach((a, i) => {
    for (const b of looked.slice(0, i)) squares.push(squareOf(a, b));
  });
  const others = Float64Array.from(squares.filter((square) => square > 0)).sort();
  if (others.length === 0) return null;
  return nearestQuarterOctave(Math.sqrt(others[others.length >> 1]!) / 2);
}

/** Which of some rows a bandwidth is read off, from the first to the last of them: rows are often ordered by label. */
export function rowsLookedAt(rowCount: number): readonly number[] {
  const count = Math.min(rowCount, LOOKED_AT);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * rowCount) / count));
}

function squareBetween(rows: Float32Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (rows[a + k]! - rows[b + k]!) ** 2;
  return sum;
}

/** In the order of the columns, as where all of them are held: what both rows lack adds nothing. */
function squareBetweenSparse({ starts, columns, values }: SparseRows, a: number, b: number): number {
  let [i, j] = [starts[a]!, starts[b]!];
  const [endOfA, endOfB] = [starts[a + 1]!, starts[b + 1]!];
  let sum = 0;
  while (i < endOfA || j < endOfB) {
    const [ofA, ofB] = [i < endOfA ? columns[i]! : NO_COLUMN, j < endOfB ? columns[j]! : NO_COLUMN];
    const left = ofA <= ofB ? values[i++]! : 0;
    const right = ofB <= ofA ? values[j++]! : 0;
    sum += (left - right) ** 2;
  }
  return sum;
}

const NO_COLUMN = Number.POSITIVE_INFINITY;

/** 2^(k/4), by roots, which are the same everywhere. */
function nearestQuarterOctave(x: number): number {
  const quarters = Math.round(4 * Math.log2(x));
  return Math.sqrt(Math.sqrt(2 ** quarters));
}
