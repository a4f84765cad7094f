import { and, asc, eq, gt } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows, datasetPages } from "../database/tables.js";
import { floatsOfBytes } from "./pages.js";

/* A data set's rows as they are stored, read in order, one page at a time. */

/** Features and labels. */
export async function* rowPagesOf(
  queries: Queries,
  datasetId: string,
): AsyncGenerator<{ readonly features: Float32Array; readonly labels: Float32Array }> {
  const read = (last: number) =>
    queries
      .select()
      .from(datasetPages)
      .where(after(datasetId, last))
      .orderBy(asc(datasetPages.page))
      .limit(1);
  for await (const { features, labels } of inOrder(read))
    yield { features: floatsOfBytes(features), labels: floatsOfBytes(labels) };
}

/** The labels alone, which are far fewer bytes. */
export async function* labelPagesOf(queries: Queries, datasetId: string): AsyncGenerator<Float32Array> {
  const columns = { page: datasetPages.page, labels: datasetPages.labels };
  const read = (last: number) =>
    queries
      .select(columns)
      .from(datasetPages)
      .where(after(datasetId, last))
      .orderBy(asc(datasetPages.page))
      .limit(1);
  for await (const { labels } of inOrder(read)) yield floatsOfBytes(labels);
}

async function* inOrder<P extends { readonly page: number }>(
  readAfter: (page: number) => PromiseLike<readonly P[]>,
): AsyncGenerator<P> {
  for (let last = -1; ; ) {
    const [page] = await readAfter(last);
    if (!page) return;
    last = page.page;
    yield page;
  }
}

function after(datasetId: string, page: number) {
  return and(eq(datasetPages.datasetId, datasetId), gt(datasetPages.page, page));
}

/** Rows that any request has claimed. */
export async function claimedOf(queries: Queries, datasetId: string): Promise<ReadonlySet<number>> {
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  return new Set(rows.map(({ row }) => row));
}
