import { databaseTime } from "../database/clock.js";
import { wholeOf } from "../database/ending-at.js";
import { isId } from "../database/ids.js";
import type { Database, SqlExecutor, Transaction } from "../database/open-database.js";
import type { ObjectStore } from "../objects/object-store.js";
import { mayRemoveObjects } from "./hold-objects.js";
import type { PlacedPages } from "./stored-pages.js";

/*
 * Objects that no page lies in any more, and objects that never counted. An object is written before the transaction that tells the database of it and
 * of its pages, and nothing else ever gives it pages: once it has none it never has any again.
 */

/** How long objects stay, at least; defaults are an hour and a day. */
export interface SweepTimes {
  /** After the last of their pages has gone: whoever found it there just before can still read it. Its key is gone at once. */
  readonly unusedMs?: number;
  /** Those that the database does not know, after they were written, by the clock of the store. */
  readonly unknownMs?: number;
}

const UNUSED_MS = 3_600_000;
const UNKNOWN_MS = 86_400_000;
/** How long the database remembers what it has refused to know: longer than any transaction. */
const CONDEMNED_DAYS = 7;
const NAMES_AT_ONCE = 1000;
/** After so many that cannot be removed a place is taken to be away. */
const MOST_FAILURES = 1000;

const HAS_PAGES = ["dataset_pages", "model_pages", "model_order"]
  .map((table) => `exists (select from ${table} where object_id = row_objects.id)`)
  .join(" or ");

/** How often it is done, by whichever worker comes first. */
const EVERY_MS = 3_600_000;

/** `sweepObjects`, where nobody is at it, and nobody was within the last hour. @returns objects removed */
export async function sweepWhenDue(database: Database, signal?: AbortSignal): Promise<number> {
  const isDue = async (text: string): Promise<boolean> =>
    (await database.executor.executeSql(text)).rows.length > 0;
  if (!(await isDue(`select 1 from row_store where ${DUE}`))) return 0;
  const removed = await database.exclusively("objects", async () => {
    const isMine = await isDue(`update row_store set swept_at = now() where ${DUE} returning 1`);
    return isMine ? sweepObjects(database, {}, signal) : 0;
  });
  return removed ?? 0;
}

const DUE = `coalesce(swept_at < now() - interval '${EVERY_MS} milliseconds', true)`;

/** Removes what nothing needs any more; does nothing where a backup reads. @returns objects removed */
export async function sweepObjects(
  database: Database,
  times: SweepTimes = {},
  signal?: AbortSignal,
): Promise<number> {
  const { objects } = database;
  const unused = await database.transaction((transaction) => forgetUnused(transaction, times), "long");
  if (unused === null) return 0;
  const failed: unknown[] = [];
  // The rest is found as unknown.
  const removed = await removeAll(objects, unused, failed, signal);
  const unknown = await removeUnknown(database, times, failed, signal);
  if (failed.length > 0) throw failed[0];
  return removed + unknown;
}

/** Removes what can be removed; the other objects are found again. @param failed is given what went wrong @returns objects removed */
async function removeAll(
  objects: ObjectStore,
  names: readonly string[],
  failed: unknown[],
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (const name of names) {
    if (signal?.aborted) break;
    try {
      await objects.remove(name);
      removed += 1;
    } catch (error) {
      failed.push(error);
    }
  }
  return removed;
}

/**
 * Removes objects of a writer whose transaction failed, or did not want them, unless it has made them its own all the same: a connection that broke may
 * hide that it committed. What cannot be removed now is found as unknown later.
 */
export async function discardObjects(database: Database, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  try {
    const unknown = await wholeOf(database).transaction(({ executor }) => condemn(executor, names));
    // Where it was told to end for two seconds; the rest is swept away.
    await removeAll(database.objects, unknown, []);
  } catch {}
}

/** Does something with pages that were written; where that fails, their objects are discarded. */
export async function orDiscard<T>(
  database: Database,
  placed: readonly PlacedPages[],
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await discardObjects(
      database,
      placed.map(({ objectId }) => objectId),
    );
    throw error;
  }
}

/** @returns names of objects that the database no longer knows; killed right after, they are found as unknown ones */
async function forgetUnused(
  transaction: Transaction,
  { unusedMs = UNUSED_MS }: SweepTimes,
): Promise<string[] | null> {
  const { executor } = transaction;
  if (!(await mayRemoveObjects(transaction))) return null;
  await executor.executeSql(
    `update row_objects set unused_since = date_trunc('milliseconds', now()) where unused_since is null and not is_condemned and not (${HAS_PAGES})`,
  );
  const { rows } = await executor.executeSql<{ id: string }>(
    `delete from row_objects
       where case when is_condemned then unused_since < now() - interval '${CONDEMNED_DAYS} days'
         else unused_since <= now() - $1 * interval '1 ms' end
       returning id`,
    [unusedMs],
  );
  return rows.map(({ id }) => id);
}

/** What a dead writer left, or one whose transaction failed. */
async function removeUnknown(
  database: Database,
  { unknownMs = UNKNOWN_MS }: SweepTimes,
  failed: unknown[],
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  let names: string[] = [];
  const check = async (): Promise<void> => {
    const unknown = await database.transaction(({ executor }) => condemn(executor, names));
    removed += await removeAll(database.objects, unknown, failed, signal);
    names = [];
  };
  const before = (await databaseTime(database.queries)).getTime() - unknownMs;
  for await (const { name, writtenAt } of database.objects.list()) {
    if (signal?.aborted) return removed;
    if (failed.length >= MOST_FAILURES) break;
    if (isId(name) && writtenAt.getTime() <= before) names.push(name);
    if (names.length >= NAMES_AT_ONCE) await check();
  }
  if (names.length > 0) await check();
  return removed;
}

/**
 * Enters objects as ones to be removed. A writer who is still about to make one his own cannot any more: his transaction fails. One whose transaction
 * is just ending is waited for, and keeps his.
 *
 * @returns those that were unknown, or condemned before and could not be removed
 */
async function condemn(executor: SqlExecutor, names: readonly string[]): Promise<string[]> {
  const { rows } = await executor.executeSql<{ id: string }>(
    `insert into row_objects (id, byte_count, unused_since, is_condemned)
       select id::uuid, 0, now(), true from json_array_elements_text($1::json) as id order by id
       on conflict (id) do update set is_condemned = true where row_objects.is_condemned returning id`,
    [JSON.stringify(names)],
  );
  return rows.map(({ id }) => id);
}
