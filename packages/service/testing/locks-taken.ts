import pg from "pg";
import { LOCKS } from "../src/database/advisory-locks.js";

/*
 * What transactions keep each other from, as PostgreSQL has it: behind every statement that this process sends within a transaction, another session looks
 * which rows are locked, in every table, and by which foreign keys and triggers too.
 */

/** From the weakest: two of them exclude each other from `EXCLUDING` on (https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS). */
const MODES = ["Key Share", "Share", "No Key Update", "Update"] as const;
export type LockMode = (typeof MODES)[number];
const EXCLUDING = 3;

const strength = (mode: LockMode): number => MODES.indexOf(mode);

/** Whether whoever wants one waits for whoever has the other. */
export const excludes = (one: LockMode, other: LockMode): boolean =>
  strength(one) + strength(other) >= EXCLUDING;

/** A row that was there before, as a transaction locked it, or took a stronger hold of it. Advisory locks have tables of their own, by their names. */
export interface LockTaken {
  readonly table: string;
  /** Values of its primary key. */
  readonly key: readonly (string | number)[];
  readonly mode: LockMode;
  /** The statement that took it, and its number in its transaction. */
  readonly text: string;
  readonly place: number;
}

interface Open {
  readonly held: Map<string, LockMode>;
  readonly taken: LockTaken[];
  place: number;
}

/** Locks that this process takes on a database while a function runs, by transaction, in the order in which they are taken. Nobody else may work on it. */
export async function locksTaken(url: string, use: () => Promise<unknown>): Promise<LockTaken[][]> {
  const observer = new pg.Client({ connectionString: url });
  await observer.connect();
  const { prototype } = pg.Client;
  const { query } = prototype;
  const ask = (text: string): Promise<pg.QueryResult> =>
    (query as (text: string) => Promise<pg.QueryResult>).call(observer, text);
  await ask("create extension if not exists pgrowlocks");
  const nameOf = new Map(Object.entries(LOCKS).map(([name, number]) => [`lock 0 ${number}`, name]));
  const look = lookOf((await ask(KEYS)).rows);
  const done: LockTaken[][] = [];
  const open = new Map<pg.Client, Open>();

  async function note(client: pg.Client, text: string): Promise<void> {
    const own = open.get(client)!;
    own.place += 1;
    if (!MAY_LOCK.test(text)) return;
    const { processID } = client as unknown as { readonly processID: number };
    for (const { name: found, key, mode } of (await ask(look.replaceAll("$1", String(processID)))).rows) {
      const table = nameOf.get(found) ?? found.replace(/^lock .*/, "gates");
      const name = `${table} ${JSON.stringify(key)}`;
      const before = own.held.get(name);
      if (before !== undefined && strength(before) >= strength(mode)) continue;
      own.held.set(name, mode);
      own.taken.push({ table, key, mode, text, place: own.place });
    }
  }
  const recording = function (this: pg.Client, ...given: unknown[]): unknown {
    const [first] = given as [string | { readonly text: string }];
    const text = typeof first === "string" ? first : first.text;
    const asked = (query as (...given: unknown[]) => unknown).apply(this, given);
    if (/^begin/i.test(text)) open.set(this, { held: new Map(), taken: [], place: 0 });
    else if (/^(commit|rollback)/i.test(text)) {
      const { taken = [] } = open.get(this) ?? {};
      if (taken.length > 0) done.push(taken);
      open.delete(this);
    } else if (open.has(this) && asked instanceof Promise)
      return asked.then(async (result) => {
        await note(this, text);
        return result;
      });
    return asked;
  };
  prototype.query = recording as typeof query;
  try {
    await use();
    return done;
  } finally {
    prototype.query = query;
    await observer.end();
  }
}

/** Other statements lock no row. */
const MAY_LOCK = /\b(insert|update|delete|share)\b|_advisory_/i;

/** Tables with their primary keys. */
const KEYS = `
select c.relname as "table", string_agg(format('t.%I', a.attname), ', ' order by k.place) as key
from pg_class c join pg_index i on i.indrelid = c.oid and i.indisprimary
cross join unnest(i.indkey) with ordinality k(number, place)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by c.relname order by c.relname`;

/** Seen from without, rows that the transaction inserted are not there, and those that it has changed are as they were. */
function lookOf(tables: readonly { readonly table: string; readonly key: string }[]): string {
  const rows = tables.map(
    ({ table, key }) =>
      `select '${table}' as name, json_build_array(${key}) as key, unnest(l.modes) as mode, unnest(l.pids) as pid
         from pgrowlocks('${table}') l join ${table} t on t.ctid = l.locked_row`,
  );
  return `
with rows as (${rows.join(" union all ")})
select name, key, regexp_replace(mode, '^For ', '') as mode from rows where pid = $1
union all
select 'lock ' || classid || ' ' || objid, json_build_array(), case mode when 'ShareLock' then 'Share' else 'Update' end
from pg_locks where locktype = 'advisory' and granted and pid = $1 and database = (select oid from pg_database where datname = current_database())`;
}

/** Whether whoever asks so waits for nobody. */
export const neverWaits = ({ text }: LockTaken): boolean => /skip locked|pg_try_advisory/i.test(text);
