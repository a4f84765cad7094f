import { inArray } from "drizzle-orm";
import type { FitOptions } from "expunge";
import { requireRoom } from "../accounts/quotas.js";
import { passGates } from "../database/dataset-gates.js";
import { newId, notFound } from "../database/ids.js";
import type { Database } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { datasets, models, type Schedule } from "../database/tables.js";

/** A model that is asked for, and checked. */
interface Asked {
  readonly name: string;
  readonly datasetId: string;
  readonly evaluationDatasetId: string | undefined;
  readonly options: FitOptions;
  readonly schedule: Schedule | undefined;
}

/** Stores a model, and a job that trains it. @returns its id @throws ExpungeError E_NOT_FOUND, E_QUOTA */
export async function storeModel(
  database: Database,
  queue: Queue,
  tenantId: string,
  { name, datasetId, evaluationDatasetId, options, schedule }: Asked,
): Promise<string> {
  const id = newId();
  await database.transaction(async (transaction) => {
    // Shared with others who train on it; nobody deletes it meanwhile.
    const ids = [datasetId, ...(evaluationDatasetId === undefined ? [] : [evaluationDatasetId])];
    await passGates(transaction.executor, ids);
    const found = await transaction.queries
      .select({ state: datasets.state })
      .from(datasets)
      .where(inArray(datasets.id, ids))
      .orderBy(datasets.id)
      .for("share");
    if (found.filter(({ state }) => state === "ready").length < ids.length) throw notFound("data set");
    await requireRoom(transaction, tenantId, "models", 1);
    const values = {
      id,
      tenantId,
      datasetId,
      evaluationDatasetId: evaluationDatasetId ?? null,
      name,
      options,
      schedule: schedule ?? null,
      state: "waiting",
      version: 0,
      pageSlots: 1,
    } as const;
    await transaction.queries.insert(models).values(values);
    await queue.add("train", [id], transaction.executor);
  });
  return id;
}
