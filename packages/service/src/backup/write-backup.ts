import { databaseTime } from "../database/clock.js";
import type { Database, SqlExecutor } from "../database/open-database.js";
import { type BackupHeader, type BackupRow, writeBackupFile } from "./backup-file.js";

/** All tables, each after those that it refers to. */
export const TABLES = [
  "tenants",
  "api_keys",
  "datasets",
  "dataset_pages",
  "owners",
  "models",
  "model_pages",
  "model_order",
  "requests",
  "named_subjects",
  "claimed_rows",
  "certificates",
  "certified_subjects",
  "tasks",
  "erasures",
  "callbacks",
  "request_news",
  "releases",
  "signing_keys",
  "ledger_origin",
  "ledger_staged",
  "ledger_entries",
  "ledger_nodes",
  "ledger_checkpoints",
] as const;

export type TableName = (typeof TABLES)[number];

/** What must not be forgotten; of data sets and models no more than where they stand. */
const OF_DELETIONS: readonly { readonly table: TableName; readonly columns?: string }[] = [
  { table: "datasets", columns: "id, state" },
  { table: "models", columns: "id, state, version, dataset_id" },
  { table: "requests" },
  { table: "named_subjects" },
  { table: "claimed_rows" },
  { table: "certificates" },
  { table: "certified_subjects" },
  { table: "tasks" },
  { table: "erasures" },
  { table: "callbacks" },
  { table: "ledger_staged" },
  { table: "ledger_entries" },
  { table: "ledger_nodes" },
  { table: "ledger_checkpoints" },
];

/**
 * Writes everything, or what deletions need, as it was at one instant. The service may go on meanwhile (an embedded database belongs to one
 * process: it cannot).
 *
 * @returns rows written
 */
export function writeBackup(
  database: Database,
  path: string,
  kind: BackupHeader["kind"] = "full",
): Promise<number> {
  return database.transaction(async ({ queries, executor }) => {
    await executor.executeSql("set transaction isolation level repeatable read, read only");
    const { rows } = await executor.executeSql("select name from expunge_migrations order by name");
    const header: BackupHeader = {
      expunge: "backup",
      version: 1,
      kind,
      migrations: rows.map((row) => (row as { name: string }).name),
      createdAt: (await databaseTime(queries)).toISOString(),
    };
    return writeBackupFile(path, header, rowsOf(executor, kind));
  });
}

/** By a cursor, so that no table is ever held whole. */
async function* rowsOf(executor: SqlExecutor, kind: BackupHeader["kind"]): AsyncGenerator<BackupRow> {
  const parts: typeof OF_DELETIONS = kind === "full" ? TABLES.map((table) => ({ table })) : OF_DELETIONS;
  for (const { table, columns = "*" } of parts) {
    await executor.executeSql(
      `declare backup no scroll cursor for select row_to_json(t) as row from (select ${columns} from ${table}) t`,
    );
    for (;;) {
      const { rows } = await executor.executeSql("fetch 64 from backup");
      for (const { row } of rows as { row: BackupRow["row"] }[]) yield { table, row };
      if (rows.length === 0) break;
    }
    await executor.executeSql("close backup");
  }
}
