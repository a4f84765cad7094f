import { and, eq, inArray, type SQL } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { encodeEntry, entryTime } from "expunge/ledger";
import { databaseTime, NOW } from "../database/clock.js";
import { newId } from "../database/ids.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { ledgerStaged, models, requests, tasks } from "../database/tables.js";
import { releaseClaims } from "./finish-request.js";
import { returnRows } from "./returned-rows.js";

/**
 * Takes requests back, all of them or, where one has been started, none. Those that were taken back before stay so.
 *
 * @throws ExpungeError E_CONFLICT
 */
export async function cancelRequests(
  { queries, executor }: Transaction,
  tenantId: string,
  ids: readonly string[],
): Promise<void> {
  const asked = and(inArray(requests.id, [...ids]), eq(requests.tenantId, tenantId));
  await holdModels(queries, asked);
  // Tasks first, as a worker takes them.
  await queries
    .select({ id: tasks.requestId })
    .from(tasks)
    .where(inArray(tasks.requestId, [...ids]))
    .orderBy(tasks.modelId, tasks.requestId)
    .for("update");
  const found = await queries
    .select({ id: requests.id, state: requests.state, kind: requests.kind })
    .from(requests)
    .where(asked)
    .orderBy(requests.id)
    .for("no key update");
  if (found.some(({ state }) => state !== "accepted" && state !== "cancelled"))
    throw new ExpungeError(
      "E_CONFLICT",
      "The request has been started, or may have been before the service was restored from a backup: it cannot be taken back.",
    );
  if (found.some(({ kind }) => kind === "correction"))
    throw new ExpungeError("E_CONFLICT", "A correction cannot be taken back: correct the row once more.");
  await returnRows(
    executor,
    found.flatMap(({ id, state }) => (state === "accepted" ? [id] : [])),
  );
  await releaseClaims(
    executor,
    found.map(({ id }) => id),
  );
  const time = entryTime(await databaseTime(queries));
  for (const { id, state } of found) {
    if (state === "cancelled") continue;
    await queries.update(requests).set({ state: "cancelled", completedAt: NOW }).where(eq(requests.id, id));
    await queries.delete(tasks).where(eq(tasks.requestId, id));
    const entry = {
      version: 1,
      kind: "cancelled",
      time,
      requestId: id,
      modelId: newId(),
    } as const;
    await queries.insert(ledgerStaged).values({ entry: encodeEntry(entry) });
  }
}

/**
 * Before anything else, as whoever changes a model does: a training that ends meanwhile finds the claims that are left, or is found to have ended. Their rows
 * would go to nobody else.
 */
async function holdModels(queries: Queries, asked: SQL | undefined): Promise<void> {
  const own = queries.select({ id: requests.datasetId }).from(requests).where(asked);
  await queries
    .select({ id: models.id })
    .from(models)
    .where(and(inArray(models.datasetId, own), inArray(models.state, ["waiting", "training", "ready"])))
    .orderBy(models.id)
    .for("share");
}
