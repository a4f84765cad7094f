import { ExpungeError } from "expunge";
import type { Database } from "./connection.js";
import { causesOf } from "./connection-lost.js";

/** How long a call from outside waits for what somebody else holds: a worker's commit takes a second, and whoever waits has a connection. */
const MOST_MS = 5000;

/**
 * The same database for calls from outside, none of whose transactions waits longer than that for one lock.
 *
 * @param mostMs how long; default 5,000
 * @returns its transactions throw ExpungeError E_LOCKED where it is still held then
 */
export function waitingBriefly(database: Database, mostMs: number = MOST_MS): Database {
  return {
    ...database,
    async transaction(use, kind) {
      try {
        return await database.transaction(use, kind, mostMs);
      } catch (error) {
        if (!isHeld(error)) throw error;
        throw new ExpungeError(
          "E_LOCKED",
          "What is to be changed is being worked on. Try again a little later.",
        );
      }
    },
  };
}

/** SQLSTATE 55P03, lock_not_available. */
export function isHeld(error: unknown): boolean {
  return causesOf(error).some(({ code }) => code === "55P03");
}
