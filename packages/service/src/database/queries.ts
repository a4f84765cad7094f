import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { ObjectStore } from "../objects/object-store.js";
import type * as tables from "./tables.js";

/** What queries are written against: the database, or a transaction on it. */
export type Queries = PgDatabase<PgQueryResultHKT, typeof tables>;

/** Plain SQL. */
export interface SqlExecutor {
  /** Runs one statement. @param name under which each connection prepares the statement once: for texts that are asked often and are always the same */
  executeSql<Row = unknown>(text: string, values?: unknown[], name?: string): Promise<{ rows: Row[] }>;
}

/** A transaction: inside it nothing but this may be used (with PGlite, which has one connection, anything else waits for ever). */
export interface Transaction {
  readonly queries: Queries;
  readonly executor: SqlExecutor;
  /** Where the bytes of rows are. What is written there counts once a transaction says so. */
  readonly objects: ObjectStore;
}
