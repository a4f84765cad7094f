import { and, count, gt, like, lt, sql } from "drizzle-orm";
import { newId } from "../database/ids.js";
import type { Database, Queries } from "../database/open-database.js";
import { leases } from "../database/tables.js";

/** Leases of workers on themselves, each under a name of its own: whoever has one is there. */
const PREFIX = "worker ";
const ofWorkers = like(leases.name, `${PREFIX}%`);

/** Shows that a worker is there, until it is hidden again. */
export function showWorker(database: Database): { hide(): Promise<void> } {
  let hide = (): void => {};
  const hidden = new Promise<void>((resolve) => {
    hide = resolve;
  });
  const shown = database.exclusively(`${PREFIX}${newId()}`, () => hidden);
  // That nobody sees it keeps a worker from nothing.
  shown.catch(() => {});
  return {
    async hide() {
      hide();
      await shown.catch(() => {});
    },
  };
}

/** How many workers are there, by their last signs of life. */
export async function countWorkers(queries: Queries): Promise<number> {
  const isThere = and(ofWorkers, gt(leases.expiresAt, sql`clock_timestamp()`));
  const [found] = await queries.select({ count: count() }).from(leases).where(isThere);
  return found?.count ?? 0;
}

/** Of workers that died nothing is asked any more; the table stays small. */
export async function forgetDeadWorkers(queries: Queries): Promise<void> {
  const isLongGone = lt(leases.expiresAt, sql`clock_timestamp() - interval '1 hour'`);
  await queries.delete(leases).where(and(ofWorkers, isLongGone));
}
