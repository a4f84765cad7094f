import type { Dataset } from "../data/dataset.js";
import { SparseGatherer } from "../data/entry-list.js";
import { isWeight, type PackedRows } from "../engine/index.js";
import { ExpungeError } from "../errors.js";
import { mapRowInto, rowMapperOf } from "../features/index.js";
import { mappedCountOf } from "../records/feature-map.js";
import {
  pairsWidth,
  type SparseRows,
  type SparseStorage,
  writeDense,
  writePairs,
} from "../records/sparse-rows.js";
import type { TrainingPlan } from "../records/training-plan.js";

/** How a plan keeps a row. */
export type RowForm = Pick<TrainingPlan, "features" | "sparse">;

/**
 * Lays a data set's rows, mapped where there is a map, out in batch order, each with its sample weight behind it where it has one, empty slots last. Measures every row
 * once more: a caller may have made the data set by hand, and a row longer than 1 or a NaN would void every certificate.
 *
 * @throws ExpungeError E_ASSUMPTION naming the row; E_DATA for a row with more numbers other than 0 than the plan has room for; E_OPTION where sparse rows
 *         would take more than 4 GiB with all their numbers
 */
export function packRows(
  dataset: Dataset,
  slotOfRow: Uint32Array,
  slotCount: number,
  form: RowForm,
): PackedRows {
  const { rowCount, sampleWeights } = dataset;
  const featureCount = form.features ? mappedCountOf(form.features) : dataset.featureCount;
  const rowWidth = form.sparse ? pairsWidth(form.sparse) : featureCount;
  const width = sampleWeights ? rowWidth + 1 : rowWidth;
  const features = dataset.sparse ? roomFor(slotCount, width) : new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  const put = rowPacker(dataset, form);
  if (dataset.sparse) requireEntries(dataset, dataset.sparse);
  for (let row = 0; row < rowCount; row++) {
    const slot = slotOfRow[row]!;
    put(row, features.subarray(slot * width, slot * width + rowWidth));
    if (sampleWeights) features[slot * width + rowWidth] = sampleWeightOf(sampleWeights[row], row);
    labels[slot] = finiteLabel(dataset.labels[row], row);
  }
  return { slotCount, featureCount, features, labels };
}

/** Writes a checked row into zeros, in a plan's form. */
type RowPacker = (row: number, into: Float32Array) => void;

function rowPacker(dataset: Dataset, { features: map, sparse: storage }: RowForm): RowPacker {
  if (storage) return pairsPacker(dataset, storage);
  const { featureCount, features, sparse } = dataset;
  const mapper = map ? rowMapperOf(map) : null;
  return (row, into) => {
    const values = sparse
      ? sparse.values.subarray(sparse.starts[row], sparse.starts[row + 1])
      : features.subarray(row * featureCount, (row + 1) * featureCount);
    if (!sparse) requireWidth(values, featureCount, row);
    requireShort(values, row);
    if (mapper === null) return sparse ? writeDense(sparse, row, into) : into.set(values);
    mapRowInto(mapper, dataset, row, into);
    requireShort(into, row);
  };
}

function pairsPacker({ sparse, features, featureCount }: Dataset, storage: SparseStorage): RowPacker {
  const oneRow = new SparseGatherer();
  const columns = Uint32Array.from({ length: sparse ? 0 : featureCount }, (_, column) => column);
  const put = (rows: SparseRows, at: number, row: number, into: Float32Array): void => {
    const [first, end] = [rows.starts[at]!, rows.starts[at + 1]!];
    requireShort(rows.values.subarray(first, end), row);
    requireRoom(end - first, storage, row);
    writePairs(rows, at, into);
  };
  if (sparse) return (row, into) => put(sparse, row, row, into);
  return (row, into) => {
    const values = features.subarray(row * featureCount, (row + 1) * featureCount);
    requireWidth(values, featureCount, row);
    oneRow.clear();
    oneRow.add(columns, values);
    put(oneRow.finish(), 0, row, into);
  };
}

/** What kernels and trials hold at the most: 4 GiB. Sparse rows came in far less, so that more than this would be a surprise. */
const MOST_NUMBERS = 2 ** 30;

/** Room for rows that came sparse. @throws ExpungeError E_OPTION */
function roomFor(slotCount: number, width: number): Float32Array {
  if (slotCount * width <= MOST_NUMBERS) return new Float32Array(slotCount * width);
  throw new ExpungeError(
    "E_OPTION",
    `Sparse rows would be held as ${slotCount} rows of ${width} numbers, expected at most ${MOST_NUMBERS} numbers. All numbers of a row are held with a feature map, with kernel float32 or reference, and with deletion = "replace".`,
    { rows: slotCount, columns: width },
  );
}

/** Entries that are not where they should be would be lost, and never be seen to be. */
function requireEntries({ rowCount, featureCount }: Dataset, { starts, columns, values }: SparseRows): void {
  const fail = (expected: string, row?: number): never => {
    const place = row === undefined ? "" : `Row ${row}: `;
    throw new ExpungeError(
      "E_ASSUMPTION",
      `${place}expected sparse rows with ${expected}. Make data sets with createDataset.`,
      row === undefined ? {} : { row },
    );
  };
  const end = columns.length;
  if (starts.length !== rowCount + 1 || starts[0] !== 0 || starts[rowCount] !== end || values.length !== end)
    fail("a start for each row, and an end; a column and a number for each entry");
  for (let row = 0; row < rowCount; row++) {
    if (starts[row + 1]! < starts[row]!) fail("starts that ascend", row);
    for (let i = starts[row]!; i < starts[row + 1]!; i++)
      if (columns[i]! >= featureCount || (i > starts[row]! && columns[i]! <= columns[i - 1]!))
        fail(`columns that ascend, below ${featureCount}`, row);
  }
}

function requireRoom(count: number, { capacity }: SparseStorage, row: number): void {
  if (count <= capacity) return;
  throw new ExpungeError(
    "E_DATA",
    `Row ${row}: expected at most ${capacity} columns other than 0, which a row of this model has room for, found ${count}.`,
    { row, found: count, expected: capacity },
  );
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
