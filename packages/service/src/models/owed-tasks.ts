import { ExpungeError } from "expunge";
import type { SqlExecutor } from "../database/open-database.js";

/*
 * What a restore owes: tasks of trained models that waited when a database was restored. In the lost one some of them were done, so such a model is not served
 * before they are done here too: it would predict with what it has forgotten once.
 */

/** Those that are still to be done. */
const OWED = `owed_tasks owed join tasks on tasks.model_id = owed.model_id and tasks.request_id = owed.request_id and tasks.state = 'waiting'
  join models on models.id = owed.model_id and models.state = 'ready'`;

/** Within the transaction that restores. @returns how many models owe something */
export async function noteOwed(executor: SqlExecutor): Promise<number> {
  await executor.executeSql(`insert into owed_tasks (model_id, request_id)
    select tasks.model_id, tasks.request_id from tasks join models on models.id = tasks.model_id
    where tasks.state = 'waiting' and models.state = 'ready' on conflict do nothing`);
  return countOwing(executor, null);
}

/** Models that owe anything, and so are not served. */
export async function modelsOwing({ executeSql }: SqlExecutor): Promise<string[]> {
  const { rows } = await executeSql<{ id: string }>(
    `select distinct models.id from ${OWED} order by models.id`,
  );
  return rows.map(({ id }) => id);
}

/** How many they are. @param tenantId whose; null for everybody's */
export async function countOwing({ executeSql }: SqlExecutor, tenantId: string | null): Promise<number> {
  const { rows } = await executeSql<{ count: number }>(
    `select count(distinct models.id)::int as count from ${OWED} where models.tenant_id = coalesce($1::uuid, models.tenant_id)`,
    [tenantId],
  );
  return rows[0]?.count ?? 0;
}

/** Whether a restore is unfinished. */
export async function isRestoring({ executeSql }: SqlExecutor): Promise<boolean> {
  return (await executeSql("select 1 from restores where finished_at is null limit 1")).rows.length > 0;
}

/** Forgets what is owed no more, and notes which restores are thereby finished. */
export async function forgetPaid({ executeSql }: SqlExecutor): Promise<void> {
  await executeSql(
    `delete from owed_tasks where (model_id, request_id) not in (select owed.model_id, owed.request_id from ${OWED})`,
  );
  await executeSql(
    "update restores set finished_at = clock_timestamp() where finished_at is null and not exists (select from owed_tasks)",
  );
}

/** A condition of a statement on `models`. */
export const OWES = `exists (select from owed_tasks owed join tasks on tasks.model_id = owed.model_id and tasks.request_id = owed.request_id
  where owed.model_id = models.id and tasks.state = 'waiting')`;

export function notServedYet(): ExpungeError {
  return new ExpungeError(
    "E_CONFLICT",
    "The model came back from a backup, and has yet to forget what was asked of it: it is not served before that.",
  );
}
