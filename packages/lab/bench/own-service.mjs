import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { cacheDirectory, importService, placeRows, ROOT } from "./bundle.mjs";

/** The built program. */
export const CLI = `${ROOT}packages/expunge/dist/cli.js`;

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

/**
 * Starts the program as a process of its own, and waits until it is at work.
 *
 * @param args its command and options
 * @param options `cli`, the program's file; `nodeOptions`, of Node
 * @returns `url` of a server, null of what does not listen; `pid`; and `stop`, which waits for its end
 * @throws Error with what it wrote where it ends before
 */
export async function startProgram(args, { cli = CLI, nodeOptions = [] } = {}) {
  const child = spawn(process.execPath, [...nodeOptions, resolve(cli), ...args]);
  const ended = once(child, "exit");
  const url = await new Promise((done, fail) => {
    let text = "";
    ended.then(() => fail(new Error(`The program has ended: ${text}`)), fail);
    child.stderr.on("data", (part) => {
      text += part;
      const found = /listens on (\S+)|At work/.exec(text);
      if (found) done(found[1] ? new URL(found[1]) : null);
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url, pid: child.pid, stop };
}
