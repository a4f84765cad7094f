import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { ExpungeError } from "expunge";
import { lockDirectory } from "expunge/process";
import type { Connection, Database, OpenDatabaseOptions } from "./connection.js";
import { givingWay } from "./give-way.js";
import { createLeases, DEFAULT_LEASE_MS } from "./leases.js";
import { migrate, requireTables } from "./migrate.js";
import { embeddedNotices } from "./notices.js";
import { openRows } from "./open-rows.js";
import { openPostgres } from "./postgres.js";
import type { Queries, SqlExecutor } from "./queries.js";
import * as tables from "./tables.js";
import { VACUUM } from "./vacuum.js";

export type { Database, OpenDatabaseOptions } from "./connection.js";
export type { Queries, SqlExecutor, Transaction } from "./queries.js";

/**
 * Opens a database and brings its tables up to date, unless `tables` says otherwise.
 *
 * @param location postgres://... , or a directory for an embedded database, or "memory:"
 * @throws ExpungeError E_DATABASE where it cannot be reached, is of the first format, newer than this program, of an older version where `tables` forbids to
 *         bring it up to date, or to be brought up to date while others do not leave its tables; E_OPTION for a place of rows without a name; E_LOCKED where another process has the directory
 */
export async function openDatabase(location: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const connection = isAddress(location)
    ? await openPostgres(location, options)
    : await openEmbedded(location, options);
  try {
    const { tables: use = "upgrade" } = options;
    if (use !== "upgrade") await requireTables(connection, use);
    if (use !== "keep") await migrate(connection, options.tablesWaitMs);
    // Nobody else can have it open: whose leases these were is dead.
    if (connection.kind === "pglite") await connection.executor.executeSql("delete from leases");
    const objects = await openRows(connection, rowsPlace(location, connection, options));
    return {
      ...connection,
      objects,
      transaction: (use, kind, lockMs) =>
        connection.transaction((transaction) => use({ ...transaction, objects }), kind, lockMs),
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

/** Whether there can be a database at a location: at an address, in memory, or in a directory where an embedded one was made. Nothing is opened. */
export function isDatabaseThere(location: string): boolean {
  return isAddress(location) || location === IN_MEMORY || existsSync(filesIn(location));
}

const IN_MEMORY = "memory:";

const isAddress = (location: string): boolean => /^postgres(ql)?:\/\//.test(location);

/** Files of an embedded database. */
const filesIn = (directory: string): string => `${directory}/pgdata`;

function rowsPlace(
  location: string,
  { kind }: Pick<Database, "kind">,
  { rows }: OpenDatabaseOptions,
): string | null {
  // An empty name would be the folder that the process happens to be in.
  if (rows === "")
    throw new ExpungeError(
      "E_OPTION",
      "Expected a folder or s3://bucket/prefix as the place of rows (--rows), found an empty text.",
    );
  if (rows !== undefined) return rows;
  if (kind === "postgres") return process.env.EXPUNGE_ROWS || null;
  return location === IN_MEMORY ? location : join(location, "rows");
}

async function openEmbedded(
  location: string,
  { leaseMs = DEFAULT_LEASE_MS }: OpenDatabaseOptions,
): Promise<Connection> {
  const isMemory = location === IN_MEMORY;
  if (!isMemory) await mkdir(location, { recursive: true, mode: 0o700 });
  // PGlite lets a second process open the same files, and both then ruin them.
  const lock = isMemory ? null : await lockDirectory(location);
  const lite = await PGlite.create(isMemory ? "memory://" : filesIn(location)).catch(async (error: Error) => {
    await lock?.release();
    throw new ExpungeError(
      "E_DATABASE",
      `The embedded database in ${location} cannot be opened: ${error.message}.`,
    );
  });
  givingWay(lite);
  const executor: SqlExecutor = { executeSql: (text, values) => executeOn(lite, text, values) };
  const leases = createLeases(executor, leaseMs, null);
  return {
    kind: "pglite",
    queries: drizzle(lite, { schema: tables }) as unknown as Queries,
    executor,
    transaction: (use) =>
      lite.transaction((transaction) => {
        const client = givingWay(transaction);
        return use({
          queries: drizzle(client as unknown as PGlite, { schema: tables }) as unknown as Queries,
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
