import { sql } from "drizzle-orm";
import type { Database, Queries } from "../database/open-database.js";
import type { RequestState } from "../database/tables.js";

/** How many requests are in each state. */
export type RequestCounts = Readonly<Record<RequestState, number>>;

/** @param tenantId whose; null for everybody's */
export async function countRequests(queries: Queries, tenantId: string | null): Promise<RequestCounts> {
  const own = tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}`;
  const { rows } = (await queries.execute(sql`
    select state, sum(count)::float8 as count from (
      select state, count from request_counts where ${own} union all select state, change from request_count_changes where ${own}
    ) counted group by state`)) as unknown as { rows: { state: RequestState; count: number }[] };
  const counts = { accepted: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

/** Requests that are neither done nor taken back, though they are due. @param tenantId whose; null for everybody's */
export async function countOverdue(queries: Queries, tenantId: string | null): Promise<number> {
  const own = tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}`;
  const { rows } = (await queries.execute(sql`
    select count(*)::int as count from requests
    where state in ('accepted', 'running', 'failed') and due_at < now() and ${own}`)) as unknown as {
    rows: { count: number }[];
  };
  return rows[0]?.count ?? 0;
}

/** Changes that are added up by one statement. */
const FOLDED_AT_ONCE = 100_000;

/**
 * Adds up what has changed, so that counting stays quick; several at once take different changes.
 *
 * @returns whether there may be more
 */
export async function foldRequestCounts({ executor }: Pick<Database, "executor">): Promise<boolean> {
  const { rows } = await executor.executeSql<{ count: number }>(FOLD);
  return rows[0]?.count === FOLDED_AT_ONCE;
}

const FOLD = `
with taken as (
  delete from request_count_changes
    where id in (select id from request_count_changes order by id limit ${FOLDED_AT_ONCE} for update skip locked)
  returning tenant_id, state, change
), folded as (
  insert into request_counts select tenant_id, state, sum(change) from taken group by tenant_id, state order by tenant_id, state
  on conflict (tenant_id, state) do update set count = request_counts.count + excluded.count
)
select count(*)::int as count from taken`;
