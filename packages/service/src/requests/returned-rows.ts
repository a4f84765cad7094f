import type { SqlExecutor } from "../database/open-database.js";

/*
 * A training leaves out the rows of requests that came before it. Such a request has nothing to ask of the model, and its rows are never the model's. Where it
 * is taken back, nobody asks for them to be forgotten any more: they wait for the model's next lesson, as rows that have just come do.
 */

/** A model that has such a row, or will see to it itself, has a task that waits: of rows that came after its training, it passes none by then (newcomers.ts). */
const RETURN = `insert into returned_rows (model_id, "row")
  select m.id, c."row" from claimed_rows c join models m on m.dataset_id = c.dataset_id
  where c.request_id = any($1::uuid[]) and m.state = 'ready' and c."row" < (m.plan -> 'process' ->> 'rowCount')::integer
    and not exists (select from tasks t where t.request_id = c.request_id and t.model_id = m.id and t.state = 'waiting')
  on conflict do nothing`;

/**
 * Gives rows back to the models that were trained without them. Before the tasks and the claims of the requests are deleted; models that are in training see to
 * it when they are done.
 *
 * @param requestIds of requests that nobody has begun to serve
 */
export async function returnRows({ executeSql }: SqlExecutor, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length > 0) await executeSql(RETURN, [`{${requestIds.join()}}`]);
}
