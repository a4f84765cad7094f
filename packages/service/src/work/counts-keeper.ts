import type { Database } from "../database/open-database.js";
import { type Loop, startLoop } from "../loop.js";
import { foldRequestCounts } from "../requests/request-counts.js";

const EVERY_MS = 5000;

/**
 * Adds up how many requests are in each state, every so often and beside all other work. Servers do so too, for they take requests in while no worker
 * is there, and what counts them would read every change. Any number of processes may do it at once.
 *
 * @param onFailure told of what failed and will be tried again
 */
export function startCountsKeeper(database: Database, onFailure: (error: Error) => void): Pick<Loop, "stop"> {
  return startLoop(async () => ((await foldRequestCounts(database)) ? 1 : 0), EVERY_MS, onFailure);
}
