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
import { type Erasure, isUnreadable } from "../rows/erasure.js";
import { dropCheckpoint } from "./training-checkpoint.js";

/**
 * Takes a model out of service: its weights and rows are erased, and what requests still ask of it is thereby done. Its certificates stay. Where rows of its
 * data set cannot be read, and so not be erased, it goes all the same: its requests stay open until they can, or until the data set is deleted too.
 *
 * @throws ExpungeError E_NOT_FOUND
 */
export async function deleteModel(database: Database, tenantId: string, id: string): Promise<void> {
  requireId(id, "model");
  try {
    await eraseModel(database, tenantId, id, closeTasks);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await eraseModel(database, tenantId, id, leaveTasks);
  }
}

function eraseModel(
  database: Database,
  tenantId: string,
  id: string,
  endTasks: typeof closeTasks,
): Promise<void> {
  return finishing(database, async (transaction, erasure) => {
    const { queries } = transaction;
    const isOwn = and(eq(models.id, id), eq(models.tenantId, tenantId), ne(models.state, "deleted"));
    await closeGateOfModel(transaction.executor, tenantId, id);
    await holdModel(queries, isOwn);
    const gone = await queries
      .update(models)
      // A worker that is at it finds another version, or another state, and changes nothing.
      .set({
        state: "deleted",
        weights: null,
        judgement: null,
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
    await endTasks(transaction, id, erasure);
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

/** What requests ask of a model that is gone waits for workers, who close it as soon as that goes (rounds.ts); also where it failed. */
async function leaveTasks(
  { executor: { executeSql }, executor }: Transaction,
  modelId: string,
): Promise<void> {
  const { rows } = await executeSql<{ id: string }>(
    "update tasks set state = 'waiting', failure = null where model_id = $1 and state = 'failed' returning request_id as id",
    [modelId],
  );
  const ids = rows.map(({ id }) => id);
  await executeSql("select id from requests where id = any($1::uuid[]) order by id for no key update", [
    `{${ids.join()}}`,
  ]);
  await reopenRequests(executor, ids);
}
