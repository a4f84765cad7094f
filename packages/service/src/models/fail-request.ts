import { and, eq } from "drizzle-orm";
import type { ExpungeError } from "expunge";
import { models, requests, tasks } from "../database/tables.js";
import type { StoredProcess } from "./stored-process.js";
import type { LotOptions, Task } from "./take-tasks.js";

/** Says why a request cannot be served; where the model has gone on meanwhile, or is gone, it says nothing. */
export async function failRequest(
  { database, lease }: Pick<LotOptions, "database" | "lease">,
  { modelId, version }: StoredProcess,
  { requestId }: Task,
  error: ExpungeError,
): Promise<void> {
  await database.transaction(async ({ queries }) => {
    await lease.hold(queries);
    const [model] = await queries
      .select({ version: models.version })
      .from(models)
      .where(eq(models.id, modelId))
      .for("no key update");
    if (model?.version !== version) return;
    const failure = `${error.message} Train a new model on what is left.`;
    await queries
      .update(tasks)
      .set({ state: "failed", failure })
      .where(and(eq(tasks.requestId, requestId), eq(tasks.modelId, modelId)));
    await queries.update(requests).set({ state: "failed", failure }).where(eq(requests.id, requestId));
  });
}
