import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { randomBytes } from "expunge/process";
import { isOneOf } from "../database/one-of.js";
import type { Database, Queries } from "../database/open-database.js";
import {
  certifiedSubjects,
  claimedRows,
  datasetPages,
  datasets,
  modelOrder,
  modelPages,
  models,
  namedSubjects,
  owners,
  requests,
  tasks,
} from "../database/tables.js";
import { finishRequests } from "./finish-request.js";
import { notFound, requireId } from "./ids.js";

/**
 * Takes a model out of service: its weights and rows are erased, and what requests still ask of it is thereby done. Its certificates stay.
 *
 * @throws ExpungeError E_NOT_FOUND
 */
export function deleteModel(database: Database, tenantId: string, id: string): Promise<void> {
  return database.transaction(async ({ queries }) => {
    const isOwn = and(
      eq(models.id, requireId(id, "model")),
      eq(models.tenantId, tenantId),
      ne(models.state, "deleted"),
    );
    const gone = await queries
      .update(models)
      // A worker that is at it finds another version, or another state, and changes nothing.
      .set({
        state: "deleted",
        weights: null,
        progress: null,
        failure: null,
        version: sql`${models.version} + 1`,
      })
      .where(isOwn)
      .returning({ id: models.id });
    if (gone.length === 0) throw notFound("model");
    await queries.delete(modelPages).where(eq(modelPages.modelId, id));
    await queries.delete(modelOrder).where(eq(modelOrder.modelId, id));
    await closeTasks(queries, id);
  });
}

/** What requests ask of a model that holds no row and no weight any more is done. */
export async function closeTasks(queries: Queries, modelId: string): Promise<void> {
  const freed = await queries
    .update(tasks)
    .set({ state: "done", failure: null })
    .where(and(eq(tasks.modelId, modelId), ne(tasks.state, "done")))
    .returning({ requestId: tasks.requestId });
  const ids = freed.map(({ requestId }) => requestId);
  if (ids.length === 0) return;
  await finishRequests(queries, ids);
  await queries
    .update(requests)
    .set({ failure: null })
    .where(and(isOneOf(requests.id, ids, "uuid"), eq(requests.state, "completed")));
}

/**
 * Erases a data set: rows, owners, who was named, and the secret that subjects were hashed with. Its requests and certificates stay.
 *
 * @throws ExpungeError E_NOT_FOUND, E_CONFLICT while a model is trained on it
 */
export function deleteDataset(database: Database, tenantId: string, id: string): Promise<void> {
  return database.transaction(async ({ queries }) => {
    const isOwn = and(eq(datasets.id, requireId(id, "data set")), eq(datasets.tenantId, tenantId));
    const [dataset] = await queries.select().from(datasets).where(isOwn).for("update");
    if (!dataset || dataset.state === "deleted") throw notFound("data set");
    const [model] = await queries
      .select({ id: models.id })
      .from(models)
      .where(and(eq(models.datasetId, id), ne(models.state, "deleted")))
      .limit(1);
    if (model)
      throw new ExpungeError("E_CONFLICT", `Model ${model.id} is trained on this data set: delete it first.`);
    await deleteRowsOfDataset(queries, id);
  });
}

export async function deleteRowsOfDataset(queries: Queries, id: string): Promise<void> {
  for (const table of [datasetPages, owners, claimedRows, namedSubjects])
    await queries.delete(table).where(eq(table.datasetId, id));
  const ownModels = queries.select({ id: models.id }).from(models).where(eq(models.datasetId, id));
  await queries.delete(certifiedSubjects).where(inArray(certifiedSubjects.modelId, ownModels));
  await queries
    .update(datasets)
    .set({ state: "deleted", secret: randomBytes(32) })
    .where(eq(datasets.id, id));
}
