import { ExpungeError } from "expunge";
import { LOCKS } from "./advisory-locks.js";
import { isHeld } from "./brief-waits.js";
import { MIGRATIONS } from "./migrations.js";
import type { SqlExecutor } from "./queries.js";
import { TABLE_ORDER } from "./table-order.js";

/*
 * Whoever changes tables while others use them has them all for himself first. A migration that took one after another would wait for transactions that wait
 * for it, and PostgreSQL would end one of them.
 *
 * Transactions of calls and workers begin with a lock that they share (`beginning`): whoever has that alone waits until they have ended, while others have not
 * begun. What is left then are single statements, what runs for hours, and programs of versions that did not have this lock.
 */

/** A lot of deletions keeps its locks for a second. */
const GATE_MS = 2000;
/** Between two attempts, about: callers who have waited are served meanwhile. */
const PAUSE_MS = 500;

/** What a transaction begins with that keeps whoever migrates waiting. */
export const beginning = `select pg_advisory_xact_lock_shared(${LOCKS.useTables})`;

/** First those that transactions begin with: where nobody else gets into these, the others are soon left. */
const ALL = [...new Set(["leases", ...TABLE_ORDER, ...MIGRATIONS.flatMap(({ sql }) => madeBy(sql))])];

function madeBy(migration: string): string[] {
  return [...migration.matchAll(/\b(?:create table|rename to) (\w+)/g)].map(([, name]) => name as string);
}

/**
 * Within a transaction of PostgreSQL: until its end nobody else uses any table of the service. What cannot be had in half the time after which PostgreSQL looks
 * for a deadlock is let go again, for others to go on, and tried anew: so nobody is ended for it.
 *
 * @param waitMs how long it is tried
 * @throws ExpungeError E_DATABASE where somebody has used a table all the time
 */
export async function takeTables(executor: SqlExecutor, waitMs: number): Promise<void> {
  const { executeSql } = executor;
  const end = performance.now() + waitMs;
  const holders = watchHolders(executor);
  await holders.look();
  await executeSql("savepoint taking");
  const isTaken = async (text: string): Promise<boolean> => {
    try {
      await executeSql(text);
      return true;
    } catch (error) {
      if (!isHeld(error)) throw error;
      await executeSql("rollback to savepoint taking");
      return false;
    }
  };
  // Callers do not wait for this: a VACUUM that PostgreSQL has begun by itself ends for it, and no other begins.
  const calmly = taking("share update exclusive", `${Math.max(1, Math.ceil(waitMs))}`);
  if (!(await isTaken(calmly))) throw await holders.refusal(waitMs);
  await executeSql("savepoint taking");
  while (!(await isTaken(taking("access exclusive", HALF, GATE)))) {
    if (performance.now() >= end) throw await holders.refusal(waitMs);
    await holders.look();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
  }
}

const GATE = `perform set_config('lock_timeout', '${GATE_MS}', true);
  perform pg_advisory_xact_lock(${LOCKS.useTables});`;
const HALF = "(select setting::integer / 2 from pg_settings where name = 'deadlock_timeout')";

/** Those that are there, each for as long as is left of the time for all. @param ms an expression @param first a statement before them */
function taking(mode: string, ms: string, first = ""): string {
  return `
do $$
declare
  usual constant text := current_setting('lock_timeout');
  until timestamptz;
  own text;
begin
  ${first}
  until := clock_timestamp() + ${ms} * interval '1 ms';
  foreach own in array array['${ALL.join("', '")}'] loop
    continue when to_regclass(own) is null;
    perform set_config('lock_timeout', greatest(1, floor(1000 * extract(epoch from until - clock_timestamp())))::integer::text, true);
    execute format('lock table %I in ${mode} mode', own);
  end loop;
  perform set_config('lock_timeout', usual, true);
end $$`;
}

/** Who holds the tables, from one look to the next: PostgreSQL hides from a role since when transactions of other roles have been open. */
interface Holders {
  look(): Promise<void>;
  /** Why the tables cannot be had, with the one who has been at it longest for whoever has to end it. */
  refusal(waitMs: number): Promise<ExpungeError>;
}

function watchHolders({ executeSql }: SqlExecutor): Holders {
  // By transaction, in the order in which they were first seen: a process that begins another is another holder.
  let held = new Map<string, { readonly pid: number; readonly firstLook: number }>();
  let looks = 0;
  const look = async (): Promise<void> => {
    looks += 1;
    const { rows } = await executeSql<{ pid: number; transaction: string }>(HOLDERS, [JSON.stringify(ALL)]);
    held = new Map(
      rows.map(({ pid, transaction }) => {
        const key = `${pid} ${transaction}`;
        return [key, held.get(key) ?? { pid, firstLook: looks }];
      }),
    );
  };
  const refusal = async (waitMs: number): Promise<ExpungeError> => {
    await look();
    const all = [...held.values()];
    const first = Math.min(...all.map(({ firstLook }) => firstLook));
    const pids = all.filter(({ firstLook }) => firstLook === first).map(({ pid }) => pid);
    const { rows } = await executeSql<Session>(SESSIONS, [JSON.stringify(pids)]);
    return new ExpungeError(
      "E_DATABASE",
      `The database is to be brought up to date, but others have been using its tables for ${Math.round(waitMs / 1000)} seconds${described(rows[0])}. Nothing was changed. Wait until a backup or another long transaction has ended; if it is none, end the processes of the older version.`,
    );
  };
  return { look, refusal };
}

interface Session {
  readonly pid: number;
  readonly program: string | null;
  /** Null where it has no user. */
  readonly isOfAnother: boolean | null;
  /** How long its transaction has been open; null where that is hidden. */
  readonly seconds: number | null;
}

function described(session: Session | undefined): string {
  if (session === undefined) return "";
  const { pid, program, isOfAnother, seconds } = session;
  const whose = isOfAnother ? " of another user" : "";
  const since = seconds === null ? "" : ` for ${seconds} seconds`;
  return `: PostgreSQL's process ${pid}${program ? ` (${program})` : ""}${whose}${since}`;
}

const HOLDERS = `
select distinct pid, virtualtransaction as transaction
from pg_locks
where granted and pid <> pg_backend_pid()
  and ((locktype = 'relation' and relation in (select to_regclass(value) from json_array_elements_text($1::json)))
    or (locktype = 'advisory' and objid = ${LOCKS.useTables}))
  and database = (select oid from pg_database where datname = current_database())`;

/** Asked once: what a transaction has seen of the sessions does not change until its end. */
const SESSIONS = `
select pid, application_name as program, usename <> current_user as "isOfAnother",
  floor(extract(epoch from clock_timestamp() - xact_start))::integer as seconds
from pg_stat_activity where pid in (select value::integer from json_array_elements_text($1::json))
order by xact_start nulls last limit 1`;
