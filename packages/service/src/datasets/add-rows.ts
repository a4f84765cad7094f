import { and, eq, exists, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError } from "expunge";
import type { RowSource } from "expunge/data";
import { type KeyDigest, keyDigests } from "../accounts/idempotency.js";
import { requireRoom } from "../accounts/quotas.js";
import { closeGate } from "../database/dataset-gates.js";
import { newId, notFound, requireId } from "../database/ids.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { additions, datasets, owners } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import { placeAppended, writeAppended } from "../rows/append-rows.js";
import { shapeOfDataset } from "../rows/dataset-rows.js";
import { discardObjects } from "../rows/sweep-objects.js";
import { type Growing, type RowsToCome, rowsToCome } from "./rows-to-come.js";
import { requireNumbers, storeOwners } from "./store-dataset.js";

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
  readonly keyring: Keyring;
}

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
  const rows = await rowsToCome(await describedDataset(database.queries, tenantId, datasetId), source);
  const add = async (transaction: Transaction, append: Append): Promise<Addition> => {
    const dataset = await holdDataset(transaction, tenantId, datasetId);
    const fingerprint = Buffer.from(dataset.keyring.fingerprintOf(`rows:${datasetId}:${rows.digest}`), "hex");
    const key = await digestOfKey(transaction, tenantId, idempotencyKey);
    const earlier = key === null ? null : await findEarlier(transaction.queries, tenantId, key, fingerprint);
    if (earlier) return earlier;
    await requireRoom(transaction, tenantId, "rows", rows.rowCount);
    const firstRow = await append(transaction, dataset);
    const values = { id: newId(), tenantId, datasetId, idempotencyKey: key, fingerprint };
    const [stored] = await transaction.queries
      .insert(additions)
      .values({ ...values, firstRow, rowCount: rows.rowCount })
      .onConflictDoNothing()
      .returning();
    // By rows of another data set, just now: those of this one have waited.
    if (stored === undefined) throw keyUsed();
    return viewOf(stored, false);
  };
  return appending(database, { tenantId, datasetId, rows }, (append) =>
    database.transaction((transaction) => add(transaction, append), "large"),
  );
}

const keyUsed = (): ExpungeError =>
  new ExpungeError("E_CONFLICT", "This idempotency key was used for other rows.");

/** Rows that are to be added to a data set of a tenant. */
interface Appending {
  readonly tenantId: string;
  readonly datasetId: string;
  readonly rows: RowsToCome;
}

/** Within a transaction, under `holdDataset`: says that the rows are there. @returns the number of the first @throws ExpungeError E_OPTION */
export type Append = (transaction: Transaction, dataset: GrowingDataset) => Promise<number>;

/** Thrown within a transaction: the data set no longer ends as it did when the rows were written. */
class Outgrown extends Error {}

/**
 * Runs a transaction that adds rows to a data set. Their pages are written before it: whoever takes requests in waits for a data set that is held, with all
 * the others of a lot. Where others have added rows meanwhile, or erased some of the last page, it begins again.
 */
export async function appending<T>(
  database: Database,
  { tenantId, datasetId, rows }: Appending,
  use: (append: Append) => Promise<T>,
): Promise<T> {
  for (;;) {
    const { description, shape } = await describedDataset(database.queries, tenantId, datasetId);
    const written = await writeAppended(database, shape, description.rowCount, rows.rows);
    let isPlaced = false;
    try {
      return await use(async (transaction, dataset) => {
        isPlaced = await placeAppended(transaction.executor, shape, dataset.description.rowCount, written);
        if (!isPlaced) throw new Outgrown("The data set has changed meanwhile.");
        return noteAppended(transaction, dataset, rows);
      });
    } catch (error) {
      isPlaced = false;
      if (!(error instanceof Outgrown)) throw error;
    } finally {
      const objectIds = written.pages.map(({ objectId }) => objectId);
      if (!isPlaced) await discardObjects(database, objectIds);
    }
  }
}

/** A data set of a tenant, and whether its rows have owners: a data set's schema says it, and its rows that are there. @throws ExpungeError E_NOT_FOUND, E_CONFLICT */
export async function describedDataset(
  queries: Queries,
  tenantId: string,
  datasetId: string,
): Promise<Growing> {
  const own = and(eq(datasets.id, requireId(datasetId, "data set")), eq(datasets.tenantId, tenantId));
  const isOwned = exists(
    queries.select({ one: sql`1` }).from(owners).where(eq(owners.datasetId, datasets.id)),
  );
  const [found] = await queries
    .select({
      state: datasets.state,
      description: datasets.description,
      pageRows: datasets.pageRows,
      pageForm: datasets.pageForm,
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
  const shape = shapeOfDataset(datasetId, description, found);
  return { description, shape, hasSubjects: schema === null ? owned : schema.subject !== null };
}

/** Within a transaction: nobody else adds rows, begins a training or takes requests in until its end. @throws ExpungeError E_NOT_FOUND, E_CONFLICT */
export async function holdDataset(
  { queries, executor }: Transaction,
  tenantId: string,
  datasetId: string,
): Promise<GrowingDataset> {
  await closeGate(executor, tenantId, requireId(datasetId, "data set"));
  const own = and(eq(datasets.id, requireId(datasetId, "data set")), eq(datasets.tenantId, tenantId));
  const [found] = await queries.select().from(datasets).where(own).for("no key update");
  if (!found || found.state === "deleted") throw notFound("data set");
  const { id, state, description, secret } = found;
  if (state !== "ready" || description === null)
    throw new ExpungeError("E_CONFLICT", `The data set is ${state}, not ready.`);
  return { id, tenantId, description, keyring: keyringOf(secret, description.subjectForm) };
}

/** Says whose the rows are, and how many there are by now. */
async function noteAppended(
  { queries }: Transaction,
  { id, description, keyring }: GrowingDataset,
  { rowCount, subjects }: RowsToCome,
): Promise<number> {
  const first = description.rowCount;
  requireNumbers(first + rowCount);
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
  throw keyUsed();
}

function viewOf(
  { id, datasetId, firstRow, rowCount, receivedAt }: typeof additions.$inferSelect,
  isRepeated: boolean,
): Addition {
  return { id, datasetId, firstRow, rowCount, isRepeated, receivedAt };
}
