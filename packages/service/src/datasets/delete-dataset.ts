import { and, eq, inArray, ne } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { randomBytes } from "expunge/process";
import { notFound, requireId } from "../database/ids.js";
import type { Database, Queries } from "../database/open-database.js";
import {
  additions,
  certifiedSubjects,
  claimedRows,
  correctedRows,
  datasetPages,
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
  return database.transaction(async ({ queries }) => {
    const isOwn = and(eq(datasets.id, requireId(id, "data set")), eq(datasets.tenantId, tenantId));
    const [dataset] = await queries.select().from(datasets).where(isOwn).for("no key update");
    if (!dataset || dataset.state === "deleted") throw notFound("data set");
    const [model] = await queries
      .select({ id: models.id })
      .from(models)
      .where(and(eq(models.datasetId, id), ne(models.state, "deleted")))
      .limit(1);
    if (model)
      throw new ExpungeError("E_CONFLICT", `Model ${model.id} is trained on this data set: delete it first.`);
    await deleteRowsOfDataset(queries, id);
  }, "large");
}

export async function deleteRowsOfDataset(queries: Queries, id: string): Promise<void> {
  for (const table of [datasetPages, owners, claimedRows, namedSubjects, correctedRows, additions])
    await queries.delete(table).where(eq(table.datasetId, id));
  const ownModels = queries.select({ id: models.id }).from(models).where(eq(models.datasetId, id));
  await queries.delete(certifiedSubjects).where(inArray(certifiedSubjects.modelId, ownModels));
  await queries
    .update(datasets)
    .set({ state: "deleted", secret: randomBytes(32) })
    .where(eq(datasets.id, id));
}
