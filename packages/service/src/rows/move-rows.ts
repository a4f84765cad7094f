import { lock } from "../database/advisory-locks.js";
import type { Database, Transaction } from "../database/open-database.js";
import { type Page, type PagesOf, placePages, putAllPages } from "./stored-pages.js";

/*
 * Rows of databases that were made while rows lay within them. The migration has put their tables aside; here their pages go where they belong, some in
 * each transaction, so that a move that was interrupted goes on.
 */

const ASIDE = [
  { table: "dataset_pages", owner: "dataset_id", bytes: "features || labels" },
  { table: "model_pages", owner: "model_id", bytes: "features || labels" },
  { table: "model_order", owner: "model_id", bytes: "slots" },
] as const;

/** 4 MiB. */
const PAGES_AT_ONCE = 64;

/** Moves all rows that are still within the database; whoever comes at the same time waits. */
export async function moveRows(database: Database): Promise<void> {
  while (await database.transaction(moveSome, "long"));
}

/** @returns whether there may be more */
async function moveSome(transaction: Transaction): Promise<boolean> {
  const { executor, queries } = transaction;
  await lock(queries, "moveRows");
  const { rows } = await executor.executeSql<{ has: boolean }>(
    "select to_regclass('rows_within_model_order') is not null as has",
  );
  if (!rows[0]?.has) return false;
  for (const aside of ASIDE) if (await movePages(transaction, aside)) return true;
  // With the tables go their files, and what was in them.
  await executor.executeSql(`drop table ${ASIDE.map(({ table }) => `rows_within_${table}`).join()}`);
  return false;
}

async function movePages(
  { executor, objects }: Transaction,
  { table, owner, bytes }: (typeof ASIDE)[number],
): Promise<boolean> {
  const { rows: found } = await executor.executeSql<Page & { readonly id: string }>(
    `delete from rows_within_${table} where (${owner}, page) in
       (select ${owner}, page from rows_within_${table} order by 1, 2 limit ${PAGES_AT_ONCE})
       returning ${owner} as id, page, ${bytes} as bytes`,
  );
  for (const id of new Set(found.map((page) => page.id))) {
    const of: PagesOf = { table, id };
    const own = found.filter((page) => page.id === id).sort((a, b) => a.page - b.page);
    await placePages(executor, of, await putAllPages(objects, of, own));
  }
  return found.length > 0;
}
