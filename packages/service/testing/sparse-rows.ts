import { createDataset, type Dataset, type SparseRows } from "expunge/data";
import { uniforms } from "../../../test/synthetic.js";

/** Of most of them nothing is ever in a row. */
export const SPARSE_COLUMNS = 5000;

/** Rows, at least two, sparse and with all their numbers: 1 to `most` of them, the first of which tells the label. */
export function sparseRows(
  rowCount: number,
  seed: number,
  { most = 12, isWeighted = false }: { readonly most?: number; readonly isWeighted?: boolean } = {},
): { readonly sparse: Dataset; readonly dense: Dataset } {
  const random = uniforms(seed);
  const labels: number[] = Array.from({ length: rowCount }, () => (random() < 0.5 ? -1 : 1));
  // Of both classes, however few there are.
  labels[1] = -labels[0]!;
  const features = new Float32Array(rowCount * SPARSE_COLUMNS);
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  for (const [row, label] of labels.entries()) {
    const own = new Set([label < 0 ? 7 : 11]);
    const count = row % 9 === 0 ? most : 1 + Math.floor((most - 1) * random());
    while (own.size < count) own.add(Math.floor(SPARSE_COLUMNS * random()));
    for (const column of [...own].sort((a, b) => a - b)) {
      columns.push(column);
      values.push(Math.fround(random() + 0.25));
      features[row * SPARSE_COLUMNS + column] = values.at(-1)!;
    }
    starts.push(columns.length);
  }
  const shared = {
    ...({ featureCount: SPARSE_COLUMNS, labels, task: "binary", scaling: "clip", intercept: 0.5 } as const),
    subjects: labels.map((_, row) => `${seed}-${row}`),
    ...(isWeighted ? { sampleWeights: labels.map(() => 0.1 + 0.9 * random()) } : {}),
  };
  return {
    sparse: createDataset({ ...shared, features: { starts, columns, values } }),
    dense: createDataset({ ...shared, features }),
  };
}

/** Bytes by which a sparse row can be told in pages of a data set and of a model: its numbers, and its pairs. */
export function tracesOf({ sparse }: Dataset, row: number): readonly [Buffer, Buffer] {
  const { starts, columns, values } = sparse as SparseRows;
  const [first, end] = [starts[row]!, starts[row + 1]!];
  const pairs = new Float32Array(2 * (end - first));
  for (let i = first; i < end; i++) pairs.set([columns[i]! + 1, values[i]!], 2 * (i - first));
  return [Buffer.from(values.slice(first, end).buffer), Buffer.from(pairs.buffer)];
}
