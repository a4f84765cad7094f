import { createDataset } from "../src/data/create-dataset.js";
import type { Dataset } from "../src/data/dataset.js";
import { generator } from "./kernels.js";

/** Columns of the rows below. */
export const WIDE_COLUMNS = 9000;

/** Rows of 1 to `most` entries, two of each owner. */
export function wideSparseRows(rowCount: number, seed: number, most = 40, isWeighted = true): Dataset {
  const random = generator(seed);
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  const labels: number[] = Array.from({ length: rowCount }, () => (random() < 0.5 ? -1 : 1));
  // Of both classes, however few there are.
  labels[1] = -labels[0]!;
  for (const [row, label] of labels.entries()) {
    const own = new Set([label < 0 ? 7 : 11]);
    const length = row % 50 === 3 ? most : 1 + Math.floor((most - 1) * random());
    while (own.size < length) own.add(Math.floor(WIDE_COLUMNS * random()));
    for (const column of [...own].sort((a, b) => a - b)) {
      columns.push(column);
      values.push(random() + 0.25);
    }
    starts.push(columns.length);
  }
  return createDataset({
    ...({ featureCount: WIDE_COLUMNS, labels, task: "binary", scaling: "clip", intercept: 0.5 } as const),
    features: { starts, columns, values },
    subjects: labels.map((_, row) => `${seed}-${row >> 1}`),
    ...(isWeighted ? { sampleWeights: labels.map(() => 0.1 + 0.9 * random()) } : {}),
  });
}
