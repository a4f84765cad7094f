import { objectsEndingAt, toldToEnd } from "../objects/ending-at.js";
import type { Database } from "./connection.js";
import { type Lease, signalOf } from "./leases.js";
import type { SqlExecutor } from "./queries.js";

/**
 * The same database for work that may be told to end: it waits no longer for the place of rows, begins no transaction, and rolls one back before its next
 * statement. A statement that is under way is waited for, and so is a commit.
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

/** For what is to be put in order even so. */
export const wholeOf = (database: Database): Database => database.whole ?? database;
