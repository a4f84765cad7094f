import { and, eq, or } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { commitToRequest, encodeEntry, entryTime } from "expunge/ledger";
import { given } from "expunge/process";
import { isHeld } from "../database/brief-waits.js";
import { mapGivingWay } from "../database/give-way.js";
import { newId } from "../database/ids.js";
import { jsonRecords } from "../database/insert-json.js";
import type { Queries, SqlExecutor, Transaction } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { ROWS_AT_ONCE } from "../database/row-numbers.js";
import { ledgerStaged, namedSubjects, requests } from "../database/tables.js";
import type { Keyring } from "../keys/keyring.js";
import type { Erasure } from "../rows/erasure.js";
import { CLAIMING, claimLarge, claimsOf } from "./claim-rows.js";
import { kindOf, USUAL_DUE_HOURS } from "./deletion-request.js";
import { DatasetHeld, type Draft, isDraft, KeyHeld, type OnHeld, type Remembered } from "./draft-requests.js";
import { finishRequests } from "./finish-request.js";
import { holdQuotasOf, refuseBeyondQuotas } from "./request-quotas.js";
import { type RequestView, type Times, viewOfNew } from "./request-views.js";

/** A request that is in the database; an earlier one where it is repeated. */
export interface Stored {
  readonly id: string;
  readonly isRepeated: boolean;
  /** null where it went with the data set. */
  readonly keyring: Keyring | null;
  /** Places of subjects that were skipped; null where they are still to be looked up. */
  readonly unknown: readonly number[] | null;
  /** null where it is still to be read. */
  readonly view: RequestView | null;
}

/** Stores requests with all that follows from them, by as many statements for many as for one. */
export async function storeRequests(
  transaction: Transaction,
  queue: Queue,
  drafts: readonly (Draft | Remembered | ExpungeError)[],
  erasure: Erasure,
  onHeld: OnHeld = "wait",
): Promise<(Stored | ExpungeError)[]> {
  const { queries, executor } = transaction;
  // Before anything is inserted: of whoever is not waited for nothing is.
  const found = drafts.filter(isDraft);
  const quotas = await holdQuotasOf(transaction, found, onHeld);
  const isHeld = ({ tenantId }: Draft): boolean => quotas.get(tenantId) === null;
  const good = found.filter((draft) => !isHeld(draft));
  const times = await insertRequests(executor, good);
  const inserted = good.filter(({ id }) => times.has(id));
  const refused = await refuseBeyondQuotas(transaction, inserted, quotas);
  const fresh = inserted.filter(({ id }) => !refused.has(id));
  // A repeat of what is refused just now is refused like it.
  const refusals = new Map(
    inserted.flatMap((draft) => (refused.has(draft.id) ? [[keyOf(draft), refused.get(draft.id)!]] : [])),
  );
  const repeated = good.filter(({ id }) => !times.has(id));
  const earlier = await findEarlier(queries, repeated, refusals);
  const { counts, models } = await insertParts(executor, fresh, times);
  await setRowCounts(queries, fresh, counts);
  await queue.add("unlearn", [...models.values()].flat().sort(), executor);
  const isServed = (draft: Draft): boolean => isAsking(draft) && models.has(draft.request.datasetId);
  await finishRequests(
    transaction,
    fresh.filter((draft) => !isServed(draft)).map(({ id }) => id),
    erasure,
  );
  const views = new Map(
    fresh.filter(isServed).map((draft) => {
      const { id, request } = draft;
      return [id, viewOfNew(draft, times.get(id)!, counts.get(id) ?? 0, models.get(request.datasetId) ?? [])];
    }),
  );
  return drafts.map((item) => {
    if (item instanceof ExpungeError) return item;
    if (!isDraft(item)) return { ...item, unknown: null, view: null };
    if (isHeld(item)) return new DatasetHeld();
    const { id, keyring, named } = item;
    const other = refused.get(id) ?? earlier.get(id);
    if (other) return other;
    return { id, isRepeated: false, keyring, unknown: named.unknown, view: views.get(id) ?? null };
  });
}

