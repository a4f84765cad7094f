import { and, eq, inArray, ne } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows, datasets, owners, requests, tasks } from "../database/tables.js";
import type { DataDescription } from "../unlearner/model-state.js";
import { eraseDatasetRows } from "./pages.js";

/** Erases a request's rows from its data set and marks it as completed, once no model has anything left to do for it. */
export async function finishRequest(queries: Queries, requestId: string): Promise<void> {
  // For update: of two models that finish at once the later one must see the other's task done.
  const [request] = await queries.select().from(requests).where(eq(requests.id, requestId)).for("update");
  if (!request || request.state === "completed") return;
  const [open] = await queries
    .select({ modelId: tasks.modelId })
    .from(tasks)
    .where(and(eq(tasks.requestId, requestId), ne(tasks.state, "done")))
    .limit(1);
  if (open) return;
  const claimed = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.requestId, requestId));
  const rows = claimed.map(({ row }) => row);
  const [dataset] = await queries.select().from(datasets).where(eq(datasets.id, request.datasetId));
  if (dataset && rows.length > 0) {
    const { featureCount } = dataset.description as DataDescription;
    await eraseDatasetRows(queries, { id: dataset.id, featureCount, pageRows: dataset.pageRows }, rows);
    await queries.delete(owners).where(and(eq(owners.datasetId, dataset.id), inArray(owners.row, rows)));
  }
  await queries
    .update(requests)
    .set({ state: "completed", completedAt: new Date() })
    .where(eq(requests.id, requestId));
}

/** Lets go of the rows of a request that was taken back. */
export async function releaseClaims(queries: Queries, requestId: string): Promise<void> {
  await queries.delete(claimedRows).where(eq(claimedRows.requestId, requestId));
}
