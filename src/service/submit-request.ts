import { and, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { claimedRows, datasets, ledgerStaged, models, owners, requests, tasks } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import { commitTo, encodeEntry, entryTime } from "../ledger/index.js";
import { sha256Hex } from "../records/bytes.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { DataDescription } from "../unlearner/model-state.js";
import { finishRequest } from "./finish-request.js";
import { newId, notFound, requireId } from "./ids.js";
import { type Keyring, keyringOf } from "./keyring.js";
import type { Queue } from "./queue.js";
import type { DeletionRequest } from "./service.js";

const MONTH_MS = 30 * 24 * 3600 * 1000;
/** Rows and subjects of one request. */
const MOST_NAMED = 10_000;

/** What `submitRequest` answers with, before it is read back for display. */
export interface Submitted {
  readonly requestId: string;
  readonly isRepeated: boolean;
  readonly salt: string | null;
}

/**
 * Takes a request in, in one transaction: its rows are claimed, every model that has them gets a task and a job, and the ledger an entry.
 * A repeated idempotency key is the same request.
 *
 * @throws ExpungeError E_NOT_FOUND, E_CONFLICT, E_OPTION, E_UNKNOWN_SUBJECT naming positions, never ids
 */
export function submitRequest(
  database: Database,
  queue: Queue,
  tenantId: string,
  request: DeletionRequest,
): Promise<Submitted> {
  requireShape(request);
  return database.transaction(async (transaction) => {
    const { queries } = transaction;
    // For update: claims and the beginning of a training take turns.
    const [dataset] = await queries
      .select()
      .from(datasets)
      .where(and(eq(datasets.id, requireId(request.datasetId, "data set")), eq(datasets.tenantId, tenantId)))
      .for("share");
    if (!dataset) throw notFound("data set");
    if (dataset.state !== "ready" || !dataset.description)
      throw new ExpungeError("E_CONFLICT", `The data set is ${dataset.state}, not ready.`);
    const keyring = keyringOf(dataset.secret);
    const fingerprint = fingerprintOf(request, keyring);
    const earlier = await findByKey(queries, tenantId, request, fingerprint);
    if (earlier) return { requestId: earlier, isRepeated: true, salt: saltFor(request, keyring, earlier) };
    const requestId = newId();
    const named = await rowsNamed(queries, request, keyring, dataset.description);
    const now = new Date();
    await queries.insert(requests).values({
      id: requestId,
      tenantId,
      datasetId: dataset.id,
      state: "accepted",
      idempotencyKey: request.idempotencyKey ?? null,
      fingerprint,
      owners: named.owners,
      subjectDigests: (request.subjects ?? []).map((subject) => keyring.digestOf(subject, requestId)),
      rowCount: 0,
      chosen: request.chosen ?? "adaptively",
      receivedAt: now,
      dueAt: request.dueAt ?? new Date(now.getTime() + MONTH_MS),
      envelope: request.envelope ?? null,
    });
    const rowCount = await claim(queries, dataset.id, requestId, named.rows);
    await queries.update(requests).set({ rowCount }).where(eq(requests.id, requestId));
    await stageEntry(queries, requestId, dataset.id, keyring, fingerprint, now);
    await giveTasks(transaction, queue, dataset.id, requestId);
    return { requestId, isRepeated: false, salt: saltFor(request, keyring, requestId) };
  });
}

/** @throws ExpungeError E_OPTION */
export function requireShape({ subjects, rows, idempotencyKey, dueAt }: DeletionRequest): void {
  const named = subjects ?? rows;
  if ((subjects === undefined) === (rows === undefined) || !named || named.length === 0)
    throw new ExpungeError(
      "E_OPTION",
      "Expected `subjects` (ids) or `rows` (numbers), one of them, not empty.",
    );
  if (named.length > MOST_NAMED)
    throw new ExpungeError(
      "E_OPTION",
      `Expected at most ${MOST_NAMED} subjects or rows, found ${named.length}.`,
    );
  const isText = (value: unknown): boolean =>
    typeof value === "string" && value !== "" && value.length <= 1000;
  const isRow = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const at = named.findIndex((value) => !(subjects ? isText(value) : isRow(value)));
  if (at >= 0) {
    throw new ExpungeError(
      "E_OPTION",
      subjects
        ? `Expected subjects[${at}] to be a text of 1 to 1,000 characters.`
        : `Expected rows[${at}] to be a row number, from 0.`,
    );
  }
  if (idempotencyKey !== undefined && !(idempotencyKey.length >= 1 && idempotencyKey.length <= 200))
    throw new ExpungeError("E_OPTION", "Expected an idempotency key of 1 to 200 characters.");
  if (dueAt !== undefined && !Number.isFinite(dueAt.getTime()))
    throw new ExpungeError("E_OPTION", "Expected dueAt to be a time.");
}

/** SHA-256 of what is asked, subjects by their keyed digests. */
function fingerprintOf(request: DeletionRequest, keyring: Keyring): Uint8Array {
  const { datasetId, subjects, rows, chosen } = request;
  const named = subjects
    ? { owners: subjects.map((subject) => keyring.ownerOf(subject)) }
    : { rows: rows ?? [] };
  const text = canonicalJson({ datasetId, ...named, chosen: chosen ?? "adaptively" });
  return Buffer.from(sha256Hex(new TextEncoder().encode(text)), "hex");
}

async function findByKey(
  queries: Queries,
  tenantId: string,
  { idempotencyKey }: DeletionRequest,
  fingerprint: Uint8Array,
): Promise<string | null> {
  if (idempotencyKey === undefined) return null;
  const lock = `${tenantId}/${idempotencyKey}`;
  // Two that come at once under one key take turns.
  await queries.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`);
  const [found] = await queries
    .select({ id: requests.id, fingerprint: requests.fingerprint })
    .from(requests)
    .where(and(eq(requests.tenantId, tenantId), eq(requests.idempotencyKey, idempotencyKey)));
  if (!found) return null;
  if (Buffer.compare(found.fingerprint, fingerprint) === 0) return found.id;
  throw new ExpungeError("E_CONFLICT", "This idempotency key was used for another request.");
}

function saltFor({ subjects }: DeletionRequest, keyring: Keyring, requestId: string): string | null {
  return subjects ? keyring.saltOf(requestId) : null;
}

/** Rows that a request names, claimed ones too, and the owners it names. @throws ExpungeError E_UNKNOWN_SUBJECT */
export async function rowsNamed(
  queries: Queries,
  request: DeletionRequest,
  keyring: Keyring,
  { rowCount }: DataDescription,
): Promise<{ readonly rows: readonly number[]; readonly owners: readonly string[] }> {
  if (!request.subjects) {
    const at = (request.rows ?? []).findIndex((row) => row >= rowCount);
    if (at < 0) return { rows: [...new Set(request.rows)], owners: [] };
    throw unknown(`Expected rows[${at}] = ${request.rows?.[at]} in [0, ${rowCount - 1}].`, at);
  }
  const keys = request.subjects.map((subject) => keyring.ownerOf(subject));
  const found = await queries
    .select({ row: owners.row, owner: owners.owner })
    .from(owners)
    .where(
      and(
        eq(owners.datasetId, request.datasetId),
        inArray(
          owners.owner,
          keys.map((key) => Buffer.from(key, "hex")),
        ),
      ),
    );
  const known = new Set(found.map(({ owner }) => Buffer.from(owner).toString("hex")));
  for (const [i, key] of keys.entries()) {
    if (known.has(key) || (await wasForgotten(queries, request.datasetId, key))) continue;
    throw unknown(`subjects[${i}] owns no row of this data set and was not forgotten by it.`, i);
  }
  return { rows: found.map(({ row }) => row), owners: keys };
}

async function wasForgotten(queries: Queries, datasetId: string, owner: string): Promise<boolean> {
  const named = sql`${requests.owners} @> ${JSON.stringify([owner])}::jsonb`;
  const earlier = and(eq(requests.datasetId, datasetId), ne(requests.state, "cancelled"), named);
  const [found] = await queries.select({ id: requests.id }).from(requests).where(earlier).limit(1);
  return found !== undefined;
}

function unknown(message: string, index: number): ExpungeError {
  return new ExpungeError("E_UNKNOWN_SUBJECT", `${message} Nothing was accepted.`, { index });
}

/** Rows that another request has claimed are that one's to remove. */
async function claim(
  queries: Queries,
  datasetId: string,
  requestId: string,
  rows: readonly number[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const values = [...rows].sort((a, b) => a - b).map((row) => ({ datasetId, row, requestId }));
  const claimed = await queries
    .insert(claimedRows)
    .values(values)
    .onConflictDoNothing()
    .returning({ row: claimedRows.row });
  return claimed.length;
}

/** Those of some rows that no request has claimed. */
export async function unclaimed(
  queries: Queries,
  datasetId: string,
  rows: readonly number[],
): Promise<readonly number[]> {
  if (rows.length === 0) return [];
  const found = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(and(eq(claimedRows.datasetId, datasetId), inArray(claimedRows.row, [...rows])));
  const gone = new Set(found.map(({ row }) => row));
  return rows.filter((row) => !gone.has(row));
}

async function stageEntry(
  queries: Queries,
  requestId: string,
  datasetId: string,
  keyring: Keyring,
  fingerprint: Uint8Array,
  now: Date,
): Promise<void> {
  // Under a salt that only this service can make: the entry says nothing to anybody else, even one who guesses.
  const commitment = commitTo(
    Buffer.from(fingerprint).toString("hex"),
    keyring.saltOf(`ledger/${datasetId}/${requestId}`),
  );
  const entry = encodeEntry({
    version: 1,
    kind: "request",
    time: entryTime(now),
    requestId,
    modelId: newId(),
    commitment,
  });
  await queries.insert(ledgerStaged).values({ entry });
}

async function giveTasks(
  { queries, executor }: Transaction,
  queue: Queue,
  datasetId: string,
  requestId: string,
): Promise<void> {
  const affected = await queries
    .select({ id: models.id })
    .from(models)
    .where(and(eq(models.datasetId, datasetId), inArray(models.state, ["training", "ready"])));
  if (affected.length === 0) return finishRequest(queries, requestId);
  await queries
    .insert(tasks)
    .values(affected.map(({ id }) => ({ requestId, modelId: id, state: "waiting" as const })));
  for (const { id } of affected) await queue.add("unlearn", id, executor);
}
