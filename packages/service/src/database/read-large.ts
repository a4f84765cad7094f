import type { Database, Queries, SqlExecutor } from "./open-database.js";

/** Reads what grows with a data set: its statements have the time for that (time-limits.ts). For statements alone: it holds a transaction. */
export function readLarge<T>(
  database: Pick<Database, "transaction">,
  read: (queries: Queries) => Promise<T>,
): Promise<T> {
  return database.transaction(({ queries }) => read(queries), "large");
}

/** For what reads by statements and something else between them: each statement has that time, and no transaction is held. */
export function largeExecutor(database: Pick<Database, "transaction">): SqlExecutor {
  return {
    executeSql: (...asked) => database.transaction(({ executor }) => executor.executeSql(...asked), "large"),
  };
}
