import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { NOW } from "../database/clock.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries, SqlExecutor, Transaction } from "../database/open-database.js";
import {
  ledgerStaged,
  type ModelStateName,
  modelOrder,
  modelPages,
  models,
  requests,
  tasks,
} from "../database/tables.js";
import { deleteRowsOfDataset } from "../datasets/delete-dataset.js";
import { finishRequests } from "../requests/finish-request.js";
import { type BackupRow, readBackupHeader, readBackupRows } from "./backup-file.js";

interface LaterModel {
  readonly id: string;
  readonly state: ModelStateName;
  readonly version: number;
}

interface LaterRequest {
  readonly id: string;
  readonly state: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Rows of a file of deletions by table. It holds no rows of data sets: it is small. */
type Later = ReadonlyMap<string, readonly Json[]>;

/**
 * Brings a restored database up to the deletions that came after it. Requests are open again, to be carried out before anything is served; the
 * ledger goes on from where the world saw it.
 *
 * A model that had moved on after the backup is not continued from its old state: two continuations of one process would together reveal more than either
 * certificate says. It is trained anew on what is left, and needs no certificate for that.
 *
 * @throws ExpungeError E_DATABASE for a file that is damaged; E_LEDGER where its ledger does not continue the restored one
 */
export async function applyDeletions(
  { queries, executor }: Transaction,
  path: string,
): Promise<{ requests: number; retrained: number }> {
  const header = await readBackupHeader(path);
  if (header.kind !== "deletions")
    throw new ExpungeError("E_DATABASE", `${path} is a full backup: expected a file of deletions.`);
  const later = await collect(path);
  const moved = await modelsThatMovedOn(queries, rowsOf(later, "models") as unknown as LaterModel[]);
  await continueLedger(queries, executor, later);
  const fresh = await addRequests(queries, executor, later);
  await trainAnew(queries, moved);
  await giveTasks(queries, fresh);
  await dropDatasets(queries, rowsOf(later, "datasets"));
  const open = await queries
    .select({ id: requests.id })
    .from(requests)
    .where(inArray(requests.state, ["accepted", "running"]));
  await finishRequests(
    queries,
    open.map(({ id }) => id),
  );
  return { requests: fresh.length, retrained: moved.filter(({ state }) => state !== "deleted").length };
}

async function collect(path: string): Promise<Later> {
  const tables = new Map<string, Json[]>();
  for await (const { table, row } of readBackupRows(path)) {
    const rows = tables.get(table);
    if (rows) rows.push(row);
    else tables.set(table, [row]);
  }
  return tables;
}

const rowsOf = (later: Later, table: string): readonly BackupRow["row"][] => later.get(table) ?? [];

async function modelsThatMovedOn(queries: Queries, later: readonly LaterModel[]): Promise<LaterModel[]> {
  const held = new Map(
    (await queries.select({ id: models.id, version: models.version }).from(models)).map((one) => [
      one.id,
      one.version,
    ]),
  );
  return later.filter(({ id, version }) => held.has(id) && version !== held.get(id));
}

/** Entries keep their places: whoever has seen them finds them again. What was staged then is what is staged now. */
async function continueLedger(queries: Queries, executor: SqlExecutor, later: Later): Promise<void> {
  const { rows } = await executor.executeSql(
    `select count(*)::int as differing from ledger_entries held join
       json_populate_recordset(null::ledger_entries, $1::json) later using (index) where held.entry <> later.entry`,
    [JSON.stringify(rowsOf(later, "ledger_entries"))],
  );
  const size = await executor.executeSql("select count(*)::int as n from ledger_entries");
  const isShorter = rowsOf(later, "ledger_entries").length < (size.rows[0] as { n: number }).n;
  if ((rows[0] as { differing: number }).differing > 0 || isShorter)
    throw new ExpungeError(
      "E_LEDGER",
      "The ledger of the deletions does not continue that of the backup. Nothing was restored.",
    );
  await queries.delete(ledgerStaged);
  await addRows(
    executor,
    "certificates",
    rowsOf(later, "certificates"),
    "model_id in (select id from models)",
  );
  await executor.executeSql(
    `update certificates held set ledger_index = later.ledger_index
       from json_populate_recordset(null::certificates, $1::json) later where later.id = held.id`,
    [JSON.stringify(rowsOf(later, "certificates"))],
  );
  for (const table of ["ledger_entries", "ledger_nodes", "ledger_checkpoints"])
    await addRows(executor, table, rowsOf(later, table));
  // Of a certificate whose model is not in the backup only the entry is kept.
  const staged = rowsOf(later, "ledger_staged");
  const kept = new Set(await idsOf(executor, "certificates"));
  await addRows(
    executor,
    "ledger_staged",
    staged.map((row) => ({
      ...row,
      certificate_id: kept.has(row.certificate_id as string) ? row.certificate_id : null,
    })),
  );
}

async function idsOf(executor: SqlExecutor, table: string): Promise<string[]> {
  const { rows } = await executor.executeSql(`select id from ${table}`);
  return rows.map((row) => (row as { id: string }).id);
}

const ROWS_AT_ONCE = 5000;

/** Those that are not there yet. */
async function addRows(
  executor: SqlExecutor,
  table: string,
  rows: readonly object[],
  condition = "true",
): Promise<void> {
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE)
    await executor.executeSql(
      `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1::json) later where ${condition} on conflict do nothing`,
      [JSON.stringify(rows.slice(i, i + ROWS_AT_ONCE))],
    );
}

