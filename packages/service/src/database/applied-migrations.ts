import type { SqlExecutor } from "./queries.js";

/** Names of the migrations that the tables of a database were made by, in order. */
export async function appliedMigrations({ executeSql }: SqlExecutor): Promise<string[]> {
  const { rows } = await executeSql<{ name: string }>("select name from expunge_migrations order by name");
  return rows.map(({ name }) => name);
}
