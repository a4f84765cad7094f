import type { Database } from "../database/open-database.js";
import { currentLogSigner, type KeyOptions, logVerifiers } from "../keys/signing-keys.js";
import { isSignedBy, publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { sequenceLot } from "../ledger/ledger-sequencer.js";
import { type Loop, startLoop } from "../loop.js";

export interface LedgerKeeperOptions {
  readonly database: Database;
  readonly keys: KeyOptions;
  /** How long to rest between two looks; default 500 ms. */
  readonly everyMs?: number;
  /** Told of what failed and will be tried again. */
  readonly onFailure?: (error: Error) => void;
}

const DEFAULT_EVERY_MS = 500;

/**
 * Gives staged entries their places and signs the ledger as it then stands, every so often and beside all other work: entries and
 * checkpoints wait for no backlog of requests. Any number of workers may do so at once.
 *
 * @returns whose `stop` places and signs what was staged until then
 */
export function startLedgerKeeper(options: LedgerKeeperOptions): Pick<Loop, "stop"> {
  const { database, keys, everyMs = DEFAULT_EVERY_MS, onFailure } = options;
  const round = async (): Promise<number> => {
    await keepLedger(database, keys);
    return 0;
  };
  const loop = startLoop(round, everyMs, onFailure);
  return {
    async stop() {
      await loop.stop();
      await round().catch((error: Error) => onFailure?.(error));
    },
  };
}

/** A checkpoint after every lot: one that waited until nothing is staged would never come where more is staged all the time. */
export async function keepLedger(database: Database, keys: KeyOptions = {}): Promise<void> {
  for (;;) {
    const { isAll } = await sequenceLot(database);
    await signLedger(database, keys);
    if (isAll) return;
  }
}

/** Looks at what is stored, so that what a dead worker placed and did not sign is signed, and a new key signs at once. */
async function signLedger(database: Database, keys: KeyOptions): Promise<void> {
  const { signer } = await database.transaction((transaction) => currentLogSigner(transaction, keys));
  if (await isSignedBy(database.queries, signer)) return;
  await publishCheckpoint(database, signer, { earlierKeys: await logVerifiers(database.queries) });
}
