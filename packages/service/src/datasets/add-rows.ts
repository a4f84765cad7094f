import { and, eq, exists, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError } from "expunge";
import { type RowSource, storedWidthOf } from "expunge/data";
import { type KeyDigest, keyDigests } from "../accounts/idempotency.js";
import { requireRoom } from "../accounts/quotas.js";
import { newId, notFound, requireId } from "../database/ids.js";
import { mayRest } from "../database/may-rest.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { additions, datasets, owners } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import { appendDatasetRows } from "../rows/pages.js";
import { digestOfRows, type RowsToCome, rowsToCome } from "./rows-to-come.js";
import { storeOwners } from "./store-dataset.js";

/** Rows that were added to a data set by one call. */
export interface Addition {
  readonly id: string;
  readonly datasetId: string;
  /** Number of the first, from 0; the others follow it. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** Whether it is an earlier one that came again under its idempotency key. */
  readonly isRepeated: boolean;
  readonly receivedAt: Date;
}

/** A data set that rows are added to. */
export interface GrowingDataset {
  readonly id: string;
  readonly tenantId: string;
  readonly description: DataDescription;
  readonly pageRows: number;
  readonly keyring: Keyring;
}

/** How long the database may hear nothing while pages are written elsewhere. */
const WRITING_MS = 600_000;
const MAX_ROWS = 2 ** 31 - 1;

/**
 * Adds rows behind the others of a data set. Once this resolves they are durable. Models that are trained on it learn them when they are given a lesson;
 * new ones are trained on them.
 *
 * @throws ExpungeError E_NOT_FOUND, E_CONFLICT, E_QUOTA, E_DATA, E_OPTION
 */
export async function addRows(
  database: Database,
  tenantId: string,
  datasetId: string,
  { source, idempotencyKey }: { readonly source: RowSource; readonly idempotencyKey?: string },
): Promise<Addition> {
  const { description, hasSubjects } = await describedDataset(database.queries, tenantId, datasetId);
  const rows = await rowsToCome(description, source, hasSubjects);
  return database.transaction(async (transaction) => {
    const dataset = await holdDataset(transaction, tenantId, datasetId);
    const fingerprint = Buffer.from(
      dataset.keyring.fingerprintOf(`rows:${datasetId}:${digestOfRows(rows)}`),
      "hex",
    );
    const key = await digestOfKey(transaction, tenantId, idempotencyKey);
    const earlier = key === null ? null : await findEarlier(transaction.queries, tenantId, key, fingerprint);
    if (earlier) return earlier;
    await requireRoom(transaction, tenantId, "rows", rows.rowCount);
    const firstRow = await appendRows(transaction, dataset, rows);
    const values = { id: newId(), tenantId, datasetId, idempotencyKey: key, fingerprint };
    const [stored] = await transaction.queries
      .insert(additions)
      .values({ ...values, firstRow, rowCount: rows.rowCount })
      .returning();
    return viewOf(stored as typeof additions.$inferSelect, false);
  }, "large");
}

/** A data set of a tenant, and whether its rows have owners: a data set's schema says it, and its rows that are there. @throws ExpungeError E_NOT_FOUND, E_CONFLICT */
export async function describedDataset(
  queries: Queries,
  tenantId: string,
  datasetId: string,
): Promise<{ readonly description: DataDescription; readonly hasSubjects: boolean }> {
  const own = and(eq(datasets.id, requireId(datasetId, "data set")), eq(datasets.tenantId, tenantId));
  const isOwned = exists(
    queries.select({ one: sql`1` }).from(owners).where(eq(owners.datasetId, datasets.id)),
  );
  const [found] = await queries
    .select({
      state: datasets.state,
      description: datasets.description,
      schema: datasets.schema,
      isOwned: sql<boolean>`${isOwned}`,
    })
    .from(datasets)
    .where(own);
  if (!found || found.state === "deleted") throw notFound("data set");
  const { state, description, schema, isOwned: owned } = found;
  if (state !== "ready" || description === null)
    throw new ExpungeError("E_CONFLICT", `The data set is ${state}, not ready.`);
  // Of one whose people were all deleted no row has an owner left.
  return { description, hasSubjects: schema === null ? owned : schema.subject !== null };
}

/** Within a transaction: nobody else adds rows, begins a training or takes requests in until its end. @throws ExpungeError E_NOT_FOUND, E_CONFLICT */
export async function holdDataset(
  { queries }: Transaction,
  tenantId: string,
  datasetId: string,
): Promise<GrowingDataset> {
  const own = and(eq(datasets.id, requireId(datasetId, "data set")), eq(datasets.tenantId, tenantId));
  const [found] = await queries.select().from(datasets).where(own).for("update");
  if (!found || found.state === "deleted") throw notFound("data set");
  const { id, state, description, pageRows, secret } = found;
  if (state !== "ready" || description === null)
    throw new ExpungeError("E_CONFLICT", `The data set is ${state}, not ready.`);
  return { id, tenantId, description, pageRows, keyring: keyringOf(secret, description.subjectForm) };
}

/** Writes rows behind the others, under `holdDataset`. @returns the number of the first @throws ExpungeError E_OPTION */
export async function appendRows(
  transaction: Transaction,
  { id, description, pageRows, keyring }: GrowingDataset,
  { rowCount, contents, subjects }: RowsToCome,
): Promise<number> {
  const { queries, executor } = transaction;
  const first = description.rowCount;
  if (first + rowCount > MAX_ROWS)
    throw new ExpungeError("E_OPTION", `Expected at most ${MAX_ROWS} rows in a data set.`);
  await mayRest(executor, WRITING_MS);
  const paged = { id, featureCount: storedWidthOf(description), pageRows };
  await appendDatasetRows(transaction, paged, first, contents);
  await storeOwners(queries, id, first, { subjects }, keyring);
  await queries
    .update(datasets)
    .set({ description: { ...description, rowCount: first + rowCount } })
    .where(eq(datasets.id, id));
  return first;
}

async function digestOfKey(
  { executor }: Transaction,
  tenantId: string,
  key: string | undefined,
): Promise<string | null> {
  if (key === undefined) return null;
  return ((await keyDigests(executor, [tenantId])).get(tenantId) as KeyDigest)(key);
}

/** @throws ExpungeError E_CONFLICT where the key was used for other rows */
async function findEarlier(
  queries: Queries,
  tenantId: string,
  key: string,
  fingerprint: Uint8Array,
): Promise<Addition | null> {
  const own = and(eq(additions.tenantId, tenantId), eq(additions.idempotencyKey, key));
  const [found] = await queries.select().from(additions).where(own);
  if (!found) return null;
  if (Buffer.compare(found.fingerprint, fingerprint) === 0) return viewOf(found, true);
  throw new ExpungeError("E_CONFLICT", "This idempotency key was used for other rows.");
}

function viewOf(
  { id, datasetId, firstRow, rowCount, receivedAt }: typeof additions.$inferSelect,
  isRepeated: boolean,
): Addition {
  return { id, datasetId, firstRow, rowCount, isRepeated, receivedAt };
}
