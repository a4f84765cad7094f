import { ExpungeError } from "expunge";
import { lock } from "./advisory-locks.js";
import { appliedMigrations } from "./applied-migrations.js";
import type { Connection, TablesUse } from "./connection.js";
import { FIRST_FORMAT, MIGRATIONS } from "./migrations.js";
import { takeTables } from "./take-tables.js";

/** A lot of deletions keeps its locks for a second, a submission for some ms. */
const TABLES_WAIT_MS = 60_000;

/**
 * Brings the tables of a database up to date, in one transaction.
 *
 * @param tablesWaitMs how long tables that others use are waited for; default 60,000
 * @throws ExpungeError E_DATABASE where it is of the first format, or newer than this program, or others do not leave its tables; then it is as it was
 */
export async function migrate(database: Connection, tablesWaitMs: number = TABLES_WAIT_MS): Promise<void> {
  await database.transaction(async ({ queries, executor }) => {
    // Two programs that start at once wait for each other.
    await lock(queries, "migrate");
    await executor.executeSql(
      "create table if not exists expunge_migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const applied = new Set(await appliedMigrations(executor));
    requireKnown(applied);
    const missing = MIGRATIONS.filter(({ name }) => !applied.has(name));
    if (missing.length > 0 && database.kind === "postgres") await takeTables(executor, tablesWaitMs);
    for (const { name, sql: text } of missing) {
      await executor.executeSql(text);
      await executor.executeSql("insert into expunge_migrations (name) values ($1)", [name]);
    }
  }, "long");
}

/**
 * Refuses tables that are not as this version has them; nothing is changed.
 *
 * @throws ExpungeError E_DATABASE where they are of an older version or a newer one, or, for "keep", where there are none
 */
export async function requireTables(
  { executor }: Connection,
  use: Exclude<TablesUse, "upgrade">,
): Promise<void> {
  const { rows } = await executor.executeSql<{ found: boolean }>(
    "select to_regclass('expunge_migrations') is not null as found",
  );
  const applied = new Set(rows[0]?.found ? await appliedMigrations(executor) : []);
  requireKnown(applied);
  if (applied.size === 0) {
    if (use === "make") return;
    throw new ExpungeError(
      "E_DATABASE",
      "There are no tables of Expunge in the database: a server or a worker makes them when it first starts. Nothing was changed.",
    );
  }
  const lacking = MIGRATIONS.find(({ name }) => !applied.has(name));
  if (lacking === undefined) return;
  throw new ExpungeError(
    "E_DATABASE",
    `The database is of an older version, without migration ${JSON.stringify(lacking.name)}. Nothing was changed. Use the version of its servers and workers; or start a server or a worker of this one, which brings the database up to date.`,
  );
}

function requireKnown(applied: ReadonlySet<string>): void {
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
}
