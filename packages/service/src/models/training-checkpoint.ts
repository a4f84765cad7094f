import { asc, eq } from "drizzle-orm";
import type { TrainingPlan } from "expunge";
import type { StepsReached } from "expunge/process";
import { NOW } from "../database/clock.js";
import type { Queries } from "../database/open-database.js";
import { modelOrder, trainingCheckpoints } from "../database/tables.js";
import { bytesOfFloats, ORDER_ROWS } from "../rows/pages.js";
import { bytesOfWeights } from "./stored-process.js";

/** All that a training needs to go on, besides the rows: those stand where they stood as long as a request waits for the training. */
export interface TrainingCheckpoint extends StepsReached {
  readonly plan: TrainingPlan;
  readonly leftOut: ReadonlySet<number>;
  readonly slotOfRow: Uint32Array;
}

/** @returns null where there is none */
export async function readCheckpoint(queries: Queries, modelId: string): Promise<TrainingCheckpoint | null> {
  const [found] = await queries
    .select()
    .from(trainingCheckpoints)
    .where(eq(trainingCheckpoints.modelId, modelId));
  if (!found) return null;
  const { plan, leftOut, stepsDone, weights } = found;
  return {
    plan,
    leftOut: new Set(new Uint32Array(leftOut.slice().buffer)),
    stepsDone,
    weights: new Float64Array(weights.slice().buffer),
    slotOfRow: await readOrder(queries, modelId),
  };
}

/** Replaces what was saved before. The order is stored with the first one: it never changes. */
export async function saveCheckpoint(
  queries: Queries,
  modelId: string,
  { plan, leftOut, slotOfRow, stepsDone, weights }: TrainingCheckpoint,
): Promise<void> {
  const reached = { stepsDone, weights: bytesOfWeights(weights), savedAt: NOW };
  const changed = await queries
    .update(trainingCheckpoints)
    .set(reached)
    .where(eq(trainingCheckpoints.modelId, modelId))
    .returning({ modelId: trainingCheckpoints.modelId });
  if (changed.length > 0) return;
  await storeOrder(queries, modelId, slotOfRow);
  const rows = bytesOfFloats(Uint32Array.from(leftOut));
  await queries.insert(trainingCheckpoints).values({ modelId, plan, leftOut: rows, ...reached });
}

export async function dropCheckpoint(queries: Queries, modelId: string): Promise<void> {
  await queries.delete(trainingCheckpoints).where(eq(trainingCheckpoints.modelId, modelId));
}

export async function storeOrder(queries: Queries, modelId: string, slotOfRow: Uint32Array): Promise<void> {
  await queries.delete(modelOrder).where(eq(modelOrder.modelId, modelId));
  for (let page = 0; page * ORDER_ROWS < slotOfRow.length; page++) {
    const slots = slotOfRow.slice(page * ORDER_ROWS, (page + 1) * ORDER_ROWS);
    await queries.insert(modelOrder).values({ modelId, page, slots: bytesOfFloats(slots) });
  }
}

async function readOrder(queries: Queries, modelId: string): Promise<Uint32Array> {
  const pages = await queries
    .select({ slots: modelOrder.slots })
    .from(modelOrder)
    .where(eq(modelOrder.modelId, modelId))
    .orderBy(asc(modelOrder.page));
  return new Uint32Array(new Uint8Array(Buffer.concat(pages.map(({ slots }) => slots))).buffer);
}
