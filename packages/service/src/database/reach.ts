import { ExpungeError } from "expunge";
import { isConnectionLost } from "./connection-lost.js";

/** How long to try. */
export interface ReachOptions {
  /** How long a database that cannot be reached, or is about to start, is waited for, in ms; default 0. */
  readonly waitMs?: number;
  /** Told once, with the reason, where it is waited for. */
  readonly onWait?: (reason: string) => void;
}

const PAUSE_MS = 500;

/** Asks until there is an answer. What waiting does not mend, a wrong password say, is not waited for. @throws ExpungeError E_DATABASE */
export async function reach(ask: () => Promise<unknown>, options: ReachOptions): Promise<void> {
  await throughLosses(ask, options).catch((error: Error) => {
    throw new ExpungeError("E_DATABASE", `The database cannot be reached: ${error.message}.`);
  });
}

/**
 * Does something that may be done again, and again while the connection is lost in between. The last attempt begins after the time is over:
 * a process that was stopped meanwhile does not take its own absence for the database's.
 * @throws what it throws otherwise, or at last
 */
export async function throughLosses<T>(work: () => Promise<T>, options: ReachOptions): Promise<T> {
  const { waitMs = 0, onWait } = options;
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    const isLast = performance.now() >= end;
    try {
      return await work();
    } catch (error) {
      if (isLast || !isConnectionLost(error)) throw error;
      if (attempt === 0) onWait?.((error as Error).message);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
