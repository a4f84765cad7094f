import { and, eq, inArray, ne } from "drizzle-orm";
import { ledgerError } from "expunge/process";
import type { Issue } from "expunge/verify";
import type { Queries, SqlExecutor, Transaction } from "../database/open-database.js";
import { type ModelStateName, requests, tasks } from "../database/tables.js";
import { deleteRowsOfDataset } from "../datasets/delete-dataset.js";
import { checkCertificates } from "../ledger/ledger-check.js";
import { beginAnew } from "../models/begin-anew.js";
import { finishRequests, REOPEN } from "../requests/finish-request.js";
import { returnRows } from "../requests/returned-rows.js";
import { Erasure } from "../rows/erasure.js";
import { requireCertificates, requireComplete } from "./check-deletions.js";
import { loadDeletions } from "./load-deletions.js";
import type { Segment } from "./segments.js";

interface LaterModel {
  readonly id: string;
  readonly state: ModelStateName;
  readonly version: number;
}

/** What deletions changed in a restored database. */
export interface Applied {
  /** Requests that are not in the backup. */
  readonly requests: number;
  /** Models that had moved on after the backup, and are trained anew. */
  readonly retrained: number;
  /** Signing keys whose secrets are lost: the service makes others in their place. */
  readonly lostKeys: readonly string[];
}

/**
 * Brings a restored database up to what came after it. Requests are open again, to be carried out before anything is served; the ledger goes
 * on from where the world saw it; keys and quotas are as they were last, and tenants are there. Of data sets and models that were made after the backup
 * nothing can come back: they are deleted ones, with their requests done and their certificates kept.
 *
 * A model that had moved on after the backup is not continued from its old state: two continuations of one process would together reveal more than either
 * certificate says. It is trained anew on what is left, and needs no certificate for that.
 *
 * @throws ExpungeError E_DATABASE for a segment that is damaged; E_LEDGER where its ledger does not continue the restored one, or names what is
 *         missing
 */
export async function applyDeletions(
  transaction: Transaction,
  segments: readonly Segment[],
): Promise<Applied> {
  const { queries, executor } = transaction;
  const start = await loadDeletions(transaction, segments);
  await requireComplete(executor);
  const lostKeys = await bringAccounts(executor);
  const retrained = await findMoved(executor);
  const fresh = await addRequests(executor);
  await addCertificates(executor);
  await requireCertificates(executor);
  await requireFit(queries, start);
  await takeBack(executor);
  await addCallbacks(executor);
  await trainAnew(queries, executor);
  await giveTasks(executor);
  await dropDatasets(transaction);
  await finishOpen(transaction);
  return { requests: fresh, retrained, lostKeys };
}

/** 32 bytes, 244 bits of them random. */
const RANDOM = "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))";

/** A revoked or retired key stays so; a tenant's secret is drawn anew, since nothing that it was used for has come back. Quotas are the last. */
async function bringAccounts({ executeSql }: SqlExecutor): Promise<string[]> {
  await executeSql(
    `insert into tenants (id, name, created_at, secret) select id, name, created_at, ${RANDOM} from later_tenants on conflict (id) do nothing`,
  );
  await executeSql(
    "update tenants t set quotas = nullif(l.quotas, '{}') from later_tenants l where l.id = t.id and l.quotas is not null",
  );
  await executeSql(
    "insert into api_keys select * from later_api_keys on conflict (id) do update set revoked_at = excluded.revoked_at",
  );
  await executeSql(
    `insert into signing_keys select * from later_signing_keys on conflict (id) do update set retired_at = excluded.retired_at,
       secret = case when excluded.retired_at is null and excluded.secret = '' then signing_keys.secret else excluded.secret end`,
  );
  await executeSql("insert into ledger_origin select * from later_ledger_origin on conflict (id) do nothing");
  const { rows } = await executeSql<{ id: string }>(
    "update signing_keys set retired_at = now() where retired_at is null and secret = '' returning id",
  );
  return rows.map(({ id }) => id);
}

