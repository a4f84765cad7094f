import { and, eq, ne } from "drizzle-orm";
import type { DataDescription } from "expunge";
import { storedWidthOf } from "expunge/data";
import { NOW } from "../database/clock.js";
import { mayRest } from "../database/may-rest.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { claimedRows, datasets, owners, requests, tasks } from "../database/tables.js";
import { eraseDatasetRows } from "../rows/pages.js";

/** How long the database may hear nothing while pages are read and written elsewhere. */
const ERASURE_MS = 600_000;

/**
 * Of some requests, erases the rows of those for which no model has anything left to do from their data set, and marks them as
 * completed. Rows of one page go together: a page is written once.
 */
export async function finishRequests(transaction: Transaction, requestIds: readonly string[]): Promise<void> {
  const { queries } = transaction;
  const ids = [...requestIds].sort();
  if (ids.length === 0) return;
  // For update, in one order: of two models that finish at once the later one must see the other's tasks done.
  const found = await queries
    .select({ id: requests.id, datasetId: requests.datasetId, state: requests.state })
    .from(requests)
    .where(isOneOf(requests.id, ids, "uuid"))
    .orderBy(requests.id)
    .for("update");
  const open = await queries
    .selectDistinct({ id: tasks.requestId })
    .from(tasks)
    .where(and(isOneOf(tasks.requestId, ids, "uuid"), ne(tasks.state, "done")));
  const isOpen = new Set(open.map(({ id }) => id));
  const finished = found.filter(({ id, state }) => state !== "completed" && !isOpen.has(id));
  for (const datasetId of new Set(finished.map((request) => request.datasetId))) {
    const own = finished.filter((request) => request.datasetId === datasetId).map(({ id }) => id);
    await eraseClaimed(transaction, datasetId, own);
  }
  if (finished.length === 0) return;
  await queries
    .update(requests)
    .set({ state: "completed", completedAt: NOW })
    .where(
      isOneOf(
        requests.id,
        finished.map(({ id }) => id),
        "uuid",
      ),
    );
}

async function eraseClaimed(
  transaction: Transaction,
  datasetId: string,
  requestIds: readonly string[],
): Promise<void> {
  const { queries } = transaction;
  const claimed = await queries
    .selectDistinct({ row: claimedRows.row })
    .from(claimedRows)
    .where(and(eq(claimedRows.datasetId, datasetId), isOneOf(claimedRows.requestId, requestIds, "uuid")));
  const rows = claimed.map(({ row }) => row);
  const [dataset] = await queries.select().from(datasets).where(eq(datasets.id, datasetId));
  if (!dataset || rows.length === 0) return;
  const featureCount = storedWidthOf(dataset.description as DataDescription);
  await mayRest(transaction.executor, ERASURE_MS);
  await eraseDatasetRows(transaction, { id: datasetId, featureCount, pageRows: dataset.pageRows }, rows);
  await queries
    .delete(owners)
    .where(and(eq(owners.datasetId, datasetId), isOneOf(owners.row, rows, "integer")));
}

/** Lets go of the rows of a request that was taken back. */
export async function releaseClaims(queries: Queries, requestId: string): Promise<void> {
  await queries.delete(claimedRows).where(eq(claimedRows.requestId, requestId));
}
