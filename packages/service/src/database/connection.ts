import type { Lease } from "./leases.js";
import type { Notices } from "./notices.js";
import type { Transaction } from "./queries.js";
import type { ReachOptions } from "./reach.js";
import type { TimeLimits, WorkKind } from "./time-limits.js";

/** PostgreSQL, or PGlite in this process; the same SQL on both. */
export interface Database extends Transaction {
  readonly kind: "postgres" | "pglite";
  /** Where this is a database for work that may be told to end (ending-at.ts): the database that it was made of. */
  readonly whole?: Database;
  /**
   * Runs a function in one transaction; rolled back where it throws.
   *
   * @param kind what decides how long its statements may take; default "usual"
   * @param lockMs how long it waits for one lock; default as long as a statement may take. An embedded database has nobody to wait for
   */
  transaction<T>(use: (transaction: Transaction) => Promise<T>, kind?: WorkKind, lockMs?: number): Promise<T>;
  /** Runs a function while nobody else, in any process, holds this name; null where somebody does. */
  exclusively<T>(name: string, use: (lease: Lease) => Promise<T>): Promise<T | null>;
  /** What other transactions tell when they commit. */
  readonly notices: Notices;
  /** Removes what was overwritten or deleted from the tables that hold rows: until then its bytes are still in the files. @throws where anything was left */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What opening a database may do to its tables: "upgrade" makes them and brings them up to date; "make" makes them where there are none; "keep" changes
 * nothing. The last two refuse tables of an older version, whose processes may be at work on them.
 */
export type TablesUse = "upgrade" | "make" | "keep";

/** How a database is opened. */
export interface OpenDatabaseOptions extends ReachOptions {
  /** Connections to PostgreSQL; default 10. */
  readonly connections?: number;
  /** Milliseconds without a sign of life after which what this process works on may be taken over, or its transactions ended; default 15,000. */
  readonly leaseMs?: number;
  /**
   * Where the bytes of rows are: a folder, or s3://bucket/prefix. Default for an embedded database a folder beside it, for PostgreSQL what EXPUNGE_ROWS
   * says; without either, and with null, nothing can be done with rows.
   */
  readonly rows?: string | null;
  /** What becomes of the tables; default "upgrade". */
  readonly tables?: TablesUse;
  /** How long statements may take in PostgreSQL; defaults in time-limits.ts. */
  readonly timeLimits?: Partial<TimeLimits>;
  /** How long tables of PostgreSQL that others use are waited for where they are to be brought up to date, in ms; default 60,000. */
  readonly tablesWaitMs?: number;
}

/** A database before it is known where its rows are. */
export type Connection = Omit<Database, "objects" | "transaction"> & {
  transaction<T>(
    use: (transaction: Omit<Transaction, "objects">) => Promise<T>,
    kind?: WorkKind,
    lockMs?: number,
  ): Promise<T>;
};
