import type { SqlExecutor } from "../database/open-database.js";
import {
  bytesOfPage,
  type DatasetRows,
  type DatasetShape,
  joinRows,
  rowsOfPage,
  sliceRows,
} from "./dataset-rows.js";
import { pagesOfDataset } from "./pages.js";
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
 * @throws ExpungeError E_MODEL where the last page is missing
 */
export async function writeAppended(
  access: RowAccess,
  dataset: DatasetShape,
  rowCount: number,
  rows: DatasetRows,
): Promise<AppendedRows> {
  const { id, pageRows } = dataset;
  const of = pagesOfDataset(dataset);
  const isFull = rowCount % pageRows === 0;
  const [last] = isFull ? [] : await pickPages(access, of, [Math.floor(rowCount / pageRows)]);
  if (!isFull && last === undefined) throw damaged(id, "the last page is missing");
  const before = last ? rowsOfPage(dataset, last.bytes) : null;
  const pages = await putAllPages(access.objects, of, appendedPages(dataset, rowCount, rows, before));
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
  dataset: DatasetShape,
  rowCount: number,
  appended: AppendedRows,
): Promise<boolean> {
  if (rowCount !== appended.rowCount) return false;
  const of = pagesOfDataset(dataset);
  if (appended.lastKey !== null) {
    // Rows of it may be erased just now.
    const [last] = await lockPages(executor, of, [Math.floor(rowCount / dataset.pageRows)]);
    if (last === undefined || Buffer.compare(last.key, appended.lastKey) !== 0) return false;
  }
  await placePages(executor, of, appended.pages);
  return true;
}

/** @param before what the last page has, unless it is full */
function* appendedPages(
  dataset: DatasetShape,
  rowCount: number,
  rows: DatasetRows,
  before: DatasetRows | null,
): Generator<Page> {
  const { pageRows } = dataset;
  const all = before ? joinRows(dataset, [before, rows]) : rows;
  const firstPage = Math.floor(rowCount / pageRows);
  for (let start = 0; start < all.labels.length; start += pageRows) {
    const end = Math.min(start + pageRows, all.labels.length);
    const bytes = bytesOfPage(dataset, sliceRows(dataset, all, start, end));
    yield { page: firstPage + start / pageRows, bytes };
  }
}
