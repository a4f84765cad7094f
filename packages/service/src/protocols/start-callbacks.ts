import type { Database } from "../database/open-database.js";
import { deliverCallbacks } from "./callbacks.js";
import type { FidesOptions } from "./fides.js";
import { type OpendsrOptions, processorOf } from "./opendsr.js";

const EVERY_MS = 1000;

/** Callbacks that are being sent. */
export interface Callbacks {
  /** Resolves when the last one has been sent. */
  stop(): Promise<void>;
}

/** Tells OpenDSR's controllers and Fides of their requests, now and then, until it is stopped; nothing where neither is set up. */
export function startCallbacks(
  database: Database,
  { opendsr, fides }: { readonly opendsr?: OpendsrOptions; readonly fides?: FidesOptions },
): Callbacks {
  if (opendsr === undefined && fides === undefined) return { stop: async () => {} };
  const context = { processor: opendsr ? processorOf(opendsr) : null, fides: fides ?? null };
  let isStopping = false;
  let wake = (): void => {};
  const loop = (async () => {
    while (!isStopping) {
      // What cannot be told now is told later; a database that is away comes back.
      await deliverCallbacks(database, context).catch(() => 0);
      if (isStopping) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, EVERY_MS);
      });
    }
  })();
  return {
    async stop() {
      isStopping = true;
      wake();
      await loop;
    },
  };
}
