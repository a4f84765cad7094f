import { ExpungeError } from "expunge";
import { parseCheckpoint, parseNote } from "expunge/ledger";
import { areSameBytes } from "expunge/process";
import type { Database, Transaction } from "../database/open-database.js";
import { restores } from "../database/tables.js";
import { readLedger } from "../ledger/ledger-store.js";
import { applyDeletions } from "./apply-deletions.js";
import { type BackupRow, readBackupHeader, readBackupRows } from "./backup-file.js";
import { TABLES } from "./write-backup.js";

/** From which files to restore, and what shows that nothing is missing. */
export interface RestoreOptions {
  /** A full backup. */
  readonly backup: string;
  /** The newest file of deletions. */
  readonly deletions?: string;
  /** A signed checkpoint of the ledger that somebody kept: nothing may have been asked after the backup that is not known here. */
  readonly checkpoint?: string;
  /** Said by whoever restores: nothing was asked after the backup. */
  readonly isNothingLater?: boolean;
}

/** What a restore brought back. */
export interface Restored {
  readonly rows: number;
  /** Requests that are not in the backup. */
  readonly requests: number;
  /** Models that had moved on after the backup, and are trained anew. */
  readonly retrained: number;
}

/** Characters of rows that are inserted at once. */
const LOT_CHARACTERS = 4e6;

/**
 * Puts a backup into an empty database, with all deletions that came after it, in one transaction: killed, it leaves an empty database.
 * They are carried out before anything is served (`finishRestore`).
 *
 * @throws ExpungeError E_CONFLICT where the database is not empty, E_DATABASE for a file that is damaged or of another version, E_LEDGER where
 *         it cannot be known that no later deletion is forgotten
 */
export async function restoreBackup(database: Database, options: RestoreOptions): Promise<Restored> {
  const { backup, deletions } = options;
  const header = await readBackupHeader(backup);
  if (header.kind !== "full")
    throw new ExpungeError("E_DATABASE", `${backup} holds deletions only: expected a full backup.`);
  if (deletions === undefined && options.checkpoint === undefined && options.isNothingLater !== true)
    throw new ExpungeError(
      "E_LEDGER",
      "Expected a file of the deletions after the backup, or a later checkpoint of the ledger, or your word that there were none (expunge restore: --deletions, --checkpoint, --nothing-later): what was forgotten must not come back.",
    );
  return database.transaction(async (transaction) => {
    await requireEmpty(transaction);
    await requireMigrations(transaction, header.migrations);
    const rows = await insertRows(transaction, readBackupRows(backup));
    const later =
      deletions === undefined ? { requests: 0, retrained: 0 } : await applyDeletions(transaction, deletions);
    if (options.checkpoint !== undefined) await requireNotBehind(transaction, options.checkpoint);
    await transaction.queries.insert(restores).values({ backupCreatedAt: new Date(header.createdAt) });
    return { rows, ...later };
  });
}

async function requireEmpty({ executor }: Transaction): Promise<void> {
  const { rows } = await executor.executeSql(
    "select 1 from tenants union all select 1 from ledger_entries union all select 1 from signing_keys union all select 1 from ledger_origin limit 1",
  );
  if (rows.length > 0)
    throw new ExpungeError(
      "E_CONFLICT",
      "Expected an empty database to restore into, found one with tenants, or with keys that a server or a worker made when it started.",
    );
}

async function requireMigrations({ executor }: Transaction, expected: readonly string[]): Promise<void> {
  const { rows } = await executor.executeSql("select name from expunge_migrations order by name");
  const found = rows.map((row) => (row as { name: string }).name);
  if (found.join() !== expected.join())
    throw new ExpungeError(
      "E_DATABASE",
      `The backup was made with migrations ${expected.join(", ")}; this version has ${found.join(", ")}. Restore with the version that made it.`,
    );
}

/** Many rows of a table in one statement. */
async function insertRows({ executor }: Transaction, rows: AsyncIterable<BackupRow>): Promise<number> {
  let lot: string[] = [];
  let [size, count, table] = [0, 0, ""];
  const flush = async (): Promise<void> => {
    if (lot.length === 0) return;
    await executor.executeSql(
      `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1::json)`,
      [`[${lot.join()}]`],
    );
    lot = [];
    size = 0;
  };
  for await (const { table: next, row } of rows) {
    if (!(TABLES as readonly string[]).includes(next))
      throw new ExpungeError(
        "E_DATABASE",
        `The backup holds a table ${JSON.stringify(next)} that is not known.`,
      );
    if (next !== table || size > LOT_CHARACTERS) await flush();
    table = next;
    const text = JSON.stringify(row);
    lot.push(text);
    size += text.length;
    count += 1;
  }
  await flush();
  await executor.executeSql(
    "select setval(pg_get_serial_sequence('ledger_staged', 'id'), (select coalesce(max(id), 0) + 1 from ledger_staged), false)",
  );
  return count;
}

/** A ledger that is shorter than the world has seen lacks requests. @throws ExpungeError E_LEDGER */
async function requireNotBehind({ queries }: Transaction, note: string): Promise<void> {
  const seen = parseCheckpoint(parseNote(note).text);
  const ledger = readLedger(queries);
  const size = await ledger.size();
  if (size < seen.size)
    throw new ExpungeError(
      "E_LEDGER",
      `The ledger had ${seen.size} entries when the checkpoint was signed, the restored one has ${size}: ${seen.size - size} are missing, and deletions among them would come back. Nothing was restored.`,
    );
  if (!areSameBytes(await ledger.root(seen.size), seen.root))
    throw new ExpungeError(
      "E_LEDGER",
      "The checkpoint is of another ledger than the restored one. Nothing was restored.",
    );
}
