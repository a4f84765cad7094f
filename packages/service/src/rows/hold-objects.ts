import type { SqlExecutor } from "../database/open-database.js";

/*
 * Between those who read objects for a long time, at one instant of the database, and the sweep that removes objects.
 */

const LOCK = "hashtextextended('row objects', 1)";

/** No object is removed until the transaction ends. */
export async function holdObjects({ executor }: { readonly executor: SqlExecutor }): Promise<void> {
  await executor.executeSql(`select pg_advisory_xact_lock_shared(${LOCK})`);
}

/** @returns false where somebody holds objects, or sweeps already; else nobody does until the transaction ends */
export async function mayRemoveObjects({ executor }: { readonly executor: SqlExecutor }): Promise<boolean> {
  const { rows } = await executor.executeSql(`select pg_try_advisory_xact_lock(${LOCK}) as held`);
  return (rows[0] as { held: boolean }).held;
}
