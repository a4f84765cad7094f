import { eq } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows } from "../database/tables.js";
import {
  type DatasetRows,
  type DatasetShape,
  joinRows,
  pickRows,
  rowsOfPage,
  sliceRows,
} from "./dataset-rows.js";
import { pagesOfDataset } from "./pages.js";
import { damaged, pickPages, type RowAccess, readPages } from "./stored-pages.js";

/** Pages that are read at once: a megabyte, unless rows are larger than a page is meant to be. */
const PAGES_AT_ONCE = 64;

/**
 * A data set's rows in order, some at a time.
 *
 * @param rowCount the first so many; those that came since are none of them. Default all
 */
export async function* rowPagesOf(
  access: RowAccess,
  shape: DatasetShape,
  rowCount = Number.POSITIVE_INFINITY,
): AsyncGenerator<DatasetRows> {
  let left = rowCount;
  for (let first = 0; left > 0; first += PAGES_AT_ONCE) {
    const pages = await readPages(access, pagesOfDataset(shape), first, first + PAGES_AT_ONCE - 1);
    for (const { bytes } of pages) {
      const rows = rowsOfPage(shape, bytes);
      const count = Math.min(left, rows.labels.length);
      if (count > 0) yield count < rows.labels.length ? sliceRows(shape, rows, 0, count) : rows;
      left -= count;
    }
    if (pages.length < PAGES_AT_ONCE) return;
  }
}

/**
 * Some rows of a data set, in the order given.
 *
 * @throws ExpungeError E_MODEL where a page is missing
 */
export async function readDatasetRows(
  access: RowAccess,
  shape: DatasetShape,
  rows: readonly number[],
): Promise<DatasetRows> {
  const { id, pageRows } = shape;
  const wanted = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const page = Math.floor(row / pageRows);
    const own = wanted.get(page);
    if (own) own.push(i);
    else wanted.set(page, [i]);
  });
  const numbers = [...wanted.keys()];
  const pieces: DatasetRows[] = [];
  /** Where each row stands among the pieces. */
  const placeOf = new Array<number>(rows.length);
  let place = 0;
  for (let from = 0; from < numbers.length; from += PAGES_AT_ONCE) {
    const some = numbers.slice(from, from + PAGES_AT_ONCE);
    for (const { page, bytes } of await pickPages(access, pagesOfDataset(shape), some)) {
      const held = rowsOfPage(shape, bytes);
      const own = (wanted.get(page) as number[]).filter((i) => rows[i]! % pageRows < held.labels.length);
      pieces.push(
        pickRows(
          shape,
          held,
          own.map((i) => rows[i]! % pageRows),
        ),
      );
      for (const i of own) placeOf[i] = place++;
    }
  }
  const missing = rows.findIndex((_, i) => placeOf[i] === undefined);
  if (missing >= 0) throw damaged(id, `row ${rows[missing]} is missing`);
  return pickRows(shape, joinRows(shape, pieces), placeOf);
}

/** Rows that any request has claimed. */
export async function claimedOf(queries: Queries, datasetId: string): Promise<ReadonlySet<number>> {
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  return new Set(rows.map(({ row }) => row));
}
