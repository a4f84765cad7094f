import type { Database, Queries } from "./open-database.js";

/** Reads what grows with a data set: its statements have the time for that (time-limits.ts). For statements alone: it holds a transaction. */
export function readLarge<T>(
  database: Pick<Database, "transaction">,
  read: (queries: Queries) => Promise<T>,
): Promise<T> {
  return database.transaction(({ queries }) => read(queries), "large");
}
