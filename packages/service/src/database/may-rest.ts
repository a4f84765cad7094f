import type { SqlExecutor } from "./queries.js";

/**
 * Within a transaction that waits for something else than the database: the server, which ends a session that is silent for as long as a lease, lets
 * this one be.
 *
 * @param forMs 0: for as long as it takes
 */
export async function mayRest({ executeSql }: SqlExecutor, forMs = 0): Promise<void> {
  await executeSql(`set local idle_in_transaction_session_timeout = ${forMs}`);
}
