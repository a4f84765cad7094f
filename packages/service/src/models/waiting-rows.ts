import { eq, sql } from "drizzle-orm";
import type { Queries, Transaction } from "../database/open-database.js";
import { models } from "../database/tables.js";
import type { StoredProcess } from "./stored-process.js";

/*
 * Rows that wait for a model: those of its data set that it has neither learned nor is done with. They are counted by what is open. A model has looked at the
 * rows before `row_count`; of those behind it `settled_count` says how many it is done with, be it that they joined, be it that it was asked to forget them
 * before they did. Rows that its training left out for a request that was then taken back are in a table of their own.
 */

/** Whether a row is in a model `m` since it joined: one look-up. */
const isJoined = (row: string): string => `exists (select from (
    select j.end_row from joined_rows j where j.model_id = m.id and j.first_row <= ${row} order by j.first_row desc limit 1
  ) nearest where nearest.end_row > ${row})`;

/** Whether a model `m` is done with a request that claims a row. */
const isGone = (
  row: string,
): string => `exists (select from claimed_rows g join tasks on tasks.request_id = g.request_id
    where g.dataset_id = m.dataset_id and g."row" = ${row} and tasks.model_id = m.id and tasks.state = 'done')`;

/**
 * Rows of a kind that open requests keep from a model `m`. Requests that name none of them are not looked at, however many wait: in this order, whatever
 * PostgreSQL thinks of how many there are (offset 0).
 */
const keptBy = (table: string, row: string): string => `select o."row" from (
    select request_id from tasks where model_id = m.id and names_new_rows and state in ('waiting', 'failed') offset 0
  ) t cross join lateral (
    select ${row} as "row" from ${table} where request_id = t.request_id and dataset_id = m.dataset_id and ${row} >= m.row_count offset 0
  ) o where not ${isJoined('o."row"')} and not ${isGone('o."row"')}`;

/** Of the rows behind those that a model `m` has looked at. No request is asked for where there are no such rows. */
const BEHIND = `(d.description ->> 'rowCount')::int - m.row_count - m.settled_count
  - (select count(*) from (${keptBy("claimed_rows", '"row"')} union ${keptBy("corrected_rows", "successor")}) kept)`;

/**
 * Rows that wait for a model `m` on data set `d`: not those that an open request names, or that are to take the place of a row by a correction that this
 * model has not carried out.
 */
export const WAITING = `greatest(0, (select count(*) from returned_rows w where w.model_id = m.id
      and not exists (select from claimed_rows c where c.dataset_id = m.dataset_id and c."row" = w."row"))
  + case when (d.description ->> 'rowCount')::int > m.row_count then ${BEHIND} else 0 end)::int`;

/** Of a model `m`: whether it is trained, and not for adaptive requesters (adaptive-models.ts). */
export const MAY_LEARN = "m.state = 'ready' and m.plan ->> 'limit' is null";

/** How many rows wait for each of some models; 0 for those that are not trained yet, or never learn any. */
export async function waitingRows(
  queries: Queries,
  modelIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (modelIds.length === 0) return new Map();
  const { rows } = (await queries.execute(sql`
    select m.id, case when ${sql.raw(MAY_LEARN)} then ${sql.raw(WAITING)} else 0 end as waiting
    from models m join datasets d on d.id = m.dataset_id
    where m.id = any(array(select value::uuid from json_array_elements_text(${JSON.stringify(modelIds)}::json)))
  `)) as unknown as { rows: { id: string; waiting: number }[] };
  return new Map(rows.map(({ id, waiting }) => [id, waiting]));
}

/** Rows behind those that a model has looked at that it has never had, and is done with since some requests: each counted once. */
const FORGONE = `select count(distinct c."row")::int as count from models m join claimed_rows c on c.dataset_id = m.dataset_id
  where m.id = $1 and c.request_id = any($2::uuid[]) and c."row" >= m.row_count and not ${isJoined('c."row"')}
    and not exists (select from claimed_rows e join tasks t on t.request_id = e.request_id
      where e.dataset_id = c.dataset_id and e."row" = c."row" and t.model_id = m.id and t.state = 'done' and e.request_id <> all($2::uuid[]))`;

/** The first row that a model is not done with. */
const LOOKED_AT = `with recursive looked ("row") as (
  select row_count from models where id = $1
  union all
  select coalesce(
    (select end_row from (
      select end_row from joined_rows where model_id = $1 and first_row <= looked."row" order by first_row desc limit 1
    ) nearest where end_row > looked."row"),
    (select c."row" + 1 from claimed_rows c join tasks t on t.request_id = c.request_id
      where c.dataset_id = $2 and c."row" = looked."row" and t.model_id = $1 and t.state = 'done' limit 1)
  ) from looked where looked."row" is not null
) select max("row") as "row" from looked`;

/**
 * Counts what a lot has settled, and what stands before all that still waits no more. Within the transaction that ends the lot, once its tasks are done
 * and what joined by it is stored.
 *
 * @param lot its requests, and how many rows joined by it
 */
export async function noteSettled(
  { queries, executor }: Transaction,
  { modelId, datasetId, rowCount }: Pick<StoredProcess, "modelId" | "datasetId" | "rowCount">,
  lot: { readonly requestIds: readonly string[]; readonly joinedCount: number },
): Promise<void> {
  const { executeSql } = executor;
  const ids = `{${lot.requestIds.join()}}`;
  const forgone = (await executeSql<{ count: number }>(FORGONE, [modelId, ids])).rows[0]?.count ?? 0;
  const { rows } = await executeSql<{ row: number }>(LOOKED_AT, [modelId, datasetId]);
  const passed = Math.max(0, (rows[0]?.row ?? rowCount) - rowCount);
  const settled = lot.joinedCount + forgone - passed;
  if (passed === 0 && settled === 0) return;
  await queries
    .update(models)
    .set({ rowCount: rowCount + passed, settledCount: sql`${models.settledCount} + ${settled}` })
    .where(eq(models.id, modelId));
}