/** Also where only a certificate tells of it. @returns how many models that are not deleted had moved on */
async function findMoved(executor: SqlExecutor): Promise<number> {
  const { executeSql } = executor;
  await executeSql(
    `create temporary table moved_models on commit drop as
       select held.id, coalesce(later.state, held.state) as state, greatest(later.version, held.version + 1) as version
       from models held left join later_models later using (id)
       where later.version is distinct from held.version or exists (select 1 from later_certificates c
         where c.model_id = held.id and not exists (select 1 from certificates known where known.id = c.id))`,
  );
  return countOf(executor, "moved_models where state <> 'deleted'");
}

const IS_CANCELLED =
  "exists (select 1 from later_entries e where e.request_id = l.id and e.kind = 'cancelled')";

/** @returns how many of data sets of the backup it lacks and nobody took back; they are as if they had just been accepted */
async function addRequests(executor: SqlExecutor): Promise<number> {
  const { executeSql } = executor;
  await executeSql(
    `create temporary table fresh_requests on commit drop as select distinct l.id, ${IS_CANCELLED} as is_cancelled,
       exists (select 1 from datasets d where d.id = l.dataset_id and d.state <> 'uploading') as is_here
     from later_requests l where not exists (select 1 from requests r where r.id = l.id)`,
  );
  await executeSql("create index on fresh_requests (id)");
  await executeSql("analyze fresh_requests");
  await executeSql(
    `insert into datasets (id, tenant_id, name, state, page_rows, created_at, secret)
       select id, tenant_id, name, 'deleted', page_rows, created_at, ${RANDOM} from later_datasets on conflict (id) do nothing`,
  );
  await executeSql(
    `insert into models (id, tenant_id, dataset_id, name, state, options, version, page_slots, created_at)
       select id, tenant_id, dataset_id, name, 'deleted', options, version, page_slots, created_at from later_models on conflict (id) do nothing`,
  );
  await executeSql(
    // Nor are new values of corrections: of these the deletion of the old ones is left. One that is sent again is another request: nothing would say that its new
    // values are there.
    `update later_requests l set failure = null, kind = 'deletion',
       idempotency_key = case when l.kind = 'correction' then null else l.idempotency_key end, state = case when f.is_cancelled then 'cancelled' else 'accepted' end,
       completed_at = case when f.is_cancelled then coalesce(l.completed_at, now()) end
     from fresh_requests f where f.id = l.id`,
  );
  await executeSql(
    "insert into requests select distinct on (id) * from later_requests order by id on conflict (id) do nothing",
  );
  const isHere = "f.id = l.request_id and f.is_here";
  await executeSql(
    `insert into named_subjects select l.* from later_named_subjects l join fresh_requests f on ${isHere} on conflict do nothing`,
  );
  await executeSql(
    // Rows that came after the backup are not there: their numbers are given to others.
    `insert into claimed_rows select l.* from later_claimed_rows l join fresh_requests f on ${isHere} and not f.is_cancelled
       join datasets d on d.id = l.dataset_id and l."row" < (d.description ->> 'rowCount')::int on conflict do nothing`,
  );
  return countOf(executor, "fresh_requests where is_here and not is_cancelled");
}

/** What is certified stays certified. Entries that wait for their places are those that waited last. */
async function addCertificates({ executeSql }: SqlExecutor): Promise<void> {
  await executeSql(
    `insert into certificates select distinct on (id) * from later_certificates order by id, ledger_index
       on conflict (id) do update set ledger_index = coalesce(certificates.ledger_index, excluded.ledger_index)`,
  );
  await executeSql(
    `insert into certified_subjects select l.* from later_certified_subjects l
       where exists (select 1 from requests r join datasets d on d.id = r.dataset_id and d.state <> 'deleted' where r.id = l.request_id)
       on conflict do nothing`,
  );
  await executeSql("delete from ledger_staged");
  await executeSql("insert into ledger_staged overriding system value select * from later_ledger_staged");
}

/** @throws ExpungeError E_LEDGER where a certificate is another than the one that its entry was made for */
async function requireFit(queries: Queries, start: number): Promise<void> {
  const issues: Issue[] = [];
  await checkCertificates(queries, issues, start);
  const [issue] = issues;
  if (issue)
    throw ledgerError(`${issue.path} does not fit its entry in the ledger. Nothing was restored.`, {
      ...issue,
    });
}

