import { drizzle } from "drizzle-orm/node-postgres";
import { given } from "expunge/process";
import pg from "pg";
import type { Connection, OpenDatabaseOptions } from "./connection.js";
import { isConnectionLost } from "./connection-lost.js";
import { endClient } from "./end-client.js";
import { createLeases, DEFAULT_LEASE_MS } from "./leases.js";
import { createNotices } from "./notices.js";
import type { Transaction } from "./queries.js";
import { reach } from "./reach.js";
import * as tables from "./tables.js";
import { beginning } from "./take-tables.js";
import { answerMs, TIME_LIMITS, type TimeLimits, type WorkKind } from "./time-limits.js";
import { VACUUM } from "./vacuum.js";

/** So that nobody waits for ever to be connected. */
const CONNECT_MS = 30_000;
/** How long statements may go on that nobody waits for any more. */
const CLOSE_MS = 5000;

/** @throws ExpungeError E_DATABASE where it cannot be reached */
export async function openPostgres(url: string, options: OpenDatabaseOptions): Promise<Connection> {
  const { connections = 10, leaseMs = DEFAULT_LEASE_MS } = options;
  const limits = { ...TIME_LIMITS, ...options.timeLimits };
  const settings = settingsOf(url, leaseMs, limits);
  const pool = new pg.Pool({
    ...settings,
    max: connections,
    connectionTimeoutMillis: Math.min(CONNECT_MS, limits.usual),
  });
  // An idle connection that breaks is replaced at the next use, which reports what is wrong.
  pool.on("error", () => {});
  // Nor may one that breaks before whoever asked for it has got it: the server's farewell can come together with its welcome.
  pool.on("connect", (client) => client.on("error", () => {}));
  const open = keepOpen(pool);
  await reach(() => pool.query("select 1"), options).catch(async (error) => {
    await pool.end();
    throw error;
  });
  const { queries, executor } = connectedBy(pool);
  const transactionOf = transactions(limits);
  const openOwn = (): pg.Client =>
    new pg.Client({ ...settings, query_timeout: leaseMs, connectionTimeoutMillis: leaseMs });
  const leases = createLeases(executor, leaseMs, openOwn);
  const notices = createNotices(openOwn, leaseMs);
  return {
    kind: "postgres",
    queries,
    executor,
    async transaction(use, kind = "usual", lockMs) {
      const client = await pool.connect();
      const { transaction, begin } = transactionOf(client, kind, lockMs);
      let isBroken = false;
      // A connection that breaks between two queries: the next one reports it. Unheard, the event would end the process.
      const noteBreak = (): void => {
        isBroken = true;
      };
      client.on("error", noteBreak);
      try {
        await begin();
        const result = await use(transaction);
        await transaction.executor.executeSql("commit");
        return result;
      } catch (error) {
        // One that has not answered in time would be waited for once more.
        if (isConnectionLost(error)) isBroken = true;
        else
          await client.query("rollback").catch(() => {
            isBroken = true;
          });
        throw error;
      } finally {
        client.off("error", noteBreak);
        client.release(isBroken);
      }
    },
    exclusively: leases.withLease,
    notices,
    async vacuum() {
      const client = await pool.connect();
      const warnings: string[] = [];
      client.on("notice", ({ code, message = "" }) => {
        if (code !== "00000") warnings.push(message);
      });
      try {
        await client.query(`set statement_timeout = ${limits.long}`);
        await client.query({ text: VACUUM, query_timeout: answerMs(limits.long) } as pg.QueryConfig);
      } finally {
        // Its limit is no other's.
        client.release(true);
      }
      // Tables of another role are passed over with a warning alone, and indexes where transactions run out of numbers.
      if (warnings.length > 0) throw new Error(`VACUUM has left something: ${warnings.join("; ")}.`);
    },
    async close() {
      await notices.close();
      await leases.close();
      const ended = pool.end();
      const timer = setTimeout(() => {
        for (const client of open) void endClient(client);
      }, CLOSE_MS);
      await ended;
      clearTimeout(timer);
      await Promise.all([...open].map(endClient));
    },
  };
}

/** Connections that are open, or are to end and have not ended yet. */
function keepOpen(pool: pg.Pool): ReadonlySet<pg.Client> {
  const open = new Set<pg.Client>();
  pool.on("connect", (client) => {
    open.add(client as unknown as pg.Client);
    client.once("end", () => open.delete(client as unknown as pg.Client));
  });
  return open;
}

interface Limited {
  limitMs: number;
  readonly transaction: Begun["transaction"];
}

interface Begun {
  readonly transaction: Omit<Transaction, "objects">;
  begin(): Promise<unknown>;
}

/** What Drizzle makes for a connection is made once; how long its statements may take is another time's. */
function transactions(limits: TimeLimits): (client: pg.PoolClient, kind: WorkKind, lockMs?: number) => Begun {
  const ofClient = new WeakMap<pg.PoolClient, Limited>();
  const make = (client: pg.PoolClient): Limited => {
    const one: Limited = {
      limitMs: limits.usual,
      transaction: connectedBy(timed(client, () => one.limitMs)),
    };
    ofClient.set(client, one);
    return one;
  };
  return (client, kind, lockMs) => {
    const one = ofClient.get(client) ?? make(client);
    one.limitMs = limits[kind];
    const { transaction } = one;
    const limit = kind === "usual" ? "" : `; set local statement_timeout = ${one.limitMs}`;
    // Whoever migrates does not wait for what may take hours: he is told of it.
    const rest = kind === "long" ? limit : `${limit}; ${beginning}`;
    const locks = lockMs === undefined ? "" : `; set local lock_timeout = ${lockMs}`;
    return { transaction, begin: () => transaction.executor.executeSql(`begin${rest}${locks}`) };
  };
}

/** A connection whose answers are waited for as long as statements may take. */
function timed(client: pg.PoolClient, limitMs: () => number): pg.PoolClient {
  const query = (asked: pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> =>
    client.query({ ...asked, query_timeout: answerMs(limitMs()) } as pg.QueryConfig, values);
  return { query } as unknown as pg.PoolClient;
}

function connectedBy(client: pg.Pool | pg.PoolClient): Omit<Transaction, "objects"> {
  const query = (asked: pg.QueryConfig): Promise<{ rows: never[] }> => client.query(asked);
  return {
    queries: drizzle(client, { schema: tables }),
    executor: { executeSql: (text, values, name) => query({ text, ...given({ values, name }) }) },
  };
}

/**
 * A process that hangs within a transaction holds locks that others wait for: PostgreSQL ends such a session by itself, and one whose other end
 * takes nothing in any more, or is gone. A statement has a limit of time, too.
 */
function settingsOf(url: string, leaseMs: number, { usual }: TimeLimits): pg.ClientConfig {
  const probeSeconds = Math.max(1, Math.floor(leaseMs / 3000));
  const options = {
    statement_timeout: usual,
    idle_in_transaction_session_timeout: leaseMs,
    tcp_user_timeout: leaseMs,
    tcp_keepalives_idle: probeSeconds,
    tcp_keepalives_interval: probeSeconds,
    tcp_keepalives_count: 2,
  };
  return {
    connectionString: url,
    application_name: "expunge",
    query_timeout: answerMs(usual),
    keepAlive: true,
    // The system's own would be two hours.
    keepAliveInitialDelayMillis: 1000 * probeSeconds,
    options: Object.entries(options)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
  };
}
