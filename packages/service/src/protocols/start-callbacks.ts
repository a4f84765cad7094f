import type { Database } from "../database/open-database.js";
import { startLoop } from "../loop.js";
import { dueCallbacks } from "./callbacks.js";
import type { FidesOptions } from "./fides.js";
import { type OpendsrOptions, processorOf } from "./opendsr.js";

const EVERY_MS = 1000;

/** Callbacks that are being sent. */
export interface Callbacks {
  /** Resolves when the last one has been sent. */
  stop(): Promise<void>;
}

/**
 * Tells OpenDSR's controllers and Fides of their requests, now and then, until it is stopped; nothing where neither is set up. A receiver that does
 * not answer is waited for by itself: the others are told meanwhile.
 */
export function startCallbacks(
  database: Database,
  { opendsr, fides }: { readonly opendsr?: OpendsrOptions; readonly fides?: FidesOptions },
): Callbacks {
  if (opendsr === undefined && fides === undefined) return { stop: async () => {} };
  const context = { processor: opendsr ? processorOf(opendsr) : null, fides: fides ?? null };
  const busy = new Map<string, Promise<void>>();
  const sendDue = async (): Promise<number> => {
    for (const { receiver, send } of await dueCallbacks(database, context, [...busy.keys()])) {
      const done = send().then(() => {
        busy.delete(receiver);
        // There may be more for it.
        loop.wake();
      });
      busy.set(receiver, done);
    }
    return 0;
  };
  // What cannot be told now is told later; a database that is away comes back.
  const loop = startLoop(sendDue, EVERY_MS);
  return {
    async stop() {
      await loop.stop();
      await Promise.all(busy.values());
    },
  };
}
