import { and, eq, inArray, ne } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { randomBytes } from "expunge/process";
import { closeGate } from "../database/dataset-gates.js";
import { notFound, requireId } from "../database/ids.js";
import type { Database, Transaction } from "../database/open-database.js";
import {
  additions,
  certifiedSubjects,
  correctedRows,
  datasets,
  models,
  namedSubjects,
  owners,
} from "../database/tables.js";

/**
 * Erases a data set: rows, owners, who was named, and the secret that subjects were hashed with. Its requests and certificates stay.
 *
 * @throws ExpungeError E_NOT_FOUND, E_CONFLICT while a model is trained on it
 */
export function deleteDataset(database: Database, tenantId: string, id: string): Promise<void> {
  return database.transaction(async (transaction) => {
    const { queries, executor } = transaction;
    const isOwn = and(eq(datasets.id, requireId(id, "data set")), eq(datasets.tenantId, tenantId));
    await closeGate(executor, tenantId, id);
    const [dataset] = await queries.select().from(datasets).where(isOwn).for("no key update");
    if (!dataset || dataset.state === "deleted") throw notFound("data set");
    const [model] = await queries
      .select({ id: models.id })
      .from(models)
      .where(and(eq(models.datasetId, id), ne(models.state, "deleted")))
      .limit(1);
    if (model)
      throw new ExpungeError("E_CONFLICT", `Model ${model.id} is trained on this data set: delete it first.`);
    await deleteRowsOfDataset(transaction, id);
  }, "large");
}

/** Within a transaction that has the data set for itself. Whoever finishes or takes back its requests locks pages and claims without it: those are locked in their order. */
export async function deleteRowsOfDataset(
  { queries, executor }: Pick<Transaction, "queries" | "executor">,
  id: string,
): Promise<void> {
  await executor.executeSql(DELETE_PAGES, [id]);
  await queries.delete(owners).where(eq(owners.datasetId, id));
  await executor.executeSql(DELETE_CLAIMS, [id]);
  for (const table of [namedSubjects, correctedRows, additions])
    await queries.delete(table).where(eq(table.datasetId, id));
  const ownModels = queries.select({ id: models.id }).from(models).where(eq(models.datasetId, id));
  await queries.delete(certifiedSubjects).where(inArray(certifiedSubjects.modelId, ownModels));
  await queries
    .update(datasets)
    .set({ state: "deleted", secret: randomBytes(32) })
    .where(eq(datasets.id, id));
}

const DELETE_PAGES = `
with held as (
  select page from dataset_pages where dataset_id = $1 order by page for update
)
delete from dataset_pages using held where dataset_id = $1 and dataset_pages.page = held.page`;

const DELETE_CLAIMS = `
with held as (
  select "row", request_id from claimed_rows where dataset_id = $1 order by "row", request_id for update
)
delete from claimed_rows using held
where dataset_id = $1 and claimed_rows."row" = held."row" and claimed_rows.request_id = held.request_id`;
