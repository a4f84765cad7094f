import { ExpungeError } from "expunge";
import { ledgerError } from "expunge/process";
import type { SqlExecutor, Transaction } from "../database/open-database.js";
import { readLedger } from "../ledger/ledger-store.js";
import { readBackupRows } from "./backup-file.js";
import { createLots } from "./copy-rows.js";
import { createLedgerLoader, isLedgerTable } from "./ledger-rows.js";
import type { Segment } from "./segments.js";
import { STANDING } from "./standing.js";

/** What a segment says of what is new, and how everything stands: of the latter only the newest counts. */
const NEW = [
  "requests",
  "named_subjects",
  "claimed_rows",
  "certificates",
  "certified_subjects",
  "erasures",
  "callbacks",
] as const;
const STANDING_TABLES: readonly string[] = STANDING.map(({ table }) => table);

/**
 * Reads segments into tables of this transaction alone, `later_requests` and so on, and goes on with the ledger. `later_entries` then has what the
 * entries after the backup say, those without a place too.
 *
 * @returns how many entries the ledger had before
 * @param segments whole, each going on from the one before it
 * @throws ExpungeError E_DATABASE for a table that is not known, E_LEDGER where its ledger does not continue the restored one
 */
export async function loadDeletions(transaction: Transaction, segments: readonly Segment[]): Promise<number> {
  const { executor } = transaction;
  const size = await readLedger(transaction.queries).size();
  for (const table of [...NEW, ...STANDING_TABLES])
    await executor.executeSql(
      `create temporary table later_${table} on commit drop as select * from ${table} with no data`,
    );
  const last = segments.at(-1) as Segment;
  const ledger = await createLedgerLoader(transaction, last.path);
  const lots = createLots(executor, [...NEW, ...STANDING_TABLES], "later_");
  for (const segment of segments)
    for await (const { table, row } of readBackupRows(segment.path)) {
      if (isLedgerTable(table)) await ledger.add(table, row);
      else if (segment === last || !STANDING_TABLES.includes(table)) await lots.add(table, row);
    }
  await lots.flush();
  const end = await ledger.finish();
  if (end.size !== last.header.ledger.to || end.root !== last.header.ledger.root)
    throw ledgerError(`The ledger in ${last.path} does not end as the segment says. Nothing was restored.`);
  await readEntries(executor, size);
  await index(executor);
  return size;
}

/** Entries are JSON. */
async function readEntries({ executeSql }: SqlExecutor, start: number): Promise<void> {
  await executeSql(
    `create temporary table later_entries on commit drop as
       select place, entry ->> 'kind' as kind, (entry ->> 'requestId')::uuid as request_id, entry ->> 'certificateDigest' as digest
       from (select index as place, convert_from(entry, 'UTF8')::jsonb as entry from ledger_entries where index >= $1
             union all select null, convert_from(entry, 'UTF8')::jsonb from later_ledger_staged) entries`,
    [start],
  ).catch((error: Error) => {
    throw new ExpungeError(
      "E_LEDGER",
      `An entry of the ledger cannot be read: ${error.message}. Nothing was restored.`,
    );
  });
}

/** Tables that were just filled are of unknown size to the planner. */
async function index({ executeSql }: SqlExecutor): Promise<void> {
  await executeSql("create index on later_requests (id)");
  await executeSql("create index on later_entries (request_id)");
  await executeSql("create index on later_claimed_rows (request_id)");
  for (const table of [...NEW, ...STANDING_TABLES, "entries"]) await executeSql(`analyze later_${table}`);
  for (const table of ["requests", "certificates", "ledger_entries"]) await executeSql(`analyze ${table}`);
}
