import { cellError, dataError, type Place } from "./data-error.js";
import type { RowScaling } from "./dataset.js";

/**
 * Scales raw rows as a data set's rows were scaled, the intercept appended, so that every row has norm at most 1.
 *
 * @param rows         each of featureCount numbers, or one less where there is an intercept
 * @param featureCount columns after scaling, the intercept's among them
 * @returns rowCount x featureCount, row-major
 * @throws ExpungeError E_DATA naming the row, the column, what was found and what was expected
 */
export function scaleRows(
  rows: readonly ArrayLike<number>[],
  scaling: RowScaling,
  featureCount: number,
  source: string,
): Float32Array {
  const rawCount = featureCount - (scaling.intercept === 0 ? 0 : 1);
  const scaled = new Float32Array(rows.length * featureCount);
  const wide = new Float64Array(featureCount);
  rows.forEach((row, i) => {
    const place: Place = { file: source, row: i + 1 };
    if (row.length !== rawCount) throw dataError(place, `${rawCount} numbers`, String(row.length));
    copyFinite(row, wide, rawCount, () => place);
    if (rawCount < featureCount) wide[rawCount] = scaling.intercept;
    scaleRowInto(wide, scaling.kind, scaled.subarray(i * featureCount, (i + 1) * featureCount), () => place);
  });
  return scaled;
}

/** Copies the first `count` numbers. @throws ExpungeError E_DATA for one that is not a finite number */
export function copyFinite(
  row: ArrayLike<number>,
  into: Float64Array,
  count: number,
  place: () => Place,
): void {
  for (let k = 0; k < count; k++) {
    const value = row[k];
    if (typeof value !== "number" || !Number.isFinite(value))
      throw cellError({ ...place(), column: k + 1 }, "a finite number", value);
    into[k] = value;
  }
}

/**
 * Scales one row in float64 and rounds it to float32 such that the float32 values, taken exactly, have norm at most 1.
 *
 *   l2: v / |v|     clip: v / max(1, |v|)     then v * (1 - 2^-24)^j for the least j that fits after rounding
 *
 * Finite rows of any magnitude work: neither squares nor the norm itself need be representable.
 *
 * @param row finite numbers
 * @throws ExpungeError E_DATA for a row of zeros under "l2": it has no direction
 */
export function scaleRowInto(
  row: Float64Array,
  kind: RowScaling["kind"],
  into: Float32Array,
  place: () => Place,
): void {
  let largest = 0;
  for (let k = 0; k < row.length; k++) largest = Math.max(largest, Math.abs(row[k]!));
  if (largest === 0) {
    if (kind === "clip") return void into.fill(0);
    throw dataError(
      place(),
      'a row with a direction for scaling "l2"',
      "all zeros",
      ' Use "clip", or an intercept.',
    );
  }
  // The norm is largest * relative, kept apart: their product can overflow, and 1 / it too.
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += (row[k]! / largest) ** 2;
  const relative = Math.sqrt(sum);
  const isScaled = kind === "l2" || largest * relative > 1;
  const unit = isScaled ? largest : 1;
  let factor = isScaled ? 1 / relative : 1;
  for (;;) {
    for (let k = 0; k < row.length; k++) into[k] = (row[k]! / unit) * factor;
    if (isInUnitBall(into)) return;
    // Rounding to float32 can lengthen a row by 6 parts in 10^8; each round takes at least half a unit in the last place off every
    // number, so that a few are enough.
    factor *= 1 - 2 ** -24;
  }
}

/**
 * Whether the norm is at most 1 in exact arithmetic and in a plain float64 sum (which `packRows` checks again).
 *
 * Squares of float32 numbers are exact in float64, so the sum's error is below n 2^-53 where it is at most 1; only sums nearer to 1
 * than twice that are added up exactly, as multiples of 2^-298.
 */
export function isInUnitBall(row: Float32Array): boolean {
  let sum = 0;
  for (let k = 0; k < row.length; k++) {
    const value = row[k]!;
    sum += value * value;
  }
  if (!(sum <= 1)) return false;
  if (sum <= 1 - row.length * 2 ** -52) return true;
  let exact = 0n;
  for (let k = 0; k < row.length; k++) if (row[k] !== 0) exact += BigInt(row[k]! * 2 ** 149) ** 2n;
  return exact <= 1n << 298n;
}
