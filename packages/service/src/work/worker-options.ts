import type { Database } from "../database/open-database.js";
import type { Queue, QueueName } from "../database/queue.js";
import type { LearnContext } from "../models/learn-model.js";
import type { TrainContext } from "../models/train-model.js";

/** What went wrong and will be tried again, or wants to be looked at; never of whom it is about. */
export interface WorkFailure {
  /** A kind of job; a worker's round; the ledger's; the adding up of counts; or due dates that are near or past. */
  readonly work: QueueName | "round" | "ledger" | "counts" | "due";
  /** null where it is about no single model. */
  readonly modelId: string | null;
  /** What went wrong. */
  readonly error: Error;
}

export interface WorkerOptions
  extends Omit<TrainContext, "database" | "lease">,
    Omit<LearnContext, "database" | "lease"> {
  readonly database: Database;
  readonly queue: Queue;
  /** How long to rest where there is nothing to do; default 1,000 ms; work is told of as it comes. */
  readonly pollMs?: number;
  /** How often to look for work that no job leads to, a dead worker's say; default 5,000 ms, and half a second where there is nothing else to do. */
  readonly sweepMs?: number;
  /** After how long a round begins no other model, in ms, so that work of others that came meanwhile has its turn; default without end. */
  readonly roundMs?: number;
  /** How long after rows were erased their old versions are removed from the database's files, at least; it is
   * looked at once a minute; default 540,000 ms. */
  readonly vacuumMs?: number;
  /** Told of what failed and will be tried again, and of requests that are late. */
  readonly onFailure?: (failure: WorkFailure) => void;
  /** Runs what goes first of all that this process does. */
  readonly goFirst?: <T>(use: () => Promise<T>) => Promise<T>;
}
