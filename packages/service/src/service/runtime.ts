import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { ExpungeError } from "expunge";
import { given } from "expunge/process";
import { namingLostConnection } from "../database/connection-lost.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { openQueue } from "../database/queue.js";
import { throughLosses } from "../database/reach.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { currentLogSigner, currentSigner, type KeyOptions } from "../keys/signing-keys.js";
import { requirePlace } from "../objects/no-objects.js";
import { moveRows } from "../rows/move-rows.js";
import { startCountsKeeper } from "../work/counts-keeper.js";
import { startLedgerKeeper } from "../work/ledger-keeper.js";
import { showWorker } from "../work/live-workers.js";
import { startWorker, type WorkerOptions, type WorkFailure } from "../work/worker.js";
import { type Closing, createClosing } from "./closing.js";
import { createService } from "./create-service.js";
import type { Service } from "./service.js";

/** Where a service keeps its state, and how it works. */
export interface RuntimeOptions
  extends KeyOptions,
    Pick<WorkerOptions, "scratch" | "memoryLimit" | "maxBatch" | "maxWaitMs" | "onFailure"> {
  /** postgres://..., or the directory of an embedded database. */
  readonly location: string;
  /** Where the bytes of rows are kept, as `openDatabase` takes it. */
  readonly rows?: string;
  /** Whether this process does the work too; default true. */
  readonly isWorking?: boolean;
  /**
   * Name of the ledger in its checkpoints: a host name and perhaps a path, without a scheme. Chosen on the first start, by default the name of
   * this host, and kept in the database: from then on it may be left out, and no other is taken.
   */
  readonly origin?: string;
  /** Told once, with the reason, where the database cannot be reached yet: it is waited for, up to 30 seconds. */
  readonly onWait?: (reason: string) => void;
}

const WAIT_MS = 30_000;
/** A database may go away while a service opens, and it is opened anew; but not for ever. */
const INTERRUPTED_MS = 120_000;

/** A service with its database and, where asked for, a worker. */
export interface Runtime {
  readonly database: Database;
  readonly service: Service;
  /** Name of the ledger in its checkpoints. */
  readonly origin: string;
  /** Whether signing keys are sealed where they are stored. */
  readonly isSealed: boolean;
  /** Finishes what is in hand, then lets go of everything. */
  close(): Promise<void>;
}

/**
 * Opens a service: everything that it needs is there when this resolves, and nothing of it is open when it throws.
 *
 * @throws ExpungeError E_DATABASE, E_LOCKED; E_KEY for another database key; E_OPTION for another origin than the ledger's
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  try {
    return await throughLosses(() => openWhole(options), {
      waitMs: INTERRUPTED_MS,
      ...given({ onWait: options.onWait }),
    });
  } catch (error) {
    throw namingLostConnection(error);
  }
}

/** One that is full will have room again; one that is not there will not. @throws ExpungeError E_OPTION */
async function requireFolder(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const reason = isFolder ? await access(path, constants.W_OK).then(() => null, reasonOf) : "no folder";
  if (reason === null) return;
  throw new ExpungeError("E_OPTION", `Expected a folder for scratch files at ${path}, found: ${reason}.`);
}

const reasonOf = ({ message }: Error): string => message;

async function openWhole(options: RuntimeOptions): Promise<Runtime> {
  const closing = createClosing();
  try {
    return await open(options, closing);
  } catch (error) {
    await closing.close().catch(() => {});
    throw error;
  }
}

async function open(options: RuntimeOptions, closing: Closing): Promise<Runtime> {
  const { location, rows, isWorking = true, databaseKey, onFailure, onWait } = options;
  const { scratch, memoryLimit, maxBatch, maxWaitMs } = options;
  const keys: KeyOptions = { databaseKey };
  if (scratch !== undefined) await requireFolder(scratch);
  const database = await openDatabase(location, { waitMs: WAIT_MS, ...given({ rows, onWait }) });
  closing.add(() => database.close());
  await requirePlace(database.objects);
  await moveRows(database);
  const queue = await openQueue(database);
  closing.add(() => queue.close());
  const origin = await chooseOrigin(database.queries, options.origin);
  // A key that does not open is found now, not when the first certificate or checkpoint is to be signed.
  const { isSealed } = await database.transaction((transaction) => currentSigner(transaction, keys));
  await database.transaction((transaction) => currentLogSigner(transaction, keys));
  const tellOf =
    (work: WorkFailure["work"]) =>
    (error: Error): void =>
      onFailure?.({ work, modelId: null, error });
  const counts = startCountsKeeper(database, tellOf("counts"));
  closing.add(() => counts.stop());
  if (isWorking) {
    const working: WorkerOptions = {
      database,
      queue,
      // Asked for with every certificate: a rotated key is used at once.
      signer: async () =>
        (await database.transaction((transaction) => currentSigner(transaction, keys))).signer,
      ...given({ scratch, memoryLimit, maxBatch, maxWaitMs, onFailure }),
    };
    const keeper = startLedgerKeeper({ database, keys, onFailure: tellOf("ledger") });
    // Stopped after the worker, whose last entries it places and signs.
    closing.add(() => keeper.stop());
    const shown = showWorker(database);
    closing.add(() => shown.hide());
    const worker = startWorker(working);
    closing.add(() => worker.stop());
  }
  return {
    database,
    service: createService(database, queue),
    origin,
    isSealed,
    close: () => closing.close(),
  };
}
