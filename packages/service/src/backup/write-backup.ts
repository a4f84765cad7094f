import { appliedMigrations } from "../database/applied-migrations.js";
import { databaseTime } from "../database/clock.js";
import { mayRest } from "../database/may-rest.js";
import type { Database, Transaction } from "../database/open-database.js";
import { moveRows } from "../rows/move-rows.js";
import { type BackupHeader, type BackupRow, writeBackupFile } from "./backup-file.js";
import { rowsOfQuery, TABLES } from "./copy-rows.js";
import { ledgerRows, ledgerSpan } from "./ledger-rows.js";
import { isPageTable, savedPages } from "./page-rows.js";

/**
 * Writes everything into one file, as it was at one instant. The service may go on meanwhile (an embedded database belongs to one process: it
 * cannot).
 *
 * @returns rows written
 * @throws ExpungeError E_LEDGER where rows are missing at the end of the ledger
 */
export async function writeBackup(database: Database, path: string): Promise<number> {
  await moveRows(database);
  return atOneInstant(database, async (transaction) => {
    const header = await makeHeader(transaction, { kind: "full", from: 0, previous: null });
    return writeBackupFile(path, header, everything(transaction, header));
  });
}

async function* everything(transaction: Transaction, { ledger }: BackupHeader): AsyncGenerator<BackupRow> {
  for (const table of TABLES) {
    const rows = isPageTable(table)
      ? savedPages(transaction, table)
      : rowsOfQuery(transaction.executor, `select * from ${table}`);
    for await (const row of rows) yield { table, row };
  }
  yield* ledgerRows(transaction, ledger);
}

/** Reads in one transaction that sees nothing of what is committed meanwhile. */
export function atOneInstant<T>(
  database: Database,
  use: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return database.transaction(async (transaction) => {
    await transaction.executor.executeSql("set transaction isolation level repeatable read, read only");
    // A file that is slow must not end the transaction that waits for it.
    await mayRest(transaction.executor);
    return use(transaction);
  }, "long");
}

export async function makeHeader(
  transaction: Transaction,
  { kind, from, previous }: Pick<BackupHeader, "kind" | "previous"> & { readonly from: number },
): Promise<BackupHeader> {
  const ledger = await ledgerSpan(transaction, from);
  return {
    expunge: "backup",
    version: 2,
    kind,
    migrations: await appliedMigrations(transaction.executor),
    createdAt: (await databaseTime(transaction.queries)).toISOString(),
    ledger,
    previous,
  };
}
