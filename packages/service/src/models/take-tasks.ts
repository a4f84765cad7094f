import { MAX_NAMED } from "@expunge/client/schemas";
import { and, asc, eq } from "drizzle-orm";
import type { Lease } from "../database/leases.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Queries, SqlExecutor } from "../database/open-database.js";
import { type Packed, packed, stretchOf, unpacked } from "../database/row-numbers.js";
import { models, type RequestKind, type RequestState, requests, tasks } from "../database/tables.js";
import { lotLength } from "../requests/lots.js";
import { isDueNow } from "./lots-due.js";
import type { StoredProcess } from "./stored-process.js";

/** A request as it concerns one model. */
export interface Task {
  readonly requestId: string;
  readonly kind: RequestKind;
  /** That the model has not forgotten for another one, ascending. */
  readonly rows: Uint32Array;
}

/**
 * Most requests of a lot. One of ten times as many costs a few times as much, since the certificate, the writing of pages and the commit are one: a backlog is
 * worked off the faster the longer it is. A lot of this many keeps its locks for about a second on a busy machine.
 */
export const MOST_REQUESTS = 1000;

/** Which requests are served together. */
export interface LotOptions {
  readonly database: Database;
  /** Of the model: who has lost it changes nothing any more. */
  readonly lease: Lease;
  /** Most requests that one certificate may answer; default 1,000. As many are served together as wait. */
  readonly maxBatch?: number;
  /** Most rows that they may name together, unless one alone names more; default 200,000. */
  readonly maxRows?: number;
  /** Numbers that the new rows of several corrections may have together as slots hold them; default 2^26, which is 256 MiB. */
  readonly maxCorrectedNumbers?: number;
  /**
   * How long a request may wait for others to be served together with it, in ms; default 0. One that is due before that is not kept waiting.
   */
  readonly maxWaitMs?: number;
}

/** Marks the oldest waiting requests as running, all of one kind: from here on they cannot be taken back. */
export function takeTasks(
  { database, lease, maxBatch = MOST_REQUESTS, maxRows = MAX_NAMED, maxWaitMs = 0 }: LotOptions,
  { modelId, datasetId }: StoredProcess,
): Promise<Task[]> {
  return database.transaction(async ({ queries, executor }) => {
    await lease.hold(queries);
    if (maxWaitMs > 0 && !(await isDueNow(executor, modelId, { maxWaitMs, maxBatch }))) return [];
    // Before its tasks: so do those who take a request back, or delete the model.
    await queries.select({ id: models.id }).from(models).where(eq(models.id, modelId)).for("no key update");
    const waiting = await queries
      .select({
        requestId: tasks.requestId,
        kind: requests.kind,
        rowCount: requests.rowCount,
      })
      .from(tasks)
      .innerJoin(requests, eq(requests.id, tasks.requestId))
      .where(and(eq(tasks.modelId, modelId), eq(tasks.state, "waiting")))
      .orderBy(asc(tasks.receivedAt), asc(tasks.requestId))
      .limit(maxBatch)
      .for("update", { of: tasks });
    // A certificate is of deletions or of corrections: the others are the next lot.
    const end = waiting.findIndex(({ kind }) => kind !== waiting[0]?.kind);
    const alike = end < 0 ? waiting : waiting.slice(0, end);
    const found = alike.slice(
      0,
      lotLength(alike, maxBatch, maxRows, ({ rowCount }) => rowCount),
    );
    const ids = found.map(({ requestId }) => requestId);
    await lockRequests(queries, ids);
    await queries
      .update(requests)
      .set({ state: "running" })
      .where(and(isOneOf(requests.id, ids, "uuid"), eq(requests.state, "accepted" satisfies RequestState)));
    const rowsOf = await rowsLeftOf(executor, { modelId, datasetId }, ids);
    return found.map(({ requestId, kind }) => ({
      requestId,
      kind,
      rows: unpacked(rowsOf.get(requestId) ?? []),
    }));
  }, "large");
}

/** In the order in which another model's lot finishes them. */
async function lockRequests(queries: Queries, ids: readonly string[]): Promise<void> {
  await queries
    .select({ id: requests.id })
    .from(requests)
    .where(isOneOf(requests.id, ids, "uuid"))
    .orderBy(requests.id)
    .for("no key update");
}

/** Requests of a lot that are not served with it wait again, and can be taken back, but for those that another model has begun, or is done with, and those that came back in a restore. */
export async function putBack(
  { database, lease }: Pick<LotOptions, "database" | "lease">,
  modelId: string,
  lot: readonly Task[],
): Promise<void> {
  const ids = lot.map(({ requestId }) => requestId);
  await database.transaction(async ({ queries, executor }) => {
    await lease.hold(queries);
    await lockRequests(queries, ids);
    await executor.executeSql(PUT_BACK, [`{${ids.join()}}`, modelId]);
  }, "large");
}

/** Whoever is at another model has its lease before he takes its tasks. What a restore owes stays begun (owed-tasks.ts). */
const PUT_BACK = `
update requests set state = 'accepted' where id = any($1::uuid[]) and state = 'running' and not exists (
  select from tasks other where other.request_id = requests.id and other.model_id <> $2
    and (other.state <> 'waiting' or exists (select from leases where name = 'model ' || other.model_id))
) and not exists (select from tasks join owed_tasks using (model_id, request_id) where tasks.request_id = requests.id)`;

/** Rows that requests have claimed and that this model has not forgotten for another one. */
async function rowsLeftOf(
  { executeSql }: SqlExecutor,
  { modelId, datasetId }: Pick<StoredProcess, "modelId" | "datasetId">,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Packed[]>> {
  const { rows } = await executeSql<Packed & { readonly id: string }>(ROWS_LEFT, [
    ...[datasetId, modelId, JSON.stringify(requestIds)],
  ]);
  const rowsOf = new Map<string, Packed[]>();
  for (const some of rows) {
    const own = rowsOf.get(some.id);
    if (own) own.push(some);
    else rowsOf.set(some.id, [some]);
  }
  return rowsOf;
}

const ROWS_LEFT = `
select c.request_id as id, ${packed('c."row"')} from claimed_rows c
where c.dataset_id = $1 and c.request_id = any(array(select value::uuid from json_array_elements_text($3::json)))
  and not exists (
    select from claimed_rows earlier join tasks t on t.request_id = earlier.request_id
    where earlier.dataset_id = c.dataset_id and earlier."row" = c."row" and t.model_id = $2 and t.state = 'done'
  )
group by c.request_id, ${stretchOf('c."row"')}`;
