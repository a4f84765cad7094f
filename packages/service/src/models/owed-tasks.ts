import { ExpungeError } from "expunge";
import type { SqlExecutor } from "../database/open-database.js";

/*
 * What a restore owes: tasks of trained models that waited when a database was restored. In the lost one some of them were done, so such a model is not served
 * before they are done here too: it would predict with what it has forgotten once. For the same reason nobody takes their requests back.
 */

/** Also where it failed: in the lost database it may not have. */
const IS_OPEN =
  "tasks.model_id = owed.model_id and tasks.request_id = owed.request_id and tasks.state <> 'done'";

/** Those that are still to be done. */
const OWED = `owed_tasks owed join tasks on ${IS_OPEN} join models on models.id = owed.model_id and models.state = 'ready'`;

/**
 * Within the transaction that restores. Requests that are open count as started: nobody knows how far the lost database was with them.
 *
 * @returns how many models owe something
 */
export async function noteOwed(executor: SqlExecutor): Promise<number> {
  const { executeSql } = executor;
  await executeSql("update requests set state = 'running' where state = 'accepted'");
  await executeSql(`insert into owed_tasks (model_id, request_id)
    select tasks.model_id, tasks.request_id from tasks join models on models.id = tasks.model_id
    where tasks.state = 'waiting' and models.state = 'ready' on conflict do nothing`);
  // Tables that were just filled are of unknown size to the planner.
  for (const table of ["tasks", "owed_tasks"]) await executeSql(`analyze ${table}`);
  return countOwing(executor, null);
}

/** A model that owes something, and so is not served. */
export interface Owing {
  readonly id: string;
  /** Why it cannot do a part of it; null where it may. */
  readonly failure: string | null;
}

/** All of them. */
export async function modelsOwing({ executeSql }: SqlExecutor): Promise<Owing[]> {
  const { rows } = await executeSql<Owing & Record<string, unknown>>(
    `select models.id, min(tasks.failure) as failure from ${OWED} group by models.id order by models.id`,
  );
  return rows;
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
    `delete from owed_tasks owed where not exists (
       select from tasks join models on models.id = tasks.model_id and models.state = 'ready' where ${IS_OPEN})`,
  );
  await executeSql(
    "update restores set finished_at = clock_timestamp() where finished_at is null and not exists (select from owed_tasks)",
  );
}

/** A condition of a statement on `models`. */
export const OWES = `exists (select from owed_tasks owed join tasks on ${IS_OPEN} where owed.model_id = models.id)`;

export function notServedYet(): ExpungeError {
  return new ExpungeError(
    "E_CONFLICT",
    "The model came back from a backup, and has yet to forget what was asked of it: it is not served before that.",
  );
}
