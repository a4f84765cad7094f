import { eq } from "drizzle-orm";
import { ExpungeError, type TrainingPlan } from "expunge";
import type { StepsReached } from "expunge/process";
import { NOW } from "../database/clock.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { numbersOf, type RowSet, rowSetFrom } from "../database/row-numbers.js";
import { trainingCheckpoints } from "../database/tables.js";
import type { ObjectStore } from "../objects/object-store.js";
import { orderOfModel, pagesOfOrder, readOrder } from "../rows/model-order.js";
import { bytesOfFloats } from "../rows/page-bytes.js";
import { type PlacedPages, putAllPages, replacePages } from "../rows/stored-pages.js";
import { bytesOfWeights } from "./stored-process.js";

/** All that a training needs to go on, besides the rows: those stand where they stood as long as a request waits for the training. */
export interface TrainingCheckpoint extends StepsReached {
  readonly plan: TrainingPlan;
  readonly leftOut: RowSet;
  readonly slotOfRow: Uint32Array;
}

/** One that is stored. */
export interface SavedCheckpoint extends TrainingCheckpoint {
  readonly savedAt: Date;
}

/** @returns null where there is none */
export async function readCheckpoint(access: Transaction, modelId: string): Promise<SavedCheckpoint | null> {
  const { queries } = access;
  const [found] = await queries
    .select()
    .from(trainingCheckpoints)
    .where(eq(trainingCheckpoints.modelId, modelId));
  if (!found) return null;
  const { plan, leftOut, stepsDone, savedAt, weights } = found;
  return {
    savedAt,
    plan,
    leftOut: rowSetFrom(new Uint32Array(leftOut.slice().buffer)),
    stepsDone,
    weights: new Float64Array(weights.slice().buffer),
    slotOfRow: await readOrder(access, modelId),
  };
}

/** Whether a checkpoint that was read is still the model's; null: that it has none. */
export async function isStillSaved(
  queries: Queries,
  modelId: string,
  read: SavedCheckpoint | null,
): Promise<boolean> {
  const { stepsDone, savedAt } = trainingCheckpoints;
  const [now] = await queries
    .select({ stepsDone, savedAt })
    .from(trainingCheckpoints)
    .where(eq(trainingCheckpoints.modelId, modelId));
  return now?.stepsDone === read?.stepsDone && now?.savedAt.getTime() === read?.savedAt.getTime();
}

/**
 * Replaces what was saved before.
 *
 * @param order as `putOrder` has written it, for the first one: it never changes
 * @returns whether the order was placed: not where an earlier one is there
 */
export async function saveCheckpoint(
  { queries, executor }: Transaction,
  modelId: string,
  { plan, leftOut, stepsDone, weights }: Omit<TrainingCheckpoint, "slotOfRow">,
  order: readonly PlacedPages[] | null,
): Promise<boolean> {
  const reached = { stepsDone, weights: bytesOfWeights(weights), savedAt: NOW };
  const changed = await queries
    .update(trainingCheckpoints)
    .set(reached)
    .where(eq(trainingCheckpoints.modelId, modelId))
    .returning({ modelId: trainingCheckpoints.modelId });
  if (changed.length > 0) return false;
  if (order === null) throw new ExpungeError("E_CONFLICT", "The training's checkpoint has gone meanwhile.");
  await replacePages(executor, orderOfModel(modelId), order);
  const rows = bytesOfFloats(numbersOf(leftOut));
  await queries.insert(trainingCheckpoints).values({ modelId, plan, leftOut: rows, ...reached });
  return true;
}

export async function dropCheckpoint(queries: Queries, modelId: string): Promise<void> {
  await queries.delete(trainingCheckpoints).where(eq(trainingCheckpoints.modelId, modelId));
}

/** Writes the pages of a model's order: they count once they are placed. */
export function putOrder(
  objects: ObjectStore,
  modelId: string,
  slotOfRow: Uint32Array,
): Promise<PlacedPages[]> {
  return putAllPages(objects, orderOfModel(modelId), pagesOfOrder(slotOfRow));
}
