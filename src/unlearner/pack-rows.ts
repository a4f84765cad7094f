import type { Dataset } from "../data/dataset.js";
import type { PackedRows } from "../engine/kernel.js";
import { ExpungeError } from "../errors.js";

/**
 * Lays a data set's rows out in batch order, empty slots last. Measures every row once more: a caller may have made the data set by
 * hand, and a row longer than 1 or a NaN would void every certificate.
 *
 * @throws ExpungeError E_ASSUMPTION naming the row
 */
export function packRows(dataset: Dataset, slotOfRow: Uint32Array, slotCount: number): PackedRows {
  const { featureCount, rowCount } = dataset;
  const features = new Float32Array(slotCount * featureCount);
  const labels = new Float32Array(slotCount);
  for (let row = 0; row < rowCount; row++) {
    const values = dataset.features.subarray(row * featureCount, (row + 1) * featureCount);
    requireShort(values, row);
    if (!Number.isFinite(dataset.labels[row])) {
      throw new ExpungeError(
        "E_ASSUMPTION",
        `Row ${row}: expected a finite label, found ${dataset.labels[row]}.`,
        { row },
      );
    }
    features.set(values, slotOfRow[row] * featureCount);
    labels[slotOfRow[row]] = dataset.labels[row];
  }
  return { slotCount, featureCount, features, labels };
}

function requireShort(values: Float32Array, row: number): void {
  let square = 0;
  for (let k = 0; k < values.length; k++) square += values[k] * values[k];
  if (square <= 1) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Row ${row}: expected norm at most 1, found ${Math.sqrt(square)}. Make data sets with createDataset.`,
    {
      row,
      found: Math.sqrt(square),
    },
  );
}
