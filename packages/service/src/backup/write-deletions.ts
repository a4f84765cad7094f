import { mkdir } from "node:fs/promises";
import { ExpungeError } from "expunge";
import { treeRoot } from "expunge/ledger";
import { ledgerError, lockDirectory } from "expunge/process";
import { hexOf } from "../database/ids.js";
import type { Database, SqlExecutor, Transaction } from "../database/open-database.js";
import { readLedger } from "../ledger/ledger-store.js";
import {
  type BackupHeader,
  type BackupRow,
  readBackupHeader,
  requireWhole,
  writeBackupFile,
} from "./backup-file.js";
import { rowsOfQuery, type TableName } from "./copy-rows.js";
import { ledgerRows } from "./ledger-rows.js";
import { segmentNumbers, segmentPath } from "./segments.js";
import { STANDING } from "./standing.js";
import { atOneInstant, makeHeader } from "./write-backup.js";

/** What a segment holds. */
export interface WrittenSegment {
  readonly path: string;
  readonly rows: number;
  /** Entries of the ledger, `to` not among them. */
  readonly ledger: { readonly from: number; readonly to: number };
}

/**
 * Adds a segment to a folder of deletions: every request, certificate and withdrawal since the last one, how keys, tenants, data sets and models
 * stand, and no row of any data set. The ledger says what is new; it is what the segment is checked against when it is restored.
 *
 * @throws ExpungeError E_OPTION where it is no folder, E_LEDGER where it is of another ledger, E_LOCKED while somebody else writes to it, E_DATABASE where its last
 *         segment is damaged
 */
export async function writeDeletions(database: Database, folder: string): Promise<WrittenSegment> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new ExpungeError("E_OPTION", `Expected ${folder} to be a folder: ${error.message}.`);
  });
  const lock = await lockDirectory(folder);
  try {
    const last = (await segmentNumbers(folder)).at(-1) ?? 0;
    const before = last === 0 ? null : await readSegment(segmentPath(folder, last));
    const path = segmentPath(folder, last + 1);
    return await atOneInstant(database, async (transaction) => {
      if (before !== null) await requireSameLedger(transaction, folder, before.header);
      const from = before?.header.ledger.to ?? 0;
      const previous = before?.digest ?? null;
      const header = await makeHeader(transaction, { kind: "deletions", from, previous });
      const since = before?.header.createdAt ?? "-infinity";
      const rows = await writeBackupFile(path, header, later(transaction, header, since));
      return { path, rows, ledger: { from, to: header.ledger.to } };
    });
  } finally {
    await lock.release();
  }
}

async function readSegment(
  path: string,
): Promise<{ readonly header: BackupHeader; readonly digest: string }> {
  return { header: await readBackupHeader(path), digest: await requireWhole(path) };
}

async function requireSameLedger(
  { queries }: Transaction,
  folder: string,
  { ledger: { to, root } }: BackupHeader,
): Promise<void> {
  const ledger = readLedger(queries);
  if (to <= (await ledger.size()) && hexOf(await treeRoot(to, ledger.hashReader)) === root) return;
  throw ledgerError(
    `The deletions in ${folder} are of another ledger than this database's, or of one that had gone further: begin a new folder, and keep this one with the backups that it belongs to.`,
  );
}

async function* later(
  transaction: Transaction,
  { ledger }: BackupHeader,
  since: string,
): AsyncGenerator<BackupRow> {
  const { executor } = transaction;
  yield* ledgerRows(transaction, ledger, (start, end) => placed(executor, start, end));
  yield* staged(executor);
  yield* ofProtocols(executor, since);
  for (const { table, columns } of STANDING)
    for await (const row of rowsOfQuery(executor, `select ${columns} from ${table}`)) yield { table, row };
}

/** What the entries [start, end) are about. */
async function* placed(executor: SqlExecutor, start: number, end: number): AsyncGenerator<BackupRow> {
  const isAmong = "index >= $1 and index < $2";
  const asked = requestsIn(`ledger_entries where ${isAmong}`);
  const { rows } = await executor.executeSql<Found>(asked, [start, end]);
  yield* ofRequests(executor, rows);
  yield* ofCertificates(executor, "ledger_index >= $1 and ledger_index < $2", [start, end]);
}

const STAGED_AT_ONCE = 1000;

/** What those entries are about that have no place yet. */
async function* staged(executor: SqlExecutor): AsyncGenerator<BackupRow> {
  const ends = await executor.executeSql<Record<"first" | "last", string | number | null>>(
    "select min(id) as first, max(id) as last from ledger_staged",
  );
  const { first, last } = ends.rows[0]!;
  for (let start = Number(first); last !== null && start <= Number(last); start += STAGED_AT_ONCE) {
    const lot = await executor.executeSql<Found>(requestsIn("ledger_staged where id >= $1 and id < $2"), [
      start,
      start + STAGED_AT_ONCE,
    ]);
    yield* ofRequests(executor, lot.rows);
  }
  // Of an entry for a certificate of which another has its place already, it is in the file.
  const ids = "select certificate_id from ledger_staged";
  yield* ofCertificates(executor, `ledger_index is null and id in (${ids})`, []);
}

interface Found {
  readonly id: string;
}

/** Whom some entries say to have asked. */
function requestsIn(entries: string): string {
  return `select entry ->> 'requestId' as id from (select convert_from(entry, 'UTF8')::jsonb as entry from ${entries}) e
    where entry ->> 'kind' = 'request'`;
}

async function* ofRequests(executor: SqlExecutor, found: readonly Found[]): AsyncGenerator<BackupRow> {
  if (found.length === 0) return;
  const ids = found.map(({ id }) => id);
  const isAmong = (column: string): string => `${column} = any($1::uuid[])`;
  yield* rowsOf(executor, "requests", isAmong("id"), [ids]);
  yield* rowsOf(executor, "named_subjects", isAmong("request_id"), [ids]);
  yield* rowsOf(executor, "claimed_rows", isAmong("request_id"), [ids]);
  yield* rowsOf(executor, "callbacks", isAmong("request_id"), [ids]);
}

async function* ofCertificates(
  executor: SqlExecutor,
  condition: string,
  values: unknown[],
): AsyncGenerator<BackupRow> {
  yield* rowsOf(executor, "certificates", condition, values);
  const ids = `certificate_id in (select id from certificates where ${condition})`;
  yield* rowsOf(executor, "certified_subjects", ids, values);
}

/** Erasures, of people whom nobody knows too, who are in no entry; and whom somebody still tells of requests, or may have to. */
async function* ofProtocols(executor: SqlExecutor, since: string): AsyncGenerator<BackupRow> {
  // What was taken in by a transaction that was open when the last segment was written, too.
  const isNew = "received_at >= $1::timestamptz - interval '1 minute'";
  yield* rowsOf(executor, "erasures", isNew, [since]);
  const ofErasures = `(tenant_id, subject_request_id) in (select tenant_id, subject_request_id from erasures where ${isNew})`;
  yield* rowsOf(executor, "callbacks", ofErasures, [since]);
  const waiting = "request_id in (select request_id from tasks where state = 'waiting')";
  yield* rowsOf(executor, "callbacks", `try_at is not null or ${waiting}`, []);
}

async function* rowsOf(
  executor: SqlExecutor,
  table: TableName,
  condition: string,
  values: unknown[],
): AsyncGenerator<BackupRow> {
  for await (const row of rowsOfQuery(executor, `select * from ${table} where ${condition}`, values))
    yield { table, row };
}
