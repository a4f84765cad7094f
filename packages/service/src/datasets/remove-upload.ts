import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../database/open-database.js";
import { datasets } from "../database/tables.js";

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

/** Removes an upload that failed, in pieces: it may be of more rows than one statement has the time for. */
export async function removeUpload(database: Database, id: string, signal?: AbortSignal): Promise<void> {
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
  await database.transaction(({ queries }) => queries.delete(datasets).where(eq(datasets.id, id)), "large");
}
