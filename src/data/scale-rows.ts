import { ExpungeError } from "../errors.js";
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
    if (row.length !== rawCount) {
      throw new ExpungeError(
        "E_DATA",
        `${source}: row ${i + 1}: expected ${rawCount} numbers, found ${row.length}.`,
        { row: i + 1 },
      );
    }
    for (let k = 0; k < rawCount; k++) {
      wide[k] = row[k];
      if (!Number.isFinite(wide[k])) {
        throw new ExpungeError(
          "E_DATA",
          `${source}: row ${i + 1}, column ${k + 1}: expected a finite number, found ${String(row[k])}.`,
          {
            row: i + 1,
            column: k + 1,
          },
        );
      }
    }
    if (rawCount < featureCount) wide[rawCount] = scaling.intercept;
    scaleRowInto(
      wide,
      scaling.kind,
      scaled.subarray(i * featureCount, (i + 1) * featureCount),
      () => `${source}: row ${i + 1}`,
    );
  });
  return scaled;
}

/**
 * Scales one row in float64 and rounds it to float32 such that the float32 values, taken exactly, have norm at most 1.
 *
 * @throws ExpungeError E_DATA for a row of zeros under "l2": it has no direction
 */
export function scaleRowInto(
  row: Float64Array,
  kind: RowScaling["kind"],
  into: Float32Array,
  place: () => string,
): void {
  const norm = euclideanNorm(row);
  if (kind === "l2" && norm === 0) {
    throw new ExpungeError(
      "E_DATA",
      `${place()}: expected a row with a direction for scaling "l2", found all zeros. Use "clip", or an intercept.`,
    );
  }
  let factor = kind === "l2" || norm > 1 ? 1 / norm : 1;
  for (;;) {
    for (let k = 0; k < row.length; k++) into[k] = row[k] * factor;
    if (squareOf(into) <= 1) return;
    // Rounding to float32 can lengthen a row by a few parts in 10^8: shorten it until it fits.
    factor *= 1 - 2 ** -24;
  }
}

function euclideanNorm(row: Float64Array): number {
  // Scaled by the largest entry, so that squares neither overflow nor vanish.
  let largest = 0;
  for (const value of row) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 0;
  let sum = 0;
  for (const value of row) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

function squareOf(row: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k] * row[k];
  return sum;
}