/** @returns ids of those that the backup lacks and nobody took back; they are as if they had just been accepted */
async function addRequests(queries: Queries, executor: SqlExecutor, later: Later): Promise<string[]> {
  const all = rowsOf(later, "requests") as unknown as (LaterRequest & Json)[];
  const datasets = new Set(await idsOf(executor, "datasets"));
  const known = new Set(await idsOf(executor, "requests"));
  const ofKnownData = all.filter(({ dataset_id }) => datasets.has(dataset_id as string));
  const fresh = ofKnownData.filter(({ id }) => !known.has(id));
  const isCancelled = ({ state }: LaterRequest): boolean => state === "cancelled";
  await addRows(
    executor,
    "requests",
    fresh.map((row) =>
      isCancelled(row) ? row : { ...row, state: "accepted", completed_at: null, failure: null },
    ),
  );
  const cancelled = all.filter(isCancelled).map(({ id }) => id);
  if (cancelled.length > 0) await takeBack(queries, executor, cancelled);
  const open = fresh.filter((row) => !isCancelled(row)).map(({ id }) => id);
  await addRows(executor, "claimed_rows", ofRequests(rowsOf(later, "claimed_rows"), open));
  const added = fresh.map(({ id }) => id);
  await addRows(executor, "named_subjects", ofRequests(rowsOf(later, "named_subjects"), added));
  // Of certificates whose models the backup has; what is certified stays certified.
  const isThere =
    "certificate_id in (select id from certificates) and request_id in (select id from requests)";
  await addRows(executor, "certified_subjects", rowsOf(later, "certified_subjects"), isThere);
  return open;
}

function ofRequests(rows: readonly Json[], requestIds: readonly string[]): Json[] {
  const ids = new Set(requestIds);
  return rows.filter(({ request_id }) => ids.has(request_id as string));
}

async function takeBack(queries: Queries, executor: SqlExecutor, ids: readonly string[]): Promise<void> {
  const open = and(isOneOf(requests.id, ids, "uuid"), inArray(requests.state, ["accepted", "running"]));
  const changed = await queries
    .update(requests)
    .set({ state: "cancelled", completedAt: NOW })
    .where(open)
    .returning({ id: requests.id });
  for (const { id } of changed) {
    await queries.delete(tasks).where(eq(tasks.requestId, id));
    await executor.executeSql("delete from claimed_rows where request_id = $1", [id]);
  }
}

/** Their open requests ask nothing of them any more: rows that are claimed are in no new training. */
async function trainAnew(queries: Queries, moved: readonly LaterModel[]): Promise<void> {
  for (const { id, state, version } of moved) {
    const next = state === "deleted" ? ("deleted" as const) : ("waiting" as const);
    await queries
      .update(models)
      .set({
        state: next,
        plan: null,
        timeline: null,
        disclosure: null,
        weights: null,
        progress: null,
        failure: null,
        version,
      })
      .where(eq(models.id, id));
    await queries.delete(modelPages).where(eq(modelPages.modelId, id));
    await queries.delete(modelOrder).where(eq(modelOrder.modelId, id));
    const unfinished = queries
      .select({ id: requests.id })
      .from(requests)
      .where(ne(requests.state, "completed"));
    await queries.delete(tasks).where(and(eq(tasks.modelId, id), inArray(tasks.requestId, unfinished)));
  }
}

/** For every model that goes on; it has served none of them. */
async function giveTasks(queries: Queries, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const pairs = await queries
    .select({
      requestId: requests.id,
      modelId: models.id,
      state: sql<"waiting">`'waiting'`,
      receivedAt: requests.receivedAt,
    })
    .from(requests)
    .innerJoin(models, eq(models.datasetId, requests.datasetId))
    .where(and(isOneOf(requests.id, ids, "uuid"), eq(models.state, "ready")));
  for (let i = 0; i < pairs.length; i += ROWS_AT_ONCE)
    await queries
      .insert(tasks)
      .values(pairs.slice(i, i + ROWS_AT_ONCE))
      .onConflictDoNothing();
}

async function dropDatasets(queries: Queries, later: readonly Json[]): Promise<void> {
  for (const { id, state } of later) {
    if (state !== "deleted") continue;
    await deleteRowsOfDataset(queries, id as string);
  }
}
