import { ExpungeError } from "expunge";
import { noObjects } from "../objects/no-objects.js";
import type { ObjectStore } from "../objects/object-store.js";
import { openObjects } from "../objects/open-objects.js";
import type { SqlExecutor } from "./queries.js";

/** An object that says: here are the rows of this database. */
export const MARKER = "marker";

interface Connection {
  readonly executor: SqlExecutor;
  transaction<T>(use: (transaction: { readonly executor: SqlExecutor }) => Promise<T>): Promise<T>;
}

/**
 * Opens the place of a database's rows, under the database's own id: several may share a folder or a bucket. The first who opens it leaves a mark there;
 * whoever does not find it has been given another place, a folder of the same name on another host, say.
 *
 * @param place null where none is known: then rows cannot be used
 * @throws ExpungeError E_DATABASE where the rows are not there
 */
export async function openRows(connection: Connection, place: string | null): Promise<ObjectStore> {
  if (place === null) return noObjects();
  const { id, isMarked } = await readRowStore(connection.executor);
  const objects = await openObjects(place, id);
  try {
    if (!isMarked) await mark(connection, objects);
    if (!(await hasRows(objects)))
      throw new ExpungeError(
        "E_DATABASE",
        `The rows of this database are not in ${place}: give all servers and workers the one place that was used first (--rows, EXPUNGE_ROWS). Of a folder it must be the same one, not one of the same name on each host.`,
      );
    return objects;
  } catch (error) {
    objects.close();
    throw error;
  }
}

/** Whether the rows of a database are where they were put first, as far as a place is known. */
export async function hasRows(objects: ObjectStore): Promise<boolean> {
  return objects.place === null || objects.has(MARKER);
}

async function readRowStore(
  executor: SqlExecutor,
  lock = "",
): Promise<{ readonly id: string; readonly isMarked: boolean }> {
  const { rows } = await executor.executeSql<{ id: string; isMarked: boolean }>(
    `select id, is_marked as "isMarked" from row_store ${lock}`,
  );
  return rows[0]!;
}

/** One after another: of two hosts that start at once with folders of their own, the second finds no mark in its own. */
function mark(connection: Connection, objects: ObjectStore): Promise<void> {
  return connection.transaction(async ({ executor }) => {
    if ((await readRowStore(executor, "for update")).isMarked) return;
    await objects.make();
    if (!(await objects.has(MARKER))) await objects.put(MARKER, new Uint8Array(0));
    await executor.executeSql("update row_store set is_marked = true");
  });
}
