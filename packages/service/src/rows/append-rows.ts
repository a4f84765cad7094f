import type { SqlExecutor } from "../database/open-database.js";
import { bytesOfRows, type PageRows, rowsOfBytes } from "./page-bytes.js";
import { type DatasetShape, pagesOfDataset } from "./pages.js";
import {
  damaged,
  lockPages,
  type Page,
  type PlacedPages,
  pickPages,
  placePages,
  putAllPages,
  type RowAccess,
} from "./stored-pages.js";

/** Rows behind the others of a data set, in pages that count once they are placed. */
export interface AppendedRows {
  /** Rows that the data set had. */
  readonly rowCount: number;
  /** Of its last page, which is written anew; null where that was full. */
  readonly lastKey: Uint8Array | null;
  readonly pages: readonly PlacedPages[];
}

/**
 * Writes rows behind the others of a data set.
 *
 * @param rowCount rows that there are
 * @param contents of each row its features, its sample weight where rows have one, and its label
 * @throws ExpungeError E_MODEL where the last page is missing
 */
export async function writeAppended(
  access: RowAccess,
  dataset: DatasetShape,
  rowCount: number,
  contents: Float32Array,
): Promise<AppendedRows> {
  const { id, featureCount, pageRows } = dataset;
  const of = pagesOfDataset(id);
  const isFull = rowCount % pageRows === 0;
  const [last] = isFull ? [] : await pickPages(access, of, [Math.floor(rowCount / pageRows)]);
  if (!isFull && last === undefined) throw damaged(id, "the last page is missing");
  const before = last ? rowsOfBytes(last.bytes, featureCount) : null;
  const pages = await putAllPages(access.objects, of, appendedPages(dataset, rowCount, contents, before));
  return { rowCount, lastKey: last?.key ?? null, pages };
}

/**
 * Places them, within a transaction that holds the data set and says that they are there.
 *
 * @param rowCount rows that there are now
 * @returns whether the data set still ends as it did; if not, nothing is placed
 */
export async function placeAppended(
  executor: SqlExecutor,
  { id, pageRows }: DatasetShape,
  rowCount: number,
  appended: AppendedRows,
): Promise<boolean> {
  if (rowCount !== appended.rowCount) return false;
  const of = pagesOfDataset(id);
  if (appended.lastKey !== null) {
    // Rows of it may be erased just now.
    const [last] = await lockPages(executor, of, [Math.floor(rowCount / pageRows)]);
    if (last === undefined || Buffer.compare(last.key, appended.lastKey) !== 0) return false;
  }
  await placePages(executor, of, appended.pages);
  return true;
}

function* appendedPages(
  { featureCount, pageRows }: DatasetShape,
  rowCount: number,
  contents: Float32Array,
  before: PageRows | null,
): Generator<Page> {
  const width = featureCount + 1;
  const end = rowCount + contents.length / width;
  for (let page = Math.floor(rowCount / pageRows); page * pageRows < end; page++) {
    const first = page * pageRows;
    const count = Math.min(pageRows, end - first);
    const features = new Float32Array(count * featureCount);
    const labels = new Float32Array(count);
    if (before && first < rowCount) {
      features.set(before.features);
      labels.set(before.labels);
    }
    for (let row = Math.max(first, rowCount); row < first + count; row++) {
      const at = (row - rowCount) * width;
      features.set(contents.subarray(at, at + featureCount), (row - first) * featureCount);
      labels[row - first] = contents[at + featureCount]!;
    }
    yield { page, bytes: bytesOfRows({ features, labels }) };
  }
}