/** Of requests that the backup holds: others were taken back when they were added. */
async function takeBack(executor: SqlExecutor): Promise<void> {
  const { executeSql } = executor;
  await executeSql(
    `create temporary table taken_back on commit drop as select id from requests
       where state in ('accepted', 'running') and id in (select request_id from later_entries where kind = 'cancelled')`,
  );
  await executeSql(
    "update requests set state = 'cancelled', completed_at = now() where id in (select id from taken_back)",
  );
  const { rows } = await executeSql<{ id: string }>("select id from taken_back");
  await returnRows(
    executor,
    rows.map(({ id }) => id),
  );
  for (const table of ["tasks", "claimed_rows"])
    await executeSql(`delete from ${table} where request_id in (select id from taken_back)`);
}

/** Whoever was told of a request that is open again is told once more. */
async function addCallbacks({ executeSql }: SqlExecutor): Promise<void> {
  await executeSql("insert into erasures select * from later_erasures on conflict do nothing");
  await executeSql(
    `insert into callbacks select * from later_callbacks l
       where request_id is null or exists (select 1 from requests r where r.id = l.request_id) on conflict do nothing`,
  );
}

/** Their open requests ask nothing of them any more: rows that are claimed are in no new training. */
async function trainAnew(queries: Queries, executor: SqlExecutor): Promise<void> {
  for await (const lot of lotsOf<LaterModel>(executor, "moved_models"))
    for (const { id, state, version } of lot) {
      await beginAnew(queries, id, { state: state === "deleted" ? "deleted" : "waiting", version });
      await dropTasks(queries, id);
    }
}

async function dropTasks(queries: Queries, id: string): Promise<void> {
  const unfinished = queries
    .select({ id: requests.id })
    .from(requests)
    .where(ne(requests.state, "completed"));
  await queries.delete(tasks).where(and(eq(tasks.modelId, id), inArray(tasks.requestId, unfinished)));
}

/** For every model that goes on; it has served none of them. */
async function giveTasks({ executeSql }: SqlExecutor): Promise<void> {
  await executeSql(
    `insert into tasks (request_id, model_id, state, received_at) select r.id, m.id, 'waiting', r.received_at
       from fresh_requests f join requests r on r.id = f.id join models m on m.dataset_id = r.dataset_id and m.state = 'ready'
       where not f.is_cancelled on conflict do nothing`,
  );
}

/** Those that were deleted after the backup, and those whose upload ended after it: their rows are not all there. */
async function dropDatasets(transaction: Transaction): Promise<void> {
  const { executor } = transaction;
  await executor.executeSql(
    `create temporary table dropped_datasets on commit drop as select later.id from later_datasets later join datasets held using (id)
       where (later.state = 'deleted' and held.state <> 'deleted') or (later.state = 'ready' and held.state = 'uploading')`,
  );
  for await (const lot of lotsOf<{ id: string }>(executor, "dropped_datasets"))
    for (const { id } of lot) await deleteRowsOfDataset(transaction, id);
}

/** Of requests that ask nothing of any model any more the rows are erased from their data sets, also where they had failed in one that is not continued. */
async function finishOpen(transaction: Transaction): Promise<void> {
  await transaction.executor.executeSql(REOPEN);
  // Nobody else is here yet who could wait for it.
  const erasure = new Erasure(Number.POSITIVE_INFINITY);
  const open = "requests where state in ('accepted', 'running')";
  for await (const lot of lotsOf<{ id: string }>(transaction.executor, open))
    await finishRequests(
      transaction,
      lot.map(({ id }) => id),
      erasure,
    );
}

const ROWS_AT_ONCE = 1000;

/** Rows of a table, or of a part of it, some at a time, in the order of their ids. */
async function* lotsOf<T extends { readonly id: string }>(
  { executeSql }: SqlExecutor,
  from: string,
): AsyncGenerator<T[]> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const { rows } = await executeSql<T>(
      `select * from (select * from ${from}) part where id > $1 order by id limit ${ROWS_AT_ONCE}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.id;
  }
}

async function countOf({ executeSql }: SqlExecutor, rows: string): Promise<number> {
  const { rows: found } = await executeSql<{ count: number }>(
    `select count(*)::float8 as count from ${rows}`,
  );
  return found[0]!.count;
}
