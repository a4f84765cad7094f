import { rm } from "node:fs/promises";
import { cacheDirectory, importService, placeRows } from "./bundle.mjs";

/**
 * Opens a service of a bench's own: on a PostgreSQL of its own, with its rows where `placeRows` says.
 *
 * @param partsPath below the repository: what the bench drives, with openDatabase, openQueue and createService
 * @param options `settings`, further arguments of PostgreSQL; the rest is what openDatabase takes
 * @returns also `cache`, where bundles are kept; `parts`, what `partsPath` exports; and `close`, which removes all of it
 */
export async function openOwnService(partsPath, { settings = [], ...connections } = {}) {
  const cache = await cacheDirectory(`expunge-bench-${process.pid}`);
  const { createPostgres } = await importService("test/postgres.ts", cache);
  const parts = await importService(partsPath, cache);
  const postgres = await createPostgres(undefined, settings);
  const removeRows = await placeRows();
  const database = await parts.openDatabase(postgres.url, connections);
  const queue = await parts.openQueue(database);
  const service = parts.createService(database, queue);
  const close = async () => {
    await queue.close();
    await database.close();
    await postgres.remove();
    await removeRows();
    await rm(cache, { recursive: true });
  };
  return { cache, parts, postgres, database, queue, service, close };
}
