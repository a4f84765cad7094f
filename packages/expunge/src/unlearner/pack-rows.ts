import type { Dataset } from "../data/dataset.js";
import { isWeight, type PackedRows } from "../engine/index.js";
import { ExpungeError } from "../errors.js";
import { rowMapperOf } from "../features/index.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";

/**
 * Lays a data set's rows, mapped where there is a map, out in batch order, each with its sample weight behind it where it has one, empty slots last. Measures every row
 * once more: a caller may have made the data set by hand, and a row longer than 1 or a NaN would void every certificate.
 *
 * @throws ExpungeError E_ASSUMPTION naming the row
 */
export function packRows(
  dataset: Dataset,
  slotOfRow: Uint32Array,
  slotCount: number,
  map: FeatureMap | undefined,
): PackedRows {
  const { featureCount: inputCount, rowCount, sampleWeights } = dataset;
  const featureCount = map ? mappedCountOf(map) : inputCount;
  const mapper = map ? rowMapperOf(map) : null;
  const width = sampleWeights ? featureCount + 1 : featureCount;
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  for (let row = 0; row < rowCount; row++) {
    const values = dataset.features.subarray(row * inputCount, (row + 1) * inputCount);
    requireWidth(values, inputCount, row);
    const slot = slotOfRow[row]!;
    const stored = features.subarray(slot * width, slot * width + featureCount);
    requireShort(values, row);
    if (mapper) {
      mapper(values, stored);
      requireShort(stored, row);
    } else stored.set(values);
    if (sampleWeights) features[slot * width + featureCount] = sampleWeightOf(sampleWeights[row], row);
    labels[slot] = finiteLabel(dataset.labels[row], row);
  }
  return { slotCount, featureCount, features, labels };
}

function finiteLabel(label: number | undefined, row: number): number {
  if (label !== undefined && Number.isFinite(label)) return label;
  throw new ExpungeError("E_ASSUMPTION", `Row ${row}: expected a finite label, found ${label}.`, { row });
}

function sampleWeightOf(weight: number | undefined, row: number): number {
  if (isWeight(weight)) return weight;
  throw new ExpungeError("E_ASSUMPTION", `Row ${row}: expected a sample weight in (0, 1], found ${weight}.`, {
    row,
    found: weight,
  });
}

function requireWidth(values: Float32Array, featureCount: number, row: number): void {
  if (values.length === featureCount) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Row ${row}: expected ${featureCount} features, found ${values.length}. Make data sets with createDataset.`,
    { row, found: values.length },
  );
}

function requireShort(values: Float32Array, row: number): void {
  let square = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    square += value * value;
  }
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
