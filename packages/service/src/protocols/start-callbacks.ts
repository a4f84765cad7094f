import type { Database } from "../database/open-database.js";
import { startLoop } from "../loop.js";
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
  const round = async (): Promise<number> => {
    await deliverCallbacks(database, context);
    // One round a second, however much there was to tell.
    return 0;
  };
  // What cannot be told now is told later; a database that is away comes back.
  return startLoop(round, EVERY_MS);
}
