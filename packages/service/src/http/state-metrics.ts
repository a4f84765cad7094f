import { and, asc, count, eq, inArray, isNotNull, ne, type SQL, sql } from "drizzle-orm";
import { decodeEntry } from "expunge/ledger";
import { Gauge, type Registry } from "prom-client";
import { fullestQuota } from "../accounts/quotas.js";
import type { Database, Queries } from "../database/open-database.js";
import { ledgerStaged, models, requests } from "../database/tables.js";
import { countOwing } from "../models/owed-tasks.js";
import { countGivenUp } from "../protocols/callback-queue.js";
import { countWorkers } from "../work/live-workers.js";

/*
 * Gauges of what stands in the database, read when somebody asks: with several servers on one database they are the same everywhere.
 * deploy/prometheus/alerts.yml has a rule for each.
 */

/** @param tenantId whose requests and models; null for everybody's, with the ledger and the workers besides */
export function addStateGauges(registry: Registry, database: Database, tenantId: string | null): void {
  const { queries, executor } = database;
  const whose = tenantId === null ? "of all tenants" : "of the key's tenant";
  const add = (name: string, help: string, read: () => Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  };
  add(
    "expunge_oldest_open_request_seconds",
    `How long the oldest request ${whose} has waited that is neither done nor taken back; 0 where none is.`,
    () => ageOfOldest(queries, tenantId),
  );
  add(
    "expunge_models_failing",
    `Models ${whose} whose training failed, or that workers cannot serve and try again.`,
    () => countFailing(queries, tenantId),
  );
  add(
    "expunge_models_owing",
    `Models ${whose} that are not served, since a restore left deletions of them to be done.`,
    () => countOwing(executor, tenantId),
  );
  add(
    "expunge_models_not_learning",
    `Models ${whose} whose newest lesson failed: their schedules pause.`,
    () => countNotLearning(queries, tenantId),
  );
  add(
    "expunge_quota_used_ratio",
    `Used share of the quota ${whose} that is nearest to its end; 0 where there are none.`,
    () => fullestQuota(executor, tenantId),
  );
  if (tenantId !== null) return;
  add("expunge_callbacks_given_up", "Callbacks that did not arrive in a week of tries.", () =>
    countGivenUp(queries),
  );
  add("expunge_workers", "Workers that showed a sign of life within the last 15 seconds.", () =>
    countWorkers(queries),
  );
  add(
    "expunge_ledger_oldest_staged_seconds",
    "Age of the oldest entry that has no place in the ledger yet; 0 where all have.",
    () => ageOfOldestStaged(queries),
  );
}

const ofTenant = (column: typeof requests.tenantId | typeof models.tenantId, id: string | null) =>
  id === null ? undefined : eq(column, id);

async function ageOfOldest(queries: Queries, tenantId: string | null): Promise<number> {
  const isOpen = inArray(requests.state, ["accepted", "running"]);
  const age: SQL<number> = sql`coalesce(extract(epoch from clock_timestamp() - min(${requests.receivedAt})), 0)::float8`;
  const [found] = await queries
    .select({ age })
    .from(requests)
    .where(and(ofTenant(requests.tenantId, tenantId), isOpen));
  return Math.max(0, found?.age ?? 0);
}

async function countFailing(queries: Queries, tenantId: string | null): Promise<number> {
  const isFailing = and(isNotNull(models.failure), ne(models.state, "deleted"));
  const [found] = await queries
    .select({ count: count() })
    .from(models)
    .where(and(ofTenant(models.tenantId, tenantId), isFailing));
  return found?.count ?? 0;
}

async function countNotLearning(queries: Queries, tenantId: string | null): Promise<number> {
  const own = tenantId === null ? sql`true` : sql`m.tenant_id = ${tenantId}`;
  const { rows } = (await queries.execute(sql`${sql.raw(NOT_LEARNING)} and ${own}`)) as unknown as {
    readonly rows: readonly { readonly count: number }[];
  };
  return rows[0]?.count ?? 0;
}

/** From model to model that has a failed lesson, each by one look-up in an index: whether any came after the newest of them is another. */
const NOT_LEARNING = `
with recursive failed (model_id, asked_at, id) as (
  (select model_id, asked_at, id from lessons where state = 'failed' order by model_id desc, asked_at desc, id desc limit 1)
  union all
  select next.model_id, next.asked_at, next.id from failed cross join lateral (
    select model_id, asked_at, id from lessons where state = 'failed' and model_id < failed.model_id
    order by model_id desc, asked_at desc, id desc limit 1
  ) next
)
select count(*)::int as count from failed join models m on m.id = failed.model_id
where not exists (
  select from lessons l where l.model_id = failed.model_id and (l.asked_at, l.id) > (failed.asked_at, failed.id)
)`;

async function ageOfOldestStaged(queries: Queries): Promise<number> {
  const [oldest] = await queries
    .select({ entry: ledgerStaged.entry, now: sql<string>`clock_timestamp()::text` })
    .from(ledgerStaged)
    .orderBy(asc(ledgerStaged.id))
    .limit(1);
  if (oldest === undefined) return 0;
  const { time } = decodeEntry(oldest.entry);
  return Math.max(0, (Date.parse(oldest.now) - Date.parse(time)) / 1000);
}
