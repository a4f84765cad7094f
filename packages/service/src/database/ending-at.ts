import { objectsEndingAt, toldToEnd } from "../objects/ending-at.js";
import type { Database } from "./connection.js";
import { type Lease, signalOf } from "./leases.js";
import type { SqlExecutor } from "./queries.js";

/**
 * The same database for work that may be told to end. After the signal nothing waits for the place of rows, no transaction begins, and the executor, also
 * that of a transaction, takes no statement: a transaction that needs one is rolled back. Statements by `queries` go on; what is under way is waited for, a
 * commit too.
 *
 * @returns its calls throw ExpungeError E_ABORTED once the signal has come
 */
export function databaseEndingAt(database: Database, signal: AbortSignal): Database {
  const objects = objectsEndingAt(database.objects, signal);
  const ending = ({ executor }: { readonly executor: SqlExecutor }): SqlExecutor => ({
    async executeSql(...asked) {
      if (signal.aborted) throw toldToEnd();
      return executor.executeSql(...asked);
    },
  });
  return {
    ...database,
    ...{ objects, executor: ending(database), whole: wholeOf(database) },
    async transaction(use, kind, lockMs) {
      if (signal.aborted) throw toldToEnd();
      const within: typeof use = (transaction) =>
        use({ ...transaction, objects, executor: ending(transaction) });
      return database.transaction(within, kind, lockMs);
    },
  };
}

interface Told {
  readonly database: Database;
  readonly lease: Lease;
  readonly signal?: AbortSignal;
}

/** Work under a lease on such a database: it ends at its signal, and where somebody else has taken over. */
export function heeding<T extends Told>(work: T): T {
  return { ...work, database: databaseEndingAt(work.database, signalOf(work)) };
}

/** The database without the signal: what is to be tidied up once the work was told to end needs it. */
export const wholeOf = (database: Database): Database => database.whole ?? database;
