import { and, eq, ne, type SQL, sql } from "drizzle-orm";
import { closeGateOfModel } from "../database/dataset-gates.js";
import { notFound, requireId } from "../database/ids.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import {
  joinedRows,
  lessons,
  modelOrder,
  modelPages,
  models,
  returnedRows,
  tasks,
} from "../database/tables.js";
import { finishing, finishRequests, reopenRequests } from "../requests/finish-request.js";
import type { Erasure } from "../rows/erasure.js";
import { dropCheckpoint } from "./training-checkpoint.js";

/**
 * Takes a model out of service: its weights and rows are erased, and what requests still ask of it is thereby done. Its certificates stay.
 *
 * @throws ExpungeError E_NOT_FOUND
 */
export function deleteModel(database: Database, tenantId: string, id: string): Promise<void> {
  return finishing(database, async (transaction, erasure) => {
    const { queries } = transaction;
    const isOwn = and(
      eq(models.id, requireId(id, "model")),
      eq(models.tenantId, tenantId),
      ne(models.state, "deleted"),
    );
    await closeGateOfModel(transaction.executor, tenantId, id);
    await holdModel(queries, isOwn);
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
    await deletePages(queries, id);
    await queries.delete(lessons).where(eq(lessons.modelId, id));
    await dropCheckpoint(queries, id);
    await closeTasks(transaction, id, erasure);
  });
}

/** Behind its gate: locks a model that is about to have nothing to do any more: whoever gives it a task meanwhile is waited for, and its task is seen (store-requests.ts). */
export async function holdModel(queries: Queries, isIt: SQL | undefined): Promise<void> {
  await queries.select({ id: models.id }).from(models).where(isIt).for("update");
}

/** A model's rows, its order, and when rows joined: with their keys they are gone. */
export async function deletePages(queries: Queries, modelId: string): Promise<void> {
  await queries.delete(modelPages).where(eq(modelPages.modelId, modelId));
  await queries.delete(modelOrder).where(eq(modelOrder.modelId, modelId));
  await queries.delete(joinedRows).where(eq(joinedRows.modelId, modelId));
  await queries.delete(returnedRows).where(eq(returnedRows.modelId, modelId));
}

/** What requests ask of a model that holds no row and no weight any more is done. */
export async function closeTasks(transaction: Transaction, modelId: string, erasure: Erasure): Promise<void> {
  const { queries } = transaction;
  const freed = await queries
    .update(tasks)
    .set({ state: "done", failure: null })
    .where(and(eq(tasks.modelId, modelId), ne(tasks.state, "done")))
    .returning({ requestId: tasks.requestId });
  const ids = freed.map(({ requestId }) => requestId);
  if (ids.length === 0) return;
  await finishRequests(transaction, ids, erasure);
  // They are held by now: nobody says meanwhile that they fail in another model.
  await reopenRequests(transaction.executor, ids);
}
