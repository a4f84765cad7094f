import { lockShared, tryLock } from "../database/advisory-locks.js";
import type { Transaction } from "../database/open-database.js";

/*
 * Between those who read objects for a long time, at one instant of the database, and the sweep that removes objects.
 */

/** No object is removed until the transaction ends. */
export function holdObjects({ queries }: Pick<Transaction, "queries">): Promise<void> {
  return lockShared(queries, "removeObjects");
}

/** @returns false where somebody holds objects, or sweeps already; else nobody does until the transaction ends */
export function mayRemoveObjects({ queries }: Pick<Transaction, "queries">): Promise<boolean> {
  return tryLock(queries, "removeObjects");
}
