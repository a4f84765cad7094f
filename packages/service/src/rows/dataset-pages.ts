import { eq } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows } from "../database/tables.js";
import { type PageRows, rowsOfBytes } from "./page-bytes.js";
import { type DatasetShape, pagesOfDataset } from "./pages.js";
import { damaged, pickPages, type RowAccess, readPages } from "./stored-pages.js";

/** Pages that are read at once: a megabyte. */
const PAGES_AT_ONCE = 64;

/**
 * A data set's rows as they are stored, in order, some at a time.
 *
 * @param featureCount numbers of a stored row: its features, and its sample weight where rows have one
 * @param rowCount the first so many; those that came since are none of them. Default all
 */
export async function* rowPagesOf(
  access: RowAccess,
  datasetId: string,
  featureCount: number,
  rowCount = Number.POSITIVE_INFINITY,
): AsyncGenerator<PageRows> {
  let left = rowCount;
  for (let first = 0; left > 0; first += PAGES_AT_ONCE) {
    const pages = await readPages(access, pagesOfDataset(datasetId), first, first + PAGES_AT_ONCE - 1);
    for (const { bytes } of pages) {
      const { features, labels } = rowsOfBytes(bytes, featureCount);
      const count = Math.min(left, labels.length);
      if (count > 0)
        yield { features: features.subarray(0, count * featureCount), labels: labels.subarray(0, count) };
      left -= count;
    }
    if (pages.length < PAGES_AT_ONCE) return;
  }
}

/**
 * Some rows of a data set as they are stored, one behind the other.
 *
 * @throws ExpungeError E_MODEL where a page is missing
 */
export async function readDatasetRows(
  access: RowAccess,
  { id, featureCount, pageRows }: DatasetShape,
  rows: readonly number[],
): Promise<PageRows> {
  const numbers = [...new Set(rows.map((row) => Math.floor(row / pageRows)))];
  const pages = new Map<number, PageRows>();
  for (let from = 0; from < numbers.length; from += PAGES_AT_ONCE)
    for (const { page, bytes } of await pickPages(
      access,
      pagesOfDataset(id),
      numbers.slice(from, from + PAGES_AT_ONCE),
    ))
      pages.set(page, rowsOfBytes(bytes, featureCount));
  const features = new Float32Array(rows.length * featureCount);
  const labels = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    const page = pages.get(Math.floor(row / pageRows));
    const at = row % pageRows;
    const label = page?.labels[at];
    if (page === undefined || label === undefined) throw damaged(id, `row ${row} is missing`);
    features.set(page.features.subarray(at * featureCount, (at + 1) * featureCount), i * featureCount);
    labels[i] = label;
  });
  return { features, labels };
}

/** Rows that any request has claimed. */
export async function claimedOf(queries: Queries, datasetId: string): Promise<ReadonlySet<number>> {
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  return new Set(rows.map(({ row }) => row));
}
