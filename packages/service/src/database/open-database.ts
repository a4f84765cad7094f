import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle as drizzleNode } from "drizzle-orm/node-postgres";
import { drizzle as drizzleLite } from "drizzle-orm/pglite";
import { ExpungeError } from "expunge";
import { given, lockDirectory } from "expunge/process";
import pg from "pg";
import { lock } from "./advisory-locks.js";
import { givingWay } from "./give-way.js";
import { createLeases, DEFAULT_LEASE_MS, type Lease } from "./leases.js";
import { FIRST_FORMAT, MIGRATIONS } from "./migrations.js";
import { createNotices, embeddedNotices, type Notices } from "./notices.js";
import { openRows } from "./open-rows.js";
import type { Queries, SqlExecutor, Transaction } from "./queries.js";
import { type ReachOptions, reach } from "./reach.js";
import * as tables from "./tables.js";

export type { Queries, SqlExecutor, Transaction } from "./queries.js";

/** PostgreSQL, or PGlite in this process; the same SQL on both. */
export interface Database extends Transaction {
  readonly kind: "postgres" | "pglite";
  /** Runs a function in one transaction; rolled back where it throws. */
  transaction<T>(use: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Runs a function while nobody else, in any process, holds this name; null where somebody does. */
  exclusively<T>(name: string, use: (lease: Lease) => Promise<T>): Promise<T | null>;
  /** What other transactions tell when they commit. */
  readonly notices: Notices;
  /** Removes what was overwritten or deleted from the tables that hold rows: until then its bytes are still in the files. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}

/** How a database is opened. */
export interface OpenDatabaseOptions extends ReachOptions {
  /** Connections to PostgreSQL; default 10. */
  readonly connections?: number;
  /** Milliseconds without a sign of life after which what this process works on may be taken over, or its transactions ended; default 15,000. */
  readonly leaseMs?: number;
  /**
   * Where the bytes of rows are: a folder, or s3://bucket/prefix. Default for an embedded database a folder beside it, for PostgreSQL what EXPUNGE_ROWS
   * says; without either nothing can be done with rows.
   */
  readonly rows?: string;
}

/** A database before it is known where its rows are. */
type Connection = Omit<Database, "objects" | "transaction"> & {
  transaction<T>(use: (transaction: Omit<Transaction, "objects">) => Promise<T>): Promise<T>;
};

/**
 * Opens a database and brings its tables up to date.
 *
 * @param location postgres://... , or a directory for an embedded database, or "memory:"
 * @throws ExpungeError E_DATABASE where it cannot be reached, is of the first format, or newer than this program; E_LOCKED where another process has the
 *         directory
 */
export async function openDatabase(location: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const connection = /^postgres(ql)?:\/\//.test(location)
    ? await openPostgres(location, options)
    : await openEmbedded(location, options);
  try {
    await migrate(connection);
    // Nobody else can have it open: whose leases these were is dead.
    if (connection.kind === "pglite") await connection.executor.executeSql("delete from leases");
    const objects = await openRows(connection, rowsPlace(location, connection, options));
    return {
      ...connection,
      objects,
      transaction: (use) => connection.transaction((transaction) => use({ ...transaction, objects })),
      async close() {
        await connection.close();
        objects.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function rowsPlace(
  location: string,
  { kind }: Pick<Database, "kind">,
  { rows }: OpenDatabaseOptions,
): string | null {
  if (rows !== undefined) return rows;
  if (kind === "postgres") return process.env.EXPUNGE_ROWS ?? null;
  return location === "memory:" ? location : join(location, "rows");
}

async function openPostgres(url: string, options: OpenDatabaseOptions): Promise<Connection> {
  const { connections = 10, leaseMs = DEFAULT_LEASE_MS } = options;
  const settings = settingsOf(url, leaseMs);
  const pool = new pg.Pool({ ...settings, max: connections, connectionTimeoutMillis: CONNECT_MS });
  // An idle connection that breaks is replaced at the next use, which reports what is wrong.
  pool.on("error", () => {});
  // Nor may one that breaks before whoever asked for it has got it: the server's farewell can come together with its welcome.
  pool.on("connect", (client) => client.on("error", () => {}));
  await reach(() => pool.query("select 1"), options).catch(async (error) => {
    await pool.end();
    throw error;
  });
  const { queries, executor } = connectedBy(pool);
  // What Drizzle makes for a connection is made once.
  const ofClient = new WeakMap<pg.PoolClient, ReturnType<typeof connectedBy>>();
  const openOwn = (): pg.Client =>
    new pg.Client({ ...settings, query_timeout: leaseMs, connectionTimeoutMillis: leaseMs });
  const leases = createLeases(executor, leaseMs, openOwn);
  const notices = createNotices(openOwn);
  return {
    kind: "postgres",
    queries,
    executor,
    async transaction(use) {
      const client = await pool.connect();
      const transaction = ofClient.get(client) ?? connectedBy(client);
      ofClient.set(client, transaction);
      let isBroken = false;
      // A connection that breaks between two queries: the next one reports it. Unheard, the event would end the process.
      const noteBreak = (): void => {
        isBroken = true;
      };
      client.on("error", noteBreak);
      try {
        await client.query("begin");
        const result = await use(transaction);
        await client.query("commit");
        return result;
      } catch (error) {
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
      await pool.query(VACUUM);
    },
    async close() {
      await notices.close();
      await leases.close();
      await pool.end();
    },
  };
}

function connectedBy(client: pg.Pool | pg.PoolClient): Omit<Transaction, "objects"> {
  const query = (asked: pg.QueryConfig): Promise<{ rows: never[] }> => client.query(asked);
  return {
    queries: drizzleNode(client, { schema: tables }),
    executor: { executeSql: (text, values, name) => query({ text, ...given({ values, name }) }) },
  };
}

/**
 * A process that hangs within a transaction holds locks that others wait for: PostgreSQL ends such a session by itself, and one whose other end
 * takes nothing in any more, or is gone.
 */
function settingsOf(url: string, leaseMs: number): pg.ClientConfig {
  const probeSeconds = Math.max(1, Math.floor(leaseMs / 3000));
  const options = {
    idle_in_transaction_session_timeout: leaseMs,
    tcp_user_timeout: leaseMs,
    tcp_keepalives_idle: probeSeconds,
    tcp_keepalives_interval: probeSeconds,
    tcp_keepalives_count: 2,
  };
  return {
    connectionString: url,
    application_name: "expunge",
    keepAlive: true,
    options: Object.entries(options)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
  };
}

async function openEmbedded(
  location: string,
  { leaseMs = DEFAULT_LEASE_MS }: OpenDatabaseOptions,
): Promise<Connection> {
  const isMemory = location === "memory:";
  if (!isMemory) await mkdir(location, { recursive: true, mode: 0o700 });
  // PGlite lets a second process open the same files, and both then ruin them.
  const lock = isMemory ? null : await lockDirectory(location);
  const lite = await PGlite.create(isMemory ? "memory://" : `${location}/pgdata`).catch(
    async (error: Error) => {
      await lock?.release();
      throw new ExpungeError(
        "E_DATABASE",
        `The embedded database in ${location} cannot be opened: ${error.message}.`,
      );
    },
  );
  givingWay(lite);
  const executor: SqlExecutor = { executeSql: (text, values) => executeOn(lite, text, values) };
  const leases = createLeases(executor, leaseMs, null);
  return {
    kind: "pglite",
    queries: drizzleLite(lite, { schema: tables }) as unknown as Queries,
    executor,
    transaction: (use) =>
      lite.transaction((transaction) => {
        const client = givingWay(transaction);
        return use({
          queries: drizzleLite(client as unknown as PGlite, { schema: tables }) as unknown as Queries,
          executor: { executeSql: (text, values) => executeOn(client, text, values) },
        });
      }),
    exclusively: leases.withLease,
    notices: embeddedNotices(lite),
    async vacuum() {
      await lite.exec(VACUUM);
    },
    async close() {
      await leases.close();
      await lite.close();
      await lock?.release();
    },
  };
}

/** Without values there may be several statements, which only `exec` takes. */
async function executeOn<Row>(
  client: Pick<PGlite, "exec" | "query">,
  text: string,
  values?: unknown[],
): Promise<{ rows: Row[] }> {
  if (values !== undefined && values.length > 0) return client.query<Row>(text, values);
  const results = await client.exec(text);
  return { rows: (results.at(-1)?.rows ?? []) as Row[] };
}

/** So that nobody waits for ever to be connected. */
const CONNECT_MS = 30_000;

const VACUUM =
  "vacuum dataset_pages, model_pages, model_order, row_objects, owners, claimed_rows, models, training_checkpoints";

async function migrate(database: Connection): Promise<void> {
  await database.transaction(async ({ queries, executor }) => {
    // Two programs that start at once wait for each other.
    await lock(queries, "migrate");
    await executor.executeSql(
      "create table if not exists expunge_migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const { rows } = await executor.executeSql<{ name: string }>(
      "select name from expunge_migrations order by name",
    );
    const applied = new Set(rows.map(({ name }) => name));
    if (applied.has(FIRST_FORMAT)) {
      throw new ExpungeError(
        "E_DATABASE",
        "The database is of the first format, whose models cannot be certified any more: start with an empty database, upload the data again without the rows that were deleted, and train anew.",
      );
    }
    const known = new Set(MIGRATIONS.map(({ name }) => name));
    const strange = [...applied].find((name) => !known.has(name));
    if (strange !== undefined) {
      throw new ExpungeError(
        "E_DATABASE",
        `The database holds migration ${JSON.stringify(strange)}, which this version does not know: use the newer version that made it.`,
      );
    }
    for (const { name, sql: text } of MIGRATIONS) {
      if (applied.has(name)) continue;
      await executor.executeSql(text);
      await executor.executeSql("insert into expunge_migrations (name) values ($1)", [name]);
    }
  });
}
