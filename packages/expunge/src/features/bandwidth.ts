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
  const rowCount = rows.length / width;
  const looked = rowsLookedAt(rowCount).map((row) => row * width);
  // Where a row is gone there are zeros.
  const starts = looked.filter((start) => rows.subarray(start, start + width).some((value) => value !== 0));
  const squares: number[] = [];
  starts.forEach((a, i) => {
    for (const b of starts.slice(0, i)) squares.push(squareBetween(rows, a, b, width));
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

/** 2^(k/4), by roots, which are the same everywhere. */
function nearestQuarterOctave(x: number): number {
  const quarters = Math.round(4 * Math.log2(x));
  return Math.sqrt(Math.sqrt(2 ** quarters));
}
