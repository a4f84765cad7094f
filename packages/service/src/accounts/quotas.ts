import { ExpungeError } from "expunge";
import type { SqlExecutor, Transaction } from "../database/open-database.js";
import type { Quotas } from "../database/tables.js";

/** What a tenant may have, by its name, as a sentence has it. */
export const QUOTA_WORDS: Readonly<Record<keyof Quotas, string>> = {
  openRequests: "deletion requests that are accepted or running",
  requestsPerMinute: "deletion requests taken in within a minute",
  datasets: "data sets",
  models: "models",
  rows: "rows in all data sets",
};

/** A quota, with how much of it is used. */
export interface QuotaUse {
  readonly quota: keyof Quotas;
  /** null where the operator has set none. */
  readonly allowed: number | null;
  readonly used: number;
}

/** What is used of each quota, by a text that stands for the tenant's id; those of requests are counted by the requests that are there. */
const USED: Readonly<Record<keyof Quotas, (tenant: string) => string>> = {
  openRequests: (tenant) => `select coalesce(sum(n), 0)::float8 from (
    select count as n from request_counts where tenant_id = ${tenant} and state in ('accepted', 'running')
    union all select change from request_count_changes where tenant_id = ${tenant} and state in ('accepted', 'running')) counted`,
  requestsPerMinute: (tenant) =>
    `select count(*)::float8 from requests where tenant_id = ${tenant} and received_at between clock_timestamp() - interval '1 minute' and clock_timestamp()`,
  datasets: (tenant) =>
    `select count(*)::float8 from datasets where tenant_id = ${tenant} and state in ('uploading', 'ready')`,
  models: (tenant) =>
    `select count(*)::float8 from models where tenant_id = ${tenant} and state <> 'deleted'`,
  rows: (tenant) => `select coalesce(sum((description ->> 'rowCount')::float8), 0)::float8 from datasets
    where tenant_id = ${tenant} and state = 'ready'`,
};
const QUOTAS = Object.keys(QUOTA_WORDS) as (keyof Quotas)[];

/** Sets some of a tenant's quotas; null lifts one. The others stay. @throws ExpungeError E_OPTION, E_NOT_FOUND */
export async function setQuotas(
  { executeSql }: SqlExecutor,
  tenantId: string,
  quotas: Readonly<Partial<Record<keyof Quotas, number | null>>>,
): Promise<void> {
  for (const [name, value] of Object.entries(quotas)) {
    if (!(name in QUOTA_WORDS))
      throw new ExpungeError("E_OPTION", `There is no quota ${JSON.stringify(name)}.`);
    if (value !== null && !(Number.isSafeInteger(value) && value >= 0))
      throw new ExpungeError(
        "E_OPTION",
        `Expected quota ${name} = ${value} to be a whole number of at least 0, or null.`,
      );
  }
  const { rows } = await executeSql(
    "update tenants set quotas = nullif(jsonb_strip_nulls(coalesce(quotas, '{}') || $2::jsonb), '{}') where id = $1 returning id",
    [tenantId, JSON.stringify(quotas)],
  );
  if (rows.length === 0)
    throw new ExpungeError("E_NOT_FOUND", "There is no such tenant.", { what: "tenant" });
}

/** All quotas of a tenant and what is used of them. */
export async function readQuotas({ executeSql }: SqlExecutor, tenantId: string): Promise<QuotaUse[]> {
  const used = QUOTAS.map((quota) => `(${USED[quota]("t.id")}) as "${quota}"`);
  const { rows } = await executeSql<Record<keyof Quotas, number> & { readonly quotas: Quotas | null }>(
    `select t.quotas, ${used.join()} from tenants t where t.id = $1`,
    [tenantId],
  );
  const [found] = rows;
  return QUOTAS.map((quota) => ({
    quota,
    allowed: found?.quotas?.[quota] ?? null,
    used: found?.[quota] ?? 0,
  }));
}

/** Used share of the quota that is nearest to its end, of a tenant or of all who have any; 0 where nobody has. @param tenantId null for all */
export async function fullestQuota({ executeSql }: SqlExecutor, tenantId: string | null): Promise<number> {
  const { rows } = await executeSql<{ fullest: number | null }>(FULLEST, [tenantId]);
  return rows[0]?.fullest ?? 0;
}

/** What nobody has limited is not counted. */
const FULLEST = `select max(greatest(${QUOTAS.map(
  (quota) =>
    `case when t.quotas ? '${quota}' then (${USED[quota]("t.id")}) / greatest(1, (t.quotas ->> '${quota}')::float8) end`,
).join()}))::float8 as fullest
from tenants t where t.quotas is not null and ($1::uuid is null or t.id = $1::uuid)`;

/**
 * Within a transaction: a tenant's quotas, held until its end, so that of several that add something at once, on any server, each sees what the one
 * before it has added. Nothing is held where there are none.
 */
export async function holdQuotas(
  { executor }: Pick<Transaction, "executor">,
  tenantId: string,
): Promise<Quotas> {
  const { rows } = await executor.executeSql<{ quotas: Quotas }>(
    "select quotas from tenants where id = $1 and quotas is not null for no key update",
    [tenantId],
    "hold quotas",
  );
  return rows[0]?.quotas ?? {};
}

/** The same where nobody else holds them; null where somebody does. */
export async function tryHoldQuotas(
  { executor }: Pick<Transaction, "executor">,
  tenantId: string,
): Promise<Quotas | null> {
  const { rows } = await executor.executeSql<{ quotas: Quotas }>(
    "select coalesce(quotas, '{}') as quotas from tenants where id = $1 for no key update skip locked",
    [tenantId],
    "try to hold quotas",
  );
  return rows[0]?.quotas ?? null;
}

/** How much more a tenant may add; null without a quota. To be called under `holdQuotas`, whose answer it takes. */
export async function roomLeft(
  { executor }: Pick<Transaction, "executor">,
  tenantId: string,
  quotas: Quotas,
  quota: keyof Quotas,
): Promise<number | null> {
  const allowed = quotas[quota];
  return allowed === undefined ? null : allowed - (await usedOf(executor, tenantId, quota));
}

/** Within a transaction that adds something. @throws ExpungeError E_QUOTA where there is no room for it */
export async function requireRoom(
  transaction: Pick<Transaction, "executor">,
  tenantId: string,
  quota: keyof Quotas,
  more: number,
): Promise<void> {
  const quotas = await holdQuotas(transaction, tenantId);
  const left = await roomLeft(transaction, tenantId, quotas, quota);
  if (left !== null && left < more) throw beyondQuota(quota, quotas[quota] ?? 0, left, more);
}

/** @param retrySeconds where time helps: when to ask again */
export function beyondQuota(
  quota: keyof Quotas,
  allowed: number,
  left: number,
  more: number,
  retrySeconds?: number,
): ExpungeError {
  const found = allowed - left;
  const number = (value: number): string => value.toLocaleString("en-US");
  return new ExpungeError(
    "E_QUOTA",
    `Expected at most ${number(allowed)} ${QUOTA_WORDS[quota]}, which is this tenant's quota ${quota}, found ${number(found)} and ${number(more)} more asked for.`,
    { field: quota, found, allowed, more, ...(retrySeconds === undefined ? {} : { retrySeconds }) },
  );
}

async function usedOf({ executeSql }: SqlExecutor, tenantId: string, quota: keyof Quotas): Promise<number> {
  const { rows } = await executeSql<{ used: number }>(
    `select (${USED[quota]("$1")}) as used`,
    [tenantId],
    `used ${quota}`,
  );
  return rows[0]?.used ?? 0;
}