/** @returns times of those whose idempotency key nobody had used @throws KeyHeld where it has waited too long for whoever just uses one */
async function insertRequests(
  { executeSql }: SqlExecutor,
  drafts: readonly Draft[],
): Promise<ReadonlyMap<string, Times>> {
  if (drafts.length === 0) return new Map();
  // In one order for everybody: who inserts a key waits for whoever has inserted it already.
  const ordered = [...drafts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  const values = ordered.map(({ id, tenantId, request, fingerprint, named, idempotencyKey }) => ({
    ...{ id, tenantId, fingerprint, idempotencyKey, kind: kindOf(request) },
    datasetId: request.datasetId,
    rowCount: named.rowCount,
    ...given({ dueAt: request.dueAt }),
    envelope: request.envelope ?? null,
    reference: request.reference ?? null,
  }));
  const { rows } = await executeSql<{ id: string; received_at: Date; due_at: Date }>(
    INSERT,
    [jsonRecords(requests, values)],
    "insert requests",
  ).catch((error: unknown) => {
    throw isHeld(error) ? new KeyHeld() : error;
  });
  return new Map(rows.map(({ id, received_at, due_at }) => [id, { receivedAt: received_at, dueAt: due_at }]));
}

const INSERT = `
with now as materialized (select date_trunc('milliseconds', clock_timestamp()) as at)
insert into requests (id, tenant_id, dataset_id, state, idempotency_key, fingerprint, row_count, received_at, due_at, envelope, reference, kind)
select id, tenant_id, dataset_id, 'accepted', idempotency_key, fingerprint, row_count, now.at,
  coalesce(due_at, now.at + interval '${USUAL_DUE_HOURS} hours'), envelope, reference, kind
from json_populate_recordset(null::requests, $1::json), now
on conflict (tenant_id, idempotency_key) do nothing returning id, received_at, due_at`;

async function findEarlier(
  queries: Queries,
  repeated: readonly Draft[],
  refusals: ReadonlyMap<string, ExpungeError>,
): Promise<ReadonlyMap<string, Stored | ExpungeError>> {
  const outcomes = new Map<string, Stored | ExpungeError>();
  if (repeated.length === 0) return outcomes;
  const found = await queries
    .select({
      id: requests.id,
      tenantId: requests.tenantId,
      key: requests.idempotencyKey,
      fingerprint: requests.fingerprint,
    })
    .from(requests)
    .where(
      or(
        ...repeated.map(({ tenantId, idempotencyKey }) =>
          and(eq(requests.tenantId, tenantId), eq(requests.idempotencyKey, idempotencyKey as string)),
        ),
      ),
    );
  for (const draft of repeated) {
    const { id, tenantId, idempotencyKey, fingerprint, keyring } = draft;
    const match = found.find((one) => one.tenantId === tenantId && one.key === idempotencyKey);
    const isSame = match !== undefined && Buffer.compare(match.fingerprint, fingerprint) === 0;
    outcomes.set(
      id,
      isSame
        ? { id: match.id, isRepeated: true, keyring, unknown: null, view: null }
        : ((match === undefined ? refusals.get(keyOf(draft)) : undefined) ??
            new ExpungeError("E_CONFLICT", "This idempotency key was used for another request.")),
    );
  }
  return outcomes;
}

const keyOf = ({ tenantId, idempotencyKey }: Draft): string => `${tenantId} ${idempotencyKey}`;

/** Who names nobody that is known asks nothing of any model. */
const isAsking = ({ named }: Draft): boolean => named.rows.length > 0 || named.owners.length > 0;

/** The last row that a request names; of a correction, which brings rows behind all others, any. */
function lastRowOf({ request, named: { rows, owners } }: Draft): number {
  if (request.correction) return ANY_ROW;
  const last = rows.reduce((last, row) => Math.max(last, row), -1);
  return owners.reduce((last, { lastRow }) => Math.max(last, lastRow), last);
}
const ANY_ROW = 2 ** 31 - 1;

interface Parts {
  /** Rows that each request has claimed. */
  readonly counts: ReadonlyMap<string, number>;
  /** Models that have something to do, by data set. */
  readonly models: ReadonlyMap<string, readonly string[]>;
}

/** Whom requests name, the rows that they claim, entries for the ledger, and a task for every model that has the rows. */
async function insertParts(
  executor: SqlExecutor,
  drafts: readonly Draft[],
  times: ReadonlyMap<string, Times>,
): Promise<Parts> {
  const counts = new Map<string, number>();
  const models = new Map<string, string[]>();
  if (drafts.length === 0) return { counts, models };
  const named: (typeof namedSubjects.$inferInsert)[] = [];
  for (const draft of drafts) for (const subject of await subjectsOf(draft)) named.push(subject);
  const { receivedAt } = times.get(drafts[0]!.id)!;
  const staged = drafts.map((draft) => ({ entry: entryOf(draft, receivedAt) }));
  const asking = drafts.filter(isAsking).map((draft) => ({
    ...{ id: draft.id, dataset_id: draft.request.datasetId, last_row: lastRowOf(draft) },
  }));
  const claims = claimsOf(drafts);
  for (let start = 0; ; start += ROWS_AT_ONCE) {
    const isFirst = start === 0;
    const { value: claim } = claims.next();
    if (!isFirst && claim === undefined && start >= named.length) break;
    const { rows } = await executor.executeSql<Inserted>(
      INSERT_PARTS,
      [
        jsonRecords(namedSubjects, named.slice(start, start + ROWS_AT_ONCE)),
        JSON.stringify(claim?.rows ?? []),
        jsonRecords(ledgerStaged, isFirst ? staged : []),
        JSON.stringify(isFirst ? asking : []),
        receivedAt,
        JSON.stringify(claim?.owners ?? []),
      ],
      "insert parts of requests",
    );
    for (const { id, dataset_id: datasetId, count } of rows) {
      if (datasetId === null) counts.set(id, (counts.get(id) ?? 0) + count);
      else models.set(datasetId, [...(models.get(datasetId) ?? []), id]);
    }
  }
  for (const [id, count] of await claimLarge(executor, drafts)) counts.set(id, (counts.get(id) ?? 0) + count);
  return { counts, models };
}

/** A request with the number of rows that it has claimed, or a model with its data set. */
interface Inserted {
  readonly id: string;
  readonly dataset_id: string | null;
  readonly count: number;
}

/**
 * Models are locked, shared: nobody deletes one meanwhile, or gives it up, who would not see its new tasks. Whoever does locks it whole ("for update"); a lot of requests that is
 * being committed changes the model and is not waited for.
 */
const INSERT_PARTS = `
with named as (
  insert into named_subjects (request_id, place, dataset_id, owner, digest)
  select request_id, place, dataset_id, owner, digest from json_populate_recordset(null::named_subjects, $1::json)
), asked as materialized (
  select dataset_id, "row", request_id from json_populate_recordset(null::claimed_rows, $2::json)
  union all
  select own.dataset_id, o."row", own.request_id from json_to_recordset($6::json) as own(dataset_id uuid, owner bytea, request_id uuid, last_row integer)
    cross join lateral (select "row" from owners where dataset_id = own.dataset_id and owner = own.owner and "row" <= own.last_row) o
), ${CLAIMING}, staged as (
  insert into ledger_staged (entry) select entry from json_populate_recordset(null::ledger_staged, $3::json)
), asking as (
  select * from json_to_recordset($4::json) as asked(id uuid, dataset_id uuid, last_row integer)
), affected as (
  select id, dataset_id, row_count from models
  where dataset_id in (select dataset_id from asking) and state in ('training', 'ready') order by id for key share
), given as (
  insert into tasks (request_id, model_id, state, received_at, names_new_rows)
  select asking.id, affected.id, 'waiting', $5::timestamptz, last_row >= row_count from asking join affected using (dataset_id)
)
select request_id as id, null::uuid as dataset_id, count(*)::int as count from claimed group by request_id
union all select id, dataset_id, 0 from affected`;

/** Owners as HMACs, ids as salted digests, and places of those that were skipped. */
async function subjectsOf({
  id,
  request: { datasetId, subjects = [] },
  keyring,
  named,
}: Draft): Promise<(typeof namedSubjects.$inferInsert)[]> {
  const known = await mapGivingWay(named.owners, ({ place, owner }) => ({
    requestId: id,
    place,
    datasetId,
    owner: Buffer.from(owner, "hex"),
    digest: Buffer.from(keyring.digestOf(subjects[place]!, owner, id), "hex"),
  }));
  return [
    ...known,
    ...named.unknown.map((place) => ({ requestId: id, place, datasetId, owner: null, digest: null })),
  ];
}

function entryOf({ id, keyring, request }: Draft, receivedAt: Date): Uint8Array {
  // Under a salt that only whoever asked is given: the entry says nothing to anybody else, even one who guesses.
  const commitment = commitToRequest({ ...request, kind: kindOf(request) }, keyring.ledgerSaltOf(id));
  const time = entryTime(receivedAt);
  return encodeEntry({ version: 1, kind: "request", time, requestId: id, modelId: newId(), commitment });
}

/** Where some of the rows are erased already. */
async function setRowCounts(
  queries: Queries,
  drafts: readonly Draft[],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { id, named } of drafts) {
    const rowCount = counts.get(id) ?? 0;
    if (rowCount === named.rowCount) continue;
    await queries.update(requests).set({ rowCount }).where(eq(requests.id, id));
  }
}
