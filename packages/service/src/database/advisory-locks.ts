import { sql } from "drizzle-orm";
import type { Queries } from "./queries.js";

/** Locks of transactions by their numbers, which are any, each of its own: programs of different versions may run at once, so that none changes. */
export const LOCKS = {
  migrate: 4_710_293,
  appendToLedger: 4_710_301,
  publishCheckpoint: 4_710_302,
  useSigningKeys: 4_710_303,
  makeSigningKey: 4_710_304,
  sequenceLedger: 4_710_305,
  makeFirstTenant: 4_710_306,
  moveRows: 4_710_307,
  removeObjects: 4_710_308,
  useTables: 4_710_309,
} as const;

type LockName = keyof typeof LOCKS;

/** Until the end of the transaction nobody else has it. */
export async function lock(queries: Queries, name: LockName): Promise<void> {
  await queries.execute(sql`select pg_advisory_xact_lock(${LOCKS[name]})`);
}

/** Until the end of the transaction nobody has it alone. */
export async function lockShared(queries: Queries, name: LockName): Promise<void> {
  await queries.execute(sql`select pg_advisory_xact_lock_shared(${LOCKS[name]})`);
}

/** @returns whether nobody else has it; then as `lock` */
export async function tryLock(queries: Queries, name: LockName): Promise<boolean> {
  const { rows } = (await queries.execute(
    sql`select pg_try_advisory_xact_lock(${LOCKS[name]}) as held`,
  )) as unknown as { readonly rows: readonly { readonly held: boolean }[] };
  return rows[0]?.held === true;
}
