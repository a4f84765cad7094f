import { and, eq, sql } from "drizzle-orm";
import { databaseEndingAt } from "../database/ending-at.js";
import type { Database } from "../database/open-database.js";
import type { QueueName } from "../database/queue.js";
import { models, requests, tasks } from "../database/tables.js";
import { abandonTraining, SOON_MS } from "../models/begin-training.js";
import { closeTasks } from "../models/delete-model.js";
import { finishing } from "../requests/finish-request.js";
import { attempt, attemptUpkeep, type Outcome, type Rests } from "./attempt.js";
import { forgetDeadWorkers } from "./live-workers.js";
import { settleRestores } from "./restores.js";
import { Rota } from "./rota.js";
import {
  modelsAsked,
  modelsToServe,
  modelsToTeachOrTrain,
  modelsToTrain,
  type WaitingModel,
} from "./waiting-models.js";
import type { WorkerOptions } from "./worker-options.js";

/* What a worker does in a round. Deletions and trainings have queues and rounds of their own: neither waits for the other's. Within each tenants take turns. */

/** Jobs in hand at most: those for one model are served together. */
const MAX_JOBS = 200;

/** Deletions that jobs tell of, of tenants in turn. @returns jobs done, and models served */
export function deletionRound(options: WorkerOptions, rests: Rests, rota = new Rota()): Promise<number> {
  const find = () => modelsToServe(options.database.executor, options);
  return doJobs({ options, rests, rota, work: "unlearn" }, { mostJobs: MAX_JOBS, find });
}

/** One training, where a job tells of any: of the tenant whose turn it is. @returns jobs done, and models served */
export function trainingRound(options: WorkerOptions, rests: Rests, rota = new Rota()): Promise<number> {
  const find = () => modelsToTrain(options.database.queries);
  return doJobs({ options, rests, rota, work: "train" }, { mostJobs: 1, find });
}

/** Deletions that wait in the tables and nobody works on, whatever became of their jobs. @returns models served */
export async function sweepDeletions(
  options: WorkerOptions,
  rests: Rests,
  rota = new Rota(),
): Promise<number> {
  const { database } = options;
  const waiting = await modelsToServe(database.executor, options);
  const served = await serveInTurn({ options, rests, rota, work: "unlearn" }, waiting);
  await forgetDeadWorkers(database.queries);
  await closeLeft(options, rests);
  await settleRestores(options, rests);
  await restartTrainings(options, rests);
  return served;
}

/** Trainings that nobody is at, and lessons that are due. @returns models served */
export async function sweepTrainings(
  options: WorkerOptions,
  rests: Rests,
  rota = new Rota(),
): Promise<number> {
  const waiting = await modelsToTeachOrTrain(options.database.queries);
  return serveInTurn({ options, rests, rota, work: "train" }, waiting);
}

interface Serving {
  readonly options: WorkerOptions;
  readonly rests: Rests;
  readonly rota: Rota;
  readonly work: QueueName;
}

/** A job says that there is something to do; what it is, and whose turn, the tables say. */
async function doJobs(
  serving: Serving,
  { mostJobs, find }: { readonly mostJobs: number; readonly find: () => Promise<WaitingModel[]> },
): Promise<number> {
  const { options, rota, work } = serving;
  const before = rota.jobCount;
  if (before < mostJobs) rota.takeIn(await options.queue.take(work, mostJobs - before));
  const inHand = rota.jobCount;
  if (inHand === 0) return 0;
  const waiting = await find();
  await endOthers(serving, waiting);
  const served = await serveInTurn(serving, waiting, mostJobs);
  return served + inHand - rota.jobCount;
}

/** Jobs for models that nothing waits for any more, or not yet. */
async function endOthers({ options, rota, work }: Serving, waiting: readonly WaitingModel[]): Promise<void> {
  const ids = new Set(waiting.map(({ id }) => id));
  const over = [...rota.jobs.keys()].filter((id) => !ids.has(id)).flatMap((id) => rota.giveAway(id));
  await options.queue.done(work, over);
}

/**
 * Works on models, of tenants in turn, until the round is over: by then others may have come.
 *
 * @param most models
 * @returns models served
 */
async function serveInTurn(
  serving: Serving,
  found: readonly WaitingModel[],
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const { options, rests, rota, work } = serving;
  rota.isCut = false;
  if (found.length === 0) return 0;
  return inPrecedence(options, work, async () => {
    const end = performance.now() + (options.roundMs ?? Number.POSITIVE_INFINITY);
    let [tried, served] = [0, 0];
    for (const model of rota.inTurn(found)) {
      rota.isCut = served >= most || (tried > 0 && performance.now() >= end);
      if (rota.isCut || options.stopping?.aborted) break;
      const outcome = await attempt(options, rests, work, model.id);
      if (outcome !== "skipped") {
        rota.note(model);
        tried += 1;
      }
      if (outcome === "done" || outcome === "more") served += 1;
      await endJobs(serving, model, outcome);
    }
    return served;
  });
}

async function endJobs(
  { options: { queue, database }, rota, work }: Serving,
  { id }: WaitingModel,
  outcome: Outcome,
): Promise<void> {
  const jobs = rota.giveAway(id);
  if (outcome === "failed" || outcome === "skipped") return queue.failed(work, jobs, "to be tried again");
  await queue.done(work, jobs);
  // Behind those that came meanwhile.
  if (outcome === "more") await queue.add("unlearn", [id], database.executor);
}

/** Deletions go first: a training of this process pauses meanwhile. */
function inPrecedence<T>({ goFirst }: WorkerOptions, work: QueueName, use: () => Promise<T>): Promise<T> {
  return work === "unlearn" && goFirst ? goFirst(use) : use();
}

/** For what may take long and nobody waits for: it ends where the worker does. */
const ending = ({ database, signal }: WorkerOptions): Database =>
  signal ? databaseEndingAt(database, signal) : database;

/** What is asked of models that are gone, or never came to be. */
async function closeLeft(options: WorkerOptions, rests: Rests): Promise<void> {
  const left = await modelsAsked(options.database.executor, ["deleted", "failed"]);
  for (const { id } of left)
    await attemptUpkeep(options, rests, `close ${id}`, id, () =>
      finishing(ending(options), (transaction, erasure) => closeTasks(transaction, id, erasure)),
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
      database.exclusively(`model ${id}`, (lease) =>
        abandonTraining({ database: ending(options), lease }, id),
      ),
    );
}
