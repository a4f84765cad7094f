import { sql } from "drizzle-orm";
import type { Queries, SqlExecutor } from "../database/open-database.js";
import type { ModelStateName } from "../database/tables.js";
import { modelsDue } from "../models/lessons.js";
import { isLotDue } from "../models/lots-due.js";
import { type LotOptions, MOST_REQUESTS } from "../models/take-tasks.js";

/** A model that something waits for, and whose it is. */
export interface WaitingModel {
  readonly id: string;
  readonly tenantId: string;
  /** How long something has waited for it, in seconds. */
  readonly waited: number;
}

/** Of a time in SQL. */
const waitedSince = (time: string): string =>
  `extract(epoch from clock_timestamp() - ${time})::float8 as waited`;

/** Models in some states of which requests ask something, those first whose oldest request came first. */
export async function modelsAsked(
  { executeSql }: SqlExecutor,
  states: readonly ModelStateName[],
): Promise<WaitingModel[]> {
  const { rows } = await executeSql<WaitingModel>(asked("true"), [`{${states.join()}}`], "models asked");
  return rows;
}

/** Models that may serve requests now, those first whose oldest request came first: with `maxWaitMs` none of which all may still wait for others. */
export async function modelsToServe(
  { executeSql }: SqlExecutor,
  { maxWaitMs = 0, maxBatch = MOST_REQUESTS }: Pick<LotOptions, "maxWaitMs" | "maxBatch">,
): Promise<WaitingModel[]> {
  if (maxWaitMs === 0) return modelsAsked({ executeSql }, ["ready"]);
  const { rows } = await executeSql<WaitingModel>(asked(isLotDue("models.id", "$2", "$3")), [
    "{ready}",
    maxWaitMs,
    maxBatch,
  ]);
  return rows;
}

/** From one model to the next by the index of tasks that wait: it takes as long as there are such models, however many requests wait for each, or are done. */
const asked = (condition: string): string => `
with recursive asked as (
  (select model_id, received_at from tasks where state = 'waiting' order by model_id, received_at, request_id limit 1)
  union all
  select next.model_id, next.received_at from asked cross join lateral (
    select model_id, received_at from tasks where state = 'waiting' and model_id > asked.model_id
    order by model_id, received_at, request_id limit 1
  ) next
)
select models.id, tenant_id as "tenantId", ${waitedSince("received_at")} from asked join models on models.id = model_id
where models.state = any($1::text[]) and ${condition} order by received_at, models.id`;

/** Models that wait for their training, or for a lesson that somebody has asked for, those first that have waited longest. */
export async function modelsToTrain(queries: Queries): Promise<WaitingModel[]> {
  const { rows } = (await queries.execute(sql`
    select id, tenant_id as "tenantId", ${sql.raw(waitedSince("since"))} from (
      select id, tenant_id, created_at as since from models where state in ('waiting', 'training')
      union all
      select m.id, m.tenant_id, l.asked_at from lessons l join models m on m.id = l.model_id
      where l.state = 'waiting' and m.state = 'ready'
    ) waiting order by since, id
  `)) as unknown as { rows: WaitingModel[] };
  return rows;
}

/** Those, and behind them models whose schedules ask for a lesson now. */
export async function modelsToTeachOrTrain(queries: Queries): Promise<WaitingModel[]> {
  const due = await modelsDue(queries);
  return [...(await modelsToTrain(queries)), ...due.map((model) => ({ ...model, waited: 0 }))];
}
