import type { SqlExecutor } from "../database/open-database.js";

/** How long a model's requests may wait for others to be served together with them, and how many a whole lot is. */
interface LotWaits {
  readonly maxWaitMs: number;
  readonly maxBatch: number;
}

/**
 * Whether what waits for a model is to be served now, as a condition of a statement: a whole lot waits, or one that has waited long enough, or is due too
 * soon; or the clock was set back. Time is the clock's: what came after the transaction had begun has not come from the future.
 *
 * @param model its id, `maxWaitMs` and `maxBatch`, as the statement has them
 */
export const isLotDue = (model: string, maxWaitMs: string, maxBatch: string): string => `exists (
  select from (
    select requests.received_at, due_at, ${maxWaitMs}::double precision * interval '1 millisecond' as wait
    from tasks t join requests on requests.id = t.request_id
    where t.model_id = ${model} and t.state = 'waiting' order by t.received_at, t.request_id limit ${maxBatch}
  ) lot having count(*) >= ${maxBatch}
    or bool_or(received_at not between clock_timestamp() - wait and clock_timestamp() or due_at <= clock_timestamp() + wait)
)`;

/** The same of one model. Where it is not, the worker's sweep comes back to it. */
export async function isDueNow(
  { executeSql }: SqlExecutor,
  modelId: string,
  { maxWaitMs, maxBatch }: LotWaits,
): Promise<boolean> {
  const { rows } = await executeSql<{ due: boolean }>(DUE_NOW, [modelId, maxWaitMs, maxBatch]);
  return rows[0]?.due === true;
}

const DUE_NOW = `select ${isLotDue("$1", "$2", "$3::int")} as due`;
