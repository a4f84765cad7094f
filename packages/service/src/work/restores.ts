import { eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { closeGateOfModel } from "../database/dataset-gates.js";
import { heeding } from "../database/ending-at.js";
import { largeExecutor } from "../database/read-large.js";
import { models } from "../database/tables.js";
import { beginAnew } from "../models/begin-anew.js";
import { closeTasks } from "../models/delete-model.js";
import { forgetPaid, isRestoring, modelsOwing } from "../models/owed-tasks.js";
import { finishing } from "../requests/finish-request.js";
import { attemptUpkeep, type Rest, type Rests } from "./attempt.js";
import type { WorkerOptions } from "./worker-options.js";

/** Tries after which a model whose deletions can never be done is given up. */
const MOST_TRIES = 3;

/**
 * Looks after what restores owe, beside the deletions themselves: a model that can never do its part, since what is stored of it is damaged, say, or since it
 * has no steps left for that, is trained anew on what is left. What may be over later (a full disk, a bucket that is away) is tried until it is: that model is
 * not served meanwhile, others are.
 */
export function settleRestores(options: WorkerOptions, rests: Rests): Promise<void> {
  return attemptUpkeep(options, rests, "restores", null, async () => {
    if (!(await isRestoring(options.database.executor))) return;
    for (const { id, failure } of await modelsOwing(options.database.executor)) {
      const reason = failure ?? damageOf(rests.get(`unlearn ${id}`), id);
      if (reason === null) continue;
      await attemptUpkeep(options, rests, `give up ${id}`, id, () => giveUp(options, id, reason));
    }
    await forgetPaid(largeExecutor(options.database));
  });
}

/** What has gone wrong too often with a model; null where it may go well the next time. */
function damageOf(rest: Rest | undefined, modelId: string): string | null {
  if (rest === undefined || rest.tries < MOST_TRIES || !isForGood(rest.error, modelId)) return null;
  return (rest.error as Error).message;
}

const FOR_GOOD: readonly string[] = ["E_MODEL", "E_ASSUMPTION"];

/** What would go wrong again, of the model itself: not of its data set, which a training would need too. */
function isForGood(error: unknown, modelId: string): boolean {
  if (!(error instanceof ExpungeError) || !FOR_GOOD.includes(error.code)) return false;
  const { id = modelId } = error.details;
  return id === modelId;
}

/** Its requests ask nothing of it any more: the rows that they claim are in no new training. */
async function giveUp(options: WorkerOptions, id: string, reason: string): Promise<void> {
  const { database, onFailure } = options;
  const isDone = await database.exclusively(`model ${id}`, (lease) =>
    finishing(heeding({ ...options, lease }).database, async (transaction, erasure) => {
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
  const message = `What was restored of model ${id} cannot forget what it owes: it is trained anew, on what is left. ${reason}`;
  if (isDone)
    onFailure?.({ work: "round", modelId: id, error: new ExpungeError("E_MODEL", message, { id }) });
}
