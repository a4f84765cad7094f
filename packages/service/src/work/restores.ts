import { and, eq, inArray, isNull } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { NOW } from "../database/clock.js";
import type { Database } from "../database/open-database.js";
import { models, restores, tasks } from "../database/tables.js";
import type { Rests } from "./attempt.js";
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

/** Carries out what a restored database still owes, before anything of it is served. */
export async function finishRestore(options: WorkerOptions): Promise<void> {
  const { database } = options;
  if (!(await isRestoring(database))) return;
  const rests: Rests = new Map();
  while ((await owed(database)) > 0) {
    // Nothing of a model that is not trained is served: trainings can wait.
    const served = await sweepDeletions(options, rests);
    // Nothing moved: another worker is at it, or it fails and rests; either way later.
    if (served === 0) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await database.queries.update(restores).set({ finishedAt: NOW }).where(isNull(restores.finishedAt));
}

/** Deletions of models that are trained, which would predict with what they must forget. */
async function owed({ queries }: Database): Promise<number> {
  const found = await queries
    .select({ id: tasks.requestId })
    .from(tasks)
    .innerJoin(models, eq(models.id, tasks.modelId))
    .where(and(eq(tasks.state, "waiting"), inArray(models.state, ["ready"])))
    .limit(1);
  return found.length;
}

/** @throws ExpungeError E_LEDGER where nobody has finished the restore yet */
export async function requireServable(database: Database): Promise<void> {
  if (!(await isRestoring(database))) return;
  throw new ExpungeError(
    "E_LEDGER",
    "The database was restored from a backup, and deletions after it are still to be carried out: start a worker first.",
  );
}
