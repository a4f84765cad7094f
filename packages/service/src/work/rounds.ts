import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Job, QueueName } from "../database/queue.js";
import { models, requests, tasks } from "../database/tables.js";
import { abandonTraining, SOON_MS } from "../models/begin-training.js";
import { closeTasks } from "../models/delete-model.js";
import { modelsToTeach } from "../models/lessons.js";
import { finishing } from "../requests/finish-request.js";
import { foldRequestCounts } from "../requests/request-counts.js";
import { attempt, attemptUpkeep, type Rests } from "./attempt.js";
import { forgetDeadWorkers } from "./live-workers.js";
import { settleRestores } from "./restores.js";
import type { WorkerOptions } from "./worker-options.js";

/* What a worker does in a round. Deletions and trainings have queues and rounds of their own: neither waits for the other's. */

/** Jobs taken at once: those for one model are served together. */
const MAX_JOBS = 200;

/** Deletions by their jobs. @returns jobs done */
export function deletionRound(options: WorkerOptions, rests: Rests): Promise<number> {
  return doJobs(options, rests, "unlearn", MAX_JOBS);
}

/** One training by its job. @returns jobs done */
export function trainingRound(options: WorkerOptions, rests: Rests): Promise<number> {
  return doJobs(options, rests, "train", 1);
}

/** Deletions that wait in the tables and nobody works on, whatever became of their jobs. @returns models served */
export async function sweepDeletions(options: WorkerOptions, rests: Rests): Promise<number> {
  const { database } = options;
  const waiting = await database.queries
    .selectDistinct({ id: tasks.modelId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), eq(models.state, "ready")));
  const served = await attemptAll(options, rests, "unlearn", waiting);
  await forgetDeadWorkers(database.queries);
  await foldRequestCounts(database);
  await closeLeft(options, rests);
  await settleRestores(options, rests);
  await restartTrainings(options, rests);
  return served;
}

/** Trainings that nobody is at, the oldest first, and lessons that are due. @returns models served */
export async function sweepTrainings(options: WorkerOptions, rests: Rests): Promise<number> {
  const untrained = await options.database.queries
    .select({ id: models.id })
    .from(models)
    .where(inArray(models.state, ["waiting", "training"]))
    .orderBy(asc(models.createdAt), asc(models.id));
  const taught = await modelsToTeach(options.database.queries);
  return attemptAll(options, rests, "train", [...untrained, ...taught]);
}

async function attemptAll(
  options: WorkerOptions,
  rests: Rests,
  work: QueueName,
  found: readonly { readonly id: string }[],
): Promise<number> {
  if (found.length === 0) return 0;
  return inPrecedence(options, work, async () => {
    let served = 0;
    for (const { id } of found) {
      if (options.stopping?.aborted) break;
      if ((await attempt(options, rests, work, id)) !== "later") served += 1;
    }
    return served;
  });
}

/** Deletions go first: a training of this process pauses meanwhile. */
function inPrecedence<T>({ goFirst }: WorkerOptions, work: QueueName, use: () => Promise<T>): Promise<T> {
  return work === "unlearn" && goFirst ? goFirst(use) : use();
}

/** What is asked of models that are gone, or never came to be. */
async function closeLeft(options: WorkerOptions, rests: Rests): Promise<void> {
  const { database } = options;
  const left = await database.queries
    .selectDistinct({ id: tasks.modelId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), inArray(models.state, ["deleted", "failed"])));
  for (const { id } of left)
    await attemptUpkeep(options, rests, `close ${id}`, id, () =>
      finishing(database, (transaction, erasure) => closeTasks(transaction, id, erasure)),
    );
}

/** Trainings that wait at a checkpoint while a request that waits for them is due soon. One that runs looks after that itself. */
async function restartTrainings(options: WorkerOptions, rests: Rests): Promise<void> {
  const { database } = options;
  const due = await database.queries
    .selectDistinct({ id: tasks.modelId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .innerJoin(requests, eq(requests.id, tasks.requestId))
    .where(
      and(
        eq(tasks.state, "waiting"),
        eq(models.state, "training"),
        sql`${requests.dueAt} < now() + ${SOON_MS}::double precision * interval '1 millisecond'`,
      ),
    );
  for (const { id } of due)
    await attemptUpkeep(options, rests, `restart ${id}`, id, () =>
      database.exclusively(`model ${id}`, (lease) => abandonTraining({ database, lease }, id)),
    );
}

async function doJobs(options: WorkerOptions, rests: Rests, name: QueueName, most: number): Promise<number> {
  const { queue, database, stopping } = options;
  const jobs = await queue.take(name, most);
  const ofModel = new Map<string, Job[]>();
  for (const job of jobs) ofModel.set(job.modelId, [...(ofModel.get(job.modelId) ?? []), job]);
  if (jobs.length === 0) return 0;
  await inPrecedence(options, name, async () => {
    for (const [modelId, ofThis] of ofModel) {
      const outcome = stopping?.aborted ? "later" : await attempt(options, rests, name, modelId);
      if (outcome === "later") {
        await queue.failed(name, ofThis, "to be tried again");
        continue;
      }
      await queue.done(name, ofThis);
      // Behind those that came meanwhile.
      if (outcome === "more") await queue.add("unlearn", [modelId], database.executor);
    }
  });
  return jobs.length;
}
