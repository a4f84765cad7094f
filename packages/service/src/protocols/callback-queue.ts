import { sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { Database, Queries, SqlExecutor } from "../database/open-database.js";

/** A callback whose message is being sent. */
export interface Claimed {
  readonly id: string;
  readonly tenantId: string;
  readonly requestId: string | null;
  readonly subjectRequestId: string | null;
  readonly address: string;
  readonly token: string | null;
  readonly receiver: string;
  readonly told: string;
  readonly attempts: number;
  /** Until when nobody else takes it; changed meanwhile, there is something newer to tell. */
  readonly claim: string;
}

/** Messages that one receiver is sent at once. */
const AT_ONCE = 32;
/** Receivers of one tenant at once: however many are silent, other tenants' are told. */
const RECEIVERS = 16;
/** With rests of up to an hour: about a week. The index of those that were given up says the same number. */
const MAX_ATTEMPTS = 180;
/** Longer than a message may take. */
const CLAIM_SECONDS = 60;
const MAX_REST_MS = 3_600_000;
/** Receivers of one tenant that may wait when it names another: each costs every tenant's callbacks a step, every second. */
export const MOST_RECEIVERS = 200;

/** @throws ExpungeError E_QUOTA where callbacks of more receivers of a tenant wait */
export async function requireFewReceivers({ executeSql }: SqlExecutor, tenantId: string): Promise<void> {
  const { rows } = await executeSql<{ count: number }>(COUNT_RECEIVERS, [tenantId, MOST_RECEIVERS]);
  if ((rows[0]?.count ?? 0) <= MOST_RECEIVERS) return;
  throw new ExpungeError(
    "E_QUOTA",
    `Callbacks to more than ${MOST_RECEIVERS} receivers wait to be sent. Try again once some of them have answered, or name none.`,
    { expected: MOST_RECEIVERS },
  );
}

/**
 * Receivers for whom anything waits, one after another by the index: how much waits for each is not looked at.
 *
 * @param from where they begin
 * @param goesOn a condition on the one before
 */
const waitingFrom = (from: string, goesOn: string): string => `
with recursive waiting as (
  (select receiver, tenant_id, 1 as place from callbacks where try_at is not null and receiver >= ${from} order by receiver limit 1)
  union all
  select following.receiver, following.tenant_id, waiting.place + 1 from waiting cross join lateral (
    select receiver, tenant_id from callbacks c where c.try_at is not null and c.receiver > waiting.receiver order by c.receiver limit 1
  ) following where ${goesOn}
)`;

/** A tenant's receivers begin with its id, so that they lie side by side. */
const COUNT_RECEIVERS = `${waitingFrom("$1::text", "waiting.tenant_id = $1::text::uuid and waiting.place <= $2")}
select count(*)::int as count from waiting where tenant_id = $1::text::uuid`;

/**
 * Takes what has changed since, and claims callbacks that are due, the oldest of each receiver. It looks only at those that wait, by receiver: that
 * one has very many costs the others nothing.
 */
export async function claimCallbacks(
  { executor }: Database,
  busy: readonly string[],
): Promise<readonly Claimed[]> {
  await executor.executeSql(TAKE_NEWS, [AT_ONCE * AT_ONCE]);
  const { rows } = await executor.executeSql<Claimed>(CLAIM, [JSON.stringify(busy)]);
  return rows;
}

const TAKE_NEWS = `
with news as (
  delete from request_news where id in (select id from request_news limit $1 for update skip locked) returning request_id
), changed as (
  select distinct r.id, r.tenant_id, (r.envelope ->> 'subjectRequestId')::uuid as subject_request_id
  from news join requests r on r.id = news.request_id
), affected as (
  select c.id from changed join callbacks c on c.request_id = changed.id
  union
  select c.id from changed join callbacks c using (tenant_id, subject_request_id)
), held as (
  select id from callbacks where id in (select id from affected) order by id for update
)
update callbacks set try_at = now(), attempts = 0 from held where callbacks.id = held.id`;

const CLAIM = `${waitingFrom("''", "true")}, busy as (
  select value as receiver from json_array_elements_text($1::json)
), placed as (
  select receiver, row_number() over (partition by tenant_id) +
    (select count(*) from busy where busy.receiver like waiting.tenant_id::text || ' %') as place
  from waiting where receiver not in (select receiver from busy)
    and exists (select 1 from callbacks c where c.receiver = waiting.receiver and c.try_at <= now())
), due as (
  select found.id from placed cross join lateral (
    select id from callbacks c where c.receiver = placed.receiver and c.try_at <= now() order by c.try_at
      limit ${AT_ONCE} for update skip locked
  ) found where placed.place <= ${RECEIVERS}
)
update callbacks set attempts = attempts + 1, try_at = now() + interval '${CLAIM_SECONDS} seconds' from due where callbacks.id = due.id
returning callbacks.id, tenant_id as "tenantId", request_id as "requestId", subject_request_id as "subjectRequestId", address, token, receiver,
  told, attempts, try_at::text as claim`;

/** Nothing is left to tell, unless something has changed meanwhile. What Fides was told needs its token no more. */
export async function settle({ executor }: Database, { id, claim }: Claimed, told: string): Promise<void> {
  await executor.executeSql(
    `update callbacks set told = $2, token = case when $2 = 'completed' then null else token end,
       attempts = case when try_at = $3::timestamptz then 0 else attempts end,
       try_at = case when try_at = $3::timestamptz then null else try_at end where id = $1`,
    [id, told, claim],
  );
}

/** It did not arrive: later again, and in the end no more until there is something new. */
export async function putOff(
  { executor }: Database,
  { id, claim, attempts }: Claimed,
  restMs = 1000,
): Promise<void> {
  const rest = Math.min(MAX_REST_MS, restMs * 2 ** (attempts - 1));
  const seconds = attempts >= MAX_ATTEMPTS ? null : rest / 1000;
  await executor.executeSql(
    "update callbacks set try_at = now() + make_interval(secs => $2::float8) where id = $1 and try_at = $3::timestamptz",
    [id, seconds, claim],
  );
}

/** Callbacks of one receiver that were given up. */
export interface GivenUp {
  /** The tenant's name. */
  readonly tenant: string;
  /** Whom they are for, as far as it is no secret: an address without its path, or "fides". */
  readonly receiver: string;
  /** How many. */
  readonly count: number;
}

const IS_GIVEN_UP = `try_at is null and attempts >= ${MAX_ATTEMPTS}`;

/** Callbacks that were given up, by receiver. */
export async function listGivenUp({ executeSql }: SqlExecutor): Promise<GivenUp[]> {
  const { rows } = await executeSql<GivenUp>(
    `select t.name as tenant, substr(receiver, 38) as receiver, count(*)::int as count
       from callbacks c join tenants t on t.id = c.tenant_id where ${IS_GIVEN_UP} group by 1, 2 order by 1, 2`,
  );
  return rows;
}

/** Has all callbacks that were given up tried again from now on, as if they were new. @returns how many */
export function retryGivenUp(executor: SqlExecutor): Promise<number> {
  return changeGivenUp(executor, "try_at = now(), attempts = 0");
}

/** Drops them: whom they are for is told at the next change, if there is one. @returns how many */
export function dropGivenUp(executor: SqlExecutor): Promise<number> {
  return changeGivenUp(executor, "attempts = 0");
}

async function changeGivenUp({ executeSql }: SqlExecutor, change: string): Promise<number> {
  // In the order in which news are taken.
  const { rows } = await executeSql(
    `with held as (select id from callbacks where ${IS_GIVEN_UP} order by id for update)
       update callbacks set ${change} from held where callbacks.id = held.id returning callbacks.id`,
  );
  return rows.length;
}

/** Of how many messages nobody is left who would send them: the receiver has never been told. */
export async function countGivenUp(queries: Queries): Promise<number> {
  const { rows } = (await queries.execute(
    sql`select count(*)::int as count from callbacks where ${sql.raw(IS_GIVEN_UP)}`,
  )) as unknown as { rows: { count: number }[] };
  return rows[0]?.count ?? 0;
}
