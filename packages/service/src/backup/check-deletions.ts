import { ledgerError } from "expunge/process";
import type { SqlExecutor } from "../database/open-database.js";

/*
 * Whether deletions are all there. The ledger says what was asked; its entries are bound by its signed checkpoints. So a request that
 * somebody took out of a segment is missed, whatever digests were computed anew.
 */

/** Names no more than so many in one message. */
const MOST_NAMED = 10;

const CHECKS: readonly { readonly sql: string; readonly says: (names: string, count: number) => string }[] = [
  {
    // What somebody asked.
    sql: `select request_id || coalesce(' (entry ' || place || ')', '') as name from later_entries
      where kind = 'request' and not exists (select 1 from requests where id = request_id)
        and not exists (select 1 from later_requests l where l.id = request_id)`,
    says: (names, count) =>
      `${count} requests of the ledger are missing: ${names}. What they asked to forget would come back.`,
  },
  {
    // What nobody asked.
    sql: `select distinct l.id::text as name from later_requests l where not exists (select 1 from requests r where r.id = l.id)
        and not exists (select 1 from later_entries e where e.request_id = l.id and e.kind = 'request')`,
    says: (names, count) => `${count} requests are in no entry of the ledger: ${names}.`,
  },
  {
    // Rows that a request claims, unless it was taken back, be it before the backup, or its data set deleted.
    sql: `select l.id::text as name from (select distinct id, dataset_id, row_count from later_requests) l
        left join later_datasets d on d.id = l.dataset_id
      where d.state is distinct from 'deleted' and not exists (select 1 from later_entries e where e.request_id = l.id and e.kind = 'cancelled')
        and not exists (select 1 from requests r where r.id = l.id and r.state = 'cancelled')
        and l.row_count <> (select count(distinct c."row") from later_claimed_rows c where c.request_id = l.id)`,
    says: (names, count) => `${count} requests do not have as many rows as they claim: ${names}.`,
  },
];

/** @throws ExpungeError E_LEDGER naming the requests that are missing, unasked or incomplete */
export async function requireComplete({ executeSql }: SqlExecutor): Promise<void> {
  for (const { sql, says } of CHECKS) {
    const { rows: found } = await executeSql<{ name: string; count: string | number }>(
      `with found as (${sql}) select name, (select count(*) from found) as count from found limit ${MOST_NAMED}`,
    );
    if (found.length === 0) continue;
    const names = found.map(({ name }) => name).join(", ");
    const count = Number(found[0]?.count);
    const more = count > found.length ? `${names} and others` : names;
    throw ledgerError(`The deletions are not whole. ${says(more, count)} Nothing was restored.`);
  }
}

/** That each certificate of which the ledger speaks is there. @throws ExpungeError E_LEDGER */
export async function requireCertificates({ executeSql }: SqlExecutor): Promise<void> {
  const { rows } = await executeSql<{ digest: string }>(
    `select digest, min(place) as place from later_entries where kind = 'certificate' and place is not null group by digest
     having not exists (select 1 from certificates where ledger_index = min(place)) limit ${MOST_NAMED}`,
  );
  if (rows.length === 0) return;
  // Of several entries for one certificate the first may lie before the backup's end.
  const digests = rows.map(({ digest }) => digest);
  const first = await executeSql<{ place: string | number }>(
    `select min(index) as place from (select index, convert_from(entry, 'UTF8')::jsonb ->> 'certificateDigest' as digest from ledger_entries) e
     where digest = any($1::text[]) group by digest
     having not exists (select 1 from certificates where ledger_index = min(index))`,
    [digests],
  );
  const [missing] = first.rows;
  if (missing)
    throw ledgerError(
      `The deletions are not whole: the certificate of entry ${missing.place} of the ledger is missing. Nothing was restored.`,
    );
}
