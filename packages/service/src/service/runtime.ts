import { given } from "expunge/process";
import { type Database, openDatabase } from "../database/open-database.js";
import { openQueue } from "../database/queue.js";
import { currentLogSigner, currentSigner, type KeyOptions, logVerifiers } from "../keys/signing-keys.js";
import { publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { sequenceLedger } from "../ledger/ledger-sequencer.js";
import { finishRestore, requireServable } from "../work/restores.js";
import { startWorker, type WorkerOptions } from "../work/worker.js";
import { createService } from "./create-service.js";
import type { Service } from "./service.js";

/** Where a service keeps its state, and how it works. */
export interface RuntimeOptions
  extends KeyOptions,
    Pick<WorkerOptions, "scratch" | "memoryLimit" | "maxBatch" | "maxWaitMs" | "onFailure"> {
  /** postgres://..., or the directory of an embedded database. */
  readonly location: string;
  /** Whether this process does the work too; default true. */
  readonly isWorking?: boolean;
  /** Name of the ledger in its checkpoints: a host name and perhaps a path, without a scheme. */
  readonly origin: string;
}

/** A service with its database and, where asked for, a worker. */
export interface Runtime {
  readonly database: Database;
  readonly service: Service;
  /** Whether signing keys are sealed where they are stored. */
  readonly isSealed: boolean;
  /** Finishes what is in hand, then lets go of everything. */
  close(): Promise<void>;
}

/** Opens a service. @throws ExpungeError E_DATABASE, E_LOCKED, E_KEY */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const {
    location,
    isWorking = true,
    origin,
    databaseKey,
    scratch,
    memoryLimit,
    maxBatch,
    maxWaitMs,
    onFailure,
  } = options;
  const keys: KeyOptions = { databaseKey };
  const database = await openDatabase(location);
  try {
    const queue = await openQueue(database);
    const held = await database.transaction((transaction) => currentSigner(transaction, keys));
    const working: WorkerOptions = {
      database,
      queue,
      // Asked for with every certificate: a rotated key is used at once.
      signer: async () =>
        (await database.transaction((transaction) => currentSigner(transaction, keys))).signer,
      afterRound: ledgerKeeper(database, origin, keys),
      ...given({ scratch, memoryLimit, maxBatch, maxWaitMs, onFailure }),
    };
    if (isWorking) await finishRestore(working);
    else await requireServable(database);
    const worker = isWorking ? startWorker(working) : null;
    return {
      database,
      service: createService(database, queue),
      isSealed: held.isSealed,
      async close() {
        await worker?.stop();
        await queue.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Gives staged entries their places and signs the ledger as it then stands; once at the start too, for what a dead worker left unsigned. */
function ledgerKeeper(database: Database, origin: string, keys: KeyOptions): () => Promise<void> {
  let isSigned = false;
  return async () => {
    if ((await sequenceLedger(database)) > 0) isSigned = false;
    if (isSigned) return;
    const { signer } = await database.transaction((transaction) =>
      currentLogSigner(transaction, origin, keys),
    );
    await publishCheckpoint(database, signer, { earlierKeys: await logVerifiers(database.queries, origin) });
    isSigned = true;
  };
}
