import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type pg from "pg";
import { newId } from "./ids.js";
import { Presence } from "./presence.js";
import type { Queries, SqlExecutor } from "./queries.js";
import { leases } from "./tables.js";

/**
 * What only one at a time may work on, by its name. Whoever works on it keeps saying so; who falls silent (a process that hangs, a host that is gone, a
 * network that is cut) is taken over from, and can commit nothing after that.
 */
export interface Lease {
  /** Aborted when somebody is known to have taken over. */
  readonly signal: AbortSignal;
  /** Within a transaction: until its end nobody takes over. @throws ExpungeError E_CONFLICT where somebody has */
  hold(queries: Queries): Promise<void>;
}

/** What ends work under a lease: whoever asked for it, or somebody who has taken over. */
export function signalOf({
  lease,
  signal,
}: {
  readonly lease: Lease;
  readonly signal?: AbortSignal;
}): AbortSignal {
  return signal ? AbortSignal.any([signal, lease.signal]) : lease.signal;
}

/** The leases of one opened database. */
export interface Leases {
  /** Runs a function under a lease; null where somebody else has it. */
  withLease<T>(name: string, use: (lease: Lease) => Promise<T>): Promise<T | null>;
  close(): Promise<void>;
}

/** How long after its last sign of life a holder may be taken over from. */
export const DEFAULT_LEASE_MS = 15_000;
/** Signs of life in that time. */
const BEATS = 5;

interface Held {
  readonly holder: string;
  readonly gone: AbortController;
}

/**
 * Leases in a table, by the database's clock.
 *
 * A holder that dies takes its session with it, and the lock by which a session shows that it is there: so what it held can be taken at once. A
 * holder that hangs keeps its session: from that one is taken when its time is up.
 *
 * @param connection opens a connection of the leases' own; null for a database of one process, in which nobody else can hold any
 */
export function createLeases(
  executor: SqlExecutor,
  leaseMs: number,
  connection: (() => pg.Client) | null,
): Leases {
  const busy = new Set<string>();
  const held = new Set<Held>();
  const presence = connection && new Presence(connection);
  let timer: NodeJS.Timeout | null = null;

  async function take(name: string): Promise<Held | null> {
    const session = presence ? await presence.show() : null;
    const one: Held = { holder: newId(), gone: new AbortController() };
    const values = [name, one.holder, session, leaseMs];
    const made = await executor.executeSql(INSERT, values);
    const { rows } = made.rows.length > 0 ? made : await executor.executeSql(TAKE_OVER, values);
    return rows.length > 0 ? one : null;
  }

  async function beat(): Promise<void> {
    const asked = [...held];
    if (asked.length === 0) return;
    const session = presence ? await presence.show() : null;
    const ask = presence ?? executor;
    const { rows } = await ask.executeSql<{ holder: string }>(PROLONG, [
      JSON.stringify(asked.map(({ holder }) => holder)),
      session,
      leaseMs,
    ]);
    const kept = new Set(rows.map(({ holder }) => holder));
    for (const { holder, gone } of asked) if (!kept.has(holder)) gone.abort(overtaken());
  }

  function keepBeating(): void {
    if (timer !== null || held.size === 0) return;
    timer = setTimeout(async () => {
      // A database that is away for a while takes nothing from anybody: the next beat tells.
      await beat().catch(() => {});
      timer = null;
      keepBeating();
    }, leaseMs / BEATS);
    timer.unref();
  }

  async function useLease<T>(name: string, one: Held, use: (lease: Lease) => Promise<T>): Promise<T> {
    const { holder, gone } = one;
    held.add(one);
    keepBeating();
    try {
      return await use({ signal: gone.signal, hold: (queries) => holdLease(queries, name, holder) });
    } finally {
      held.delete(one);
      // Where this fails its time runs out.
      await executor.executeSql(GIVE_BACK, [name, holder]).catch(() => {});
    }
  }

  return {
    async withLease(name, use) {
      // Nor does this process take over from itself, should it have been too busy to say that it is there.
      if (busy.has(name)) return null;
      busy.add(name);
      try {
        const one = await take(name);
        return one && (await useLease(name, one, use));
      } finally {
        busy.delete(name);
      }
    },
    async close() {
      if (timer !== null) clearTimeout(timer);
      held.clear();
      await presence?.close();
    },
  };
}

/** Signs of life go on meanwhile: they do not change the row's key. Whoever takes over does lock it whole, and so waits. */
async function holdLease(queries: Queries, name: string, holder: string): Promise<void> {
  const found = await queries
    .select({ name: leases.name })
    .from(leases)
    .where(and(eq(leases.name, name), eq(leases.holder, holder)))
    .for("key share");
  if (found.length === 0) throw overtaken();
}

function overtaken(): ExpungeError {
  return new ExpungeError("E_CONFLICT", "Another worker has taken over; nothing was changed.");
}

const UNTIL = "clock_timestamp() + $4::double precision * interval '1 millisecond'";

const INSERT = `insert into leases (name, holder, session, expires_at) values ($1, $2, $3, ${UNTIL})
  on conflict (name) do nothing returning holder`;

/** Whose session is gone has let go of its lock. One who is just committing is left to finish. */
const TAKE_OVER = `update leases set holder = $2, session = $3, expires_at = ${UNTIL}
  where name = (select name from leases where name = $1 and (expires_at < clock_timestamp()
    or (session is not null and pg_try_advisory_xact_lock(hashtextextended(session::text, 1)))) for update skip locked)
  returning holder`;

const PROLONG = `update leases set session = $2, expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond'
  where holder in (select value::uuid from json_array_elements_text($1::json)) returning holder`;

const GIVE_BACK = "delete from leases where name = $1 and holder = $2";
