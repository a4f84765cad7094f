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
  const { waitMs = 0, onWait } = options;
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    const failure = await ask().then(
      () => null,
      (error: Error) => error,
    );
    if (failure === null) return;
    if (performance.now() >= end || !isConnectionLost(failure))
      throw new ExpungeError("E_DATABASE", `The database cannot be reached: ${failure.message}.`);
    if (attempt === 0) onWait?.(failure.message);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
