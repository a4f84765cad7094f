import { and, eq, isNull } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { NOW } from "../database/clock.js";
import { closeGateOfModel } from "../database/dataset-gates.js";
import type { Database } from "../database/open-database.js";
import { models, restores, tasks } from "../database/tables.js";
import { beginAnew } from "../models/begin-anew.js";
import { closeTasks } from "../models/delete-model.js";
import { finishing } from "../requests/finish-request.js";
import { attemptUpkeep, type Rests } from "./attempt.js";
import { sweepDeletions } from "./rounds.js";
import type { WorkerOptions } from "./worker-options.js";

/** Whether deletions that came after a backup may still be undone in what was restored from it. */
async function isRestoring({ queries }: Pick<Database, "queries">): Promise<boolean> {
  const found = await queries
    .select({ id: restores.id })
    .from(restores)
    .where(isNull(restores.finishedAt))
    .limit(1);
  return found.length > 0;
}

/** Tries after which a model whose stored rows are damaged is given up. */
const MOST_TRIES = 3;

/**
 * Carries out what a restored database still owes, before anything of it is served. A model that can forget nothing because what is stored of it is damaged would
 * keep all the others out: it is trained anew. Whatever else fails may be over later, and is tried until it is.
 */
export async function finishRestore(options: WorkerOptions): Promise<void> {
  const { database, onFailure } = options;
  if (!(await isRestoring(database))) return;
  const rests: Rests = new Map();
  const tries = new Map<string, number>();
  const noting: WorkerOptions = {
    ...options,
    onFailure(failure) {
      const { work, modelId, error } = failure;
      if (work === "unlearn" && modelId !== null)
        tries.set(modelId, isDamage(error, modelId) ? (tries.get(modelId) ?? 0) + 1 : 0);
      onFailure?.(failure);
    },
  };
  for (let owing = await owed(database); owing.length > 0; owing = await owed(database)) {
    // Nothing of a model that is not trained is served: trainings can wait.
    const served = await sweepDeletions(noting, rests);
    for (const id of owing)
      if ((tries.get(id) ?? 0) >= MOST_TRIES)
        await attemptUpkeep(options, rests, `give up ${id}`, id, () => giveUp(options, id));
    // Nothing moved: another worker is at it, or it fails and rests; either way later.
    if (served === 0) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await database.queries.update(restores).set({ finishedAt: NOW }).where(isNull(restores.finishedAt));
}

/** Of its own pages, not of rows that it is scored on, say. */
const isDamage = (error: Error, modelId: string): boolean =>
  error instanceof ExpungeError && error.code === "E_MODEL" && error.details.id === modelId;

/** Trained models that deletions wait for, which would predict with what they must forget. */
async function owed({ queries }: Database): Promise<string[]> {
  const found = await queries
    .selectDistinct({ id: models.id })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), eq(models.state, "ready")));
  return found.map(({ id }) => id);
}

/** Its requests ask nothing of it any more: the rows that they claim are in no new training. */
async function giveUp({ database, onFailure }: WorkerOptions, id: string): Promise<void> {
  const isDone = await database.exclusively(`model ${id}`, (lease) =>
    finishing(database, async (transaction, erasure) => {
      const { queries } = transaction;
      await lease.hold(queries);
      await closeGateOfModel(transaction.executor, null, id);
      const isIt = eq(models.id, id);
      const [model] = await queries.select().from(models).where(isIt).for("update");
      if (model?.state !== "ready") return false;
      await beginAnew(queries, id, { state: "waiting", version: model.version + 1 });
      await closeTasks(transaction, id, erasure);
      return true;
    }),
  );
  const message = `What was restored of model ${id} is damaged, so that it can forget nothing: it is trained anew, on what is left.`;
  if (isDone)
    onFailure?.({ work: "round", modelId: id, error: new ExpungeError("E_MODEL", message, { id }) });
}

/** @throws ExpungeError E_LEDGER where nobody has finished the restore yet */
export async function requireServable(database: Database): Promise<void> {
  if (!(await isRestoring(database))) return;
  throw new ExpungeError(
    "E_LEDGER",
    "The database was restored from a backup, and deletions after it are still to be carried out: start a worker first.",
  );
}
