import { and, eq, inArray, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { Database, Queries } from "../database/open-database.js";
import type { Job, Queue, QueueName } from "../database/queue.js";
import { datasets, models, tasks } from "../database/tables.js";
import { type Loop, startLoop } from "../loop.js";
import { closeTasks } from "../models/delete-model.js";
import { type TrainContext, trainModel } from "../models/train-model.js";
import { type UnlearnContext, unlearnModel } from "../models/unlearn-model.js";
import { forgetDeadWorkers } from "./live-workers.js";

export interface WorkerOptions
  extends Omit<TrainContext, "database" | "lease">,
    Omit<UnlearnContext, "database" | "lease"> {
  readonly database: Database;
  readonly queue: Queue;
  /** How long to rest where there is nothing to do; default 200 ms. */
  readonly pollMs?: number;
  /** How often to look for work that a dead worker left; default 5,000 ms. */
  readonly sweepMs?: number;
  /** How long after rows were erased their old versions are removed from the database's files, at most; default 600,000 ms. */
  readonly vacuumMs?: number;
  /** Told of everything that failed and will be tried again; never of whom it is about. */
  readonly onFailure?: (failure: {
    readonly work: QueueName | "round" | "ledger";
    readonly modelId: string | null;
    readonly error: Error;
  }) => void;
}

/** Something that works until it is told to stop: then it finishes what is in hand and takes nothing more. */
export type Worker = Pick<Loop, "stop">;

/** Jobs taken at once: those for one model are served together. */
const MAX_JOBS = 200;
const DEFAULT_POLL_MS = 200;
const DEFAULT_SWEEP_MS = 5000;
const DEFAULT_VACUUM_MS = 600_000;
const MIN_REST_MS = 500;
const MAX_REST_MS = 300_000;

/** Models that failed, and are left alone for a while, longer each time: the others must not wait for them. */
export type Rests = Map<string, { readonly forMs: number; readonly until: number }>;

/**
 * Takes jobs and does them, one after another, until it is stopped. Any number of workers may run, here and elsewhere. Work that a dead
 * worker left behind is found by looking for it every so often, long before its job expires.
 */
export function startWorker(options: WorkerOptions): Worker {
  const { pollMs = DEFAULT_POLL_MS, sweepMs = DEFAULT_SWEEP_MS, vacuumMs = DEFAULT_VACUUM_MS } = options;
  let nextSweep = 0;
  // Once after the start too, for what a dead worker erased.
  let vacuumAt = performance.now() + vacuumMs;
  const rests: Rests = new Map();
  const round = async (): Promise<number> => {
    const done = await workOnce(options, rests);
    if (done > 0) vacuumAt = Math.min(vacuumAt, performance.now() + vacuumMs);
    if (performance.now() >= vacuumAt) {
      vacuumAt = Number.POSITIVE_INFINITY;
      await options.database.exclusively("vacuum", () => options.database.vacuum());
    }
    if (performance.now() < nextSweep) return done;
    const swept = await sweep(options, rests);
    nextSweep = performance.now() + sweepMs;
    return done + swept;
  };
  // A database that is away for a while must not end the worker.
  return startLoop(round, pollMs, (error) => options.onFailure?.({ work: "round", modelId: null, error }));
}

/** One round: unlearning first, since people wait for it; then one training. @returns jobs done */
export async function workOnce(options: WorkerOptions, rests: Rests = new Map()): Promise<number> {
  const unlearned = await doJobs(options, rests, "unlearn", MAX_JOBS);
  const trained = await doJobs(options, rests, "train", 1);
  return unlearned + trained;
}

/** Does what waits in the tables and nobody works on, whatever became of its job. @returns models served */
export async function sweep(options: WorkerOptions, rests: Rests = new Map()): Promise<number> {
  const { queries } = options.database;
  const untrained = await queries
    .select({ id: models.id })
    .from(models)
    .where(inArray(models.state, ["waiting", "training"]));
  const waiting = await queries
    .selectDistinct({ id: tasks.modelId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), eq(models.state, "ready")));
  await removeAbandoned(queries);
  await forgetDeadWorkers(queries);
  await closeLeft(options.database);
  let served = 0;
  for (const { id } of waiting) if (await attempt(options, rests, "unlearn", id)) served += 1;
  for (const { id } of untrained) if (await attempt(options, rests, "train", id)) served += 1;
  return served;
}

/** Uploads that never ended: of one whose server died nothing is ever asked for again. */
async function removeAbandoned(queries: Queries): Promise<void> {
  const isAbandoned = sql`${datasets.createdAt} < now() - interval '1 day'`;
  await queries.delete(datasets).where(and(eq(datasets.state, "uploading"), isAbandoned));
}

/** What is asked of models that are gone, or never came to be. */
async function closeLeft(database: Database): Promise<void> {
  const left = await database.queries
    .selectDistinct({ id: tasks.modelId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), inArray(models.state, ["deleted", "failed"])));
  for (const { id } of left) await database.transaction(({ queries }) => closeTasks(queries, id));
}

async function doJobs(options: WorkerOptions, rests: Rests, name: QueueName, most: number): Promise<number> {
  const { queue } = options;
  const jobs = await queue.take(name, most);
  const ofModel = new Map<string, Job[]>();
  for (const job of jobs) ofModel.set(job.modelId, [...(ofModel.get(job.modelId) ?? []), job]);
  for (const [modelId, ofThis] of ofModel) {
    if (await attempt(options, rests, name, modelId)) await queue.done(name, ofThis);
    else await queue.failed(name, ofThis, "to be tried again");
  }
  return jobs.length;
}

/** @returns false where it failed or another worker is at it: to be tried again */
async function attempt(
  options: WorkerOptions,
  rests: Rests,
  work: QueueName,
  modelId: string,
): Promise<boolean> {
  const rest = rests.get(modelId);
  if (rest && performance.now() < rest.until) return false;
  try {
    const done = await options.database.exclusively(`model ${modelId}`, async (lease) => {
      const context = { ...options, lease };
      if (work === "train") await trainModel(context, modelId);
      // After a training: the requests that came during it.
      await unlearnModel(context, modelId);
      return true;
    });
    if (done) rests.delete(modelId);
    return done ?? false;
  } catch (error) {
    options.onFailure?.({ work, modelId, error: error as Error });
    const forMs = Math.min(MAX_REST_MS, 2 * (rest?.forMs ?? MIN_REST_MS));
    rests.set(modelId, { forMs, until: performance.now() + forMs });
    if (isOfModel(error)) await noteFailure(options.database.queries, modelId, error.message);
    return false;
  }
}

/** Whether something is wrong with the model; not where another worker was faster, or this one is told to end. */
function isOfModel(error: unknown): error is ExpungeError {
  return error instanceof ExpungeError && error.code !== "E_CONFLICT" && error.code !== "E_ABORTED";
}

/** For whoever looks at the model: why its requests wait. It goes away with the next success. */
async function noteFailure(queries: Queries, modelId: string, failure: string): Promise<void> {
  await queries
    .update(models)
    .set({ failure })
    .where(eq(models.id, modelId))
    .catch(() => {});
}
