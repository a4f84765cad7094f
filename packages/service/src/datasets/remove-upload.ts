import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database/open-database.js";
import { type DatasetState, datasets } from "../database/tables.js";

/** Owners, or pages, that one statement deletes: a second of work, about. */
const AT_ONCE = 50_000;

/** Uploads that never ended: of one whose server died nothing is ever asked for again. @returns ids of those that are to be removed */
export async function giveUpAbandoned({ queries }: Database): Promise<readonly string[]> {
  const isAbandoned = and(
    eq(datasets.state, "uploading"),
    sql`${datasets.createdAt} < now() - interval '1 day'`,
  );
  // One that goes on all the same finds it when it ends.
  await queries.update(datasets).set({ state: "failed" }).where(isAbandoned);
  const found = await queries.select({ id: datasets.id }).from(datasets).where(eq(datasets.state, "failed"));
  return found.map(({ id }) => id);
}

/**
 * Removes an upload that failed, in pieces: it may be of more rows than one statement has the time for. Whether its end was stored nobody knows where the
 * answer to that was lost; one that somebody uses already stays as it is.
 */
export async function removeUpload(database: Database, id: string, signal?: AbortSignal): Promise<void> {
  if (!(await giveUp(database, id))) return;
  for (const [table, column] of [
    ["owners", '"row"'],
    ["dataset_pages", "page"],
  ] as const) {
    const { rows } = await database.executor.executeSql<{ last: number | null }>(
      `select max(${column}) as last from ${table} where dataset_id = $1`,
      [id],
    );
    for (let from = 0; from <= (rows[0]?.last ?? -1); from += AT_ONCE) {
      if (signal?.aborted) return;
      await database.transaction(
        ({ executor }) =>
          executor.executeSql(
            `delete from ${table} where dataset_id = $1 and ${column} >= $2 and ${column} < $3`,
            [id, from, from + AT_ONCE],
          ),
        "large",
      );
    }
  }
  await database.transaction(
    ({ executor }) => executor.executeSql(`delete from datasets where ${IS_UNUSED}`, [id]),
    "large",
  );
}

/** That nobody has asked anything of: rows that were asked for have answers. */
const IS_UNUSED = `id = $1 and not exists (select from models where dataset_id = $1 or evaluation_dataset_id = $1)
  and not exists (select from requests where dataset_id = $1) and not exists (select from additions where dataset_id = $1)`;

/** Before anything of it goes: from here on it is never ready, whoever dies meanwhile. @returns whether its rows are to go */
function giveUp(database: Database, id: string): Promise<boolean> {
  return database.transaction(async ({ executor: { executeSql } }) => {
    // Whoever begins to use it holds it, shared, until what he stores can be seen.
    const { rows } = await executeSql<{ state: DatasetState }>(
      "select state from datasets where id = $1 for update",
      [id],
    );
    // One that was deleted while it came may have been given rows since.
    if (rows[0]?.state === "failed" || rows[0]?.state === "deleted") return true;
    const given = await executeSql(
      `update datasets set state = 'failed' where ${IS_UNUSED} and state in ('uploading', 'ready') returning id`,
      [id],
    );
    return given.rows.length > 0;
  });
}
