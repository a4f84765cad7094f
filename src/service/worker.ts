import type { Database } from "../database/open-database.js";
import { ExpungeError } from "../errors.js";
import type { Job, Queue, QueueName } from "./queue.js";
import { type TrainContext, trainModel } from "./train-model.js";
import { type UnlearnContext, unlearnModel } from "./unlearn-model.js";

export interface WorkerOptions extends Omit<TrainContext, "database">, Omit<UnlearnContext, "database"> {
  readonly database: Database;
  readonly queue: Queue;
  /** How long to rest where there is nothing to do; default 200 ms. */
  readonly pollMs?: number;
  /** Told of every job that failed and will be tried again; never of whom it is about. */
  readonly onFailure?: (failure: {
    readonly queue: QueueName;
    readonly modelId: string;
    readonly error: Error;
  }) => void;
  /** Done after every round: the ledger's sequencing, say. */
  readonly afterRound?: () => Promise<void>;
}

/** Something that works until it is told to stop. */
export interface Worker {
  /** Finishes what is in hand and takes nothing more. */
  stop(): Promise<void>;
}

/** Jobs taken at once: those for one model are served together. */
const MOST_JOBS = 200;
const DEFAULT_POLL_MS = 200;

/** Takes jobs and does them, one after another, until it is stopped. Any number of workers may run, here and elsewhere. */
export function startWorker(options: WorkerOptions): Worker {
  const { pollMs = DEFAULT_POLL_MS } = options;
  let isStopping = false;
  let wake = (): void => {};
  const loop = (async () => {
    while (!isStopping) {
      // A database that is away for a while must not end the worker.
      const done = await workOnce(options).catch((error: Error) => {
        options.onFailure?.({ queue: "unlearn", modelId: "", error });
        return 0;
      });
      if (done > 0 || isStopping) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, pollMs);
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

/** One round: unlearning first, since people wait for it; then one training. @returns jobs done */
export async function workOnce(options: WorkerOptions): Promise<number> {
  const unlearned = await doJobs(options, "unlearn", MOST_JOBS, (modelId) => unlearnModel(options, modelId));
  const trained = await doJobs(options, "train", 1, async (modelId) => {
    await trainModel(options, modelId);
    // Requests that came while it was in training.
    await unlearnModel(options, modelId);
  });
  await options.afterRound?.();
  return unlearned + trained;
}

async function doJobs(
  { queue, onFailure }: WorkerOptions,
  name: QueueName,
  most: number,
  work: (modelId: string) => Promise<unknown>,
): Promise<number> {
  const jobs = await queue.take(name, most);
  const ofModel = new Map<string, Job[]>();
  for (const job of jobs) ofModel.set(job.modelId, [...(ofModel.get(job.modelId) ?? []), job]);
  for (const [modelId, ofThis] of ofModel) {
    try {
      await work(modelId);
      await queue.done(name, ofThis);
    } catch (error) {
      onFailure?.({ queue: name, modelId, error: error as Error });
      const reason = error instanceof ExpungeError ? error.code : (error as Error).name;
      await queue.failed(name, ofThis, reason);
    }
  }
  return jobs.length;
}
