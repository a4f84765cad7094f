import { eq } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows } from "../database/tables.js";
import { type PageRows, rowsOfBytes } from "./page-bytes.js";
import { pagesOfDataset } from "./pages.js";
import { type RowAccess, readPages } from "./stored-pages.js";

/** Pages that are read at once: a megabyte. */
const PAGES_AT_ONCE = 64;

/**
 * A data set's rows as they are stored, in order, some at a time.
 *
 * @param featureCount numbers of a stored row: its features, and its sample weight where rows have one
 */
export async function* rowPagesOf(
  access: RowAccess,
  datasetId: string,
  featureCount: number,
): AsyncGenerator<PageRows> {
  for (let first = 0; ; first += PAGES_AT_ONCE) {
    const pages = await readPages(access, pagesOfDataset(datasetId), first, first + PAGES_AT_ONCE - 1);
    for (const { bytes } of pages) yield rowsOfBytes(bytes, featureCount);
    if (pages.length < PAGES_AT_ONCE) return;
  }
}

/** Rows that any request has claimed. */
export async function claimedOf(queries: Queries, datasetId: string): Promise<ReadonlySet<number>> {
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  return new Set(rows.map(({ row }) => row));
}
