import { and, eq, type SQL, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError, type FitOptions } from "expunge";
import { closeGateOfModel } from "../database/dataset-gates.js";
import type { Lease } from "../database/leases.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import type { RowSet } from "../database/row-numbers.js";
import { datasets, models, requests, tasks } from "../database/tables.js";
import { finishing } from "../requests/finish-request.js";
import { claimedOf } from "../rows/dataset-pages.js";
import { type DatasetShape, shapeOfDataset } from "../rows/dataset-rows.js";
import type { Erasure } from "../rows/erasure.js";
import { closeTasks } from "./delete-model.js";
import {
  dropCheckpoint,
  isStillSaved,
  readCheckpoint,
  type TrainingCheckpoint,
} from "./training-checkpoint.js";

/** A training that has begun, or goes on. */
export interface Begun {
  readonly modelId: string;
  /** Of this attempt. */
  readonly version: number;
  readonly datasetId: string;
  readonly options: FitOptions;
  readonly description: DataDescription;
  readonly shape: DatasetShape;
  /** Rows that are not in it. */
  readonly leftOut: RowSet;
  /** Where it goes on; null where it begins. */
  readonly checkpoint: TrainingCheckpoint | null;
}

/** A training that does not run begins anew where a request that waits for it is due this soon: nobody knows how long the rest takes. */
export const SOON_MS = 3_600_000;

interface Held {
  readonly database: Database;
  readonly lease: Lease;
}

/**
 * Marks the model as in training. From here on requests for its rows give it a task. A training that begins, be it again, leaves out every row
 * that a request has claimed, and is thereby done with those requests: nothing of an earlier attempt is left, and nothing was ever released. One that goes on
 * from a checkpoint has the rows that it had; requests that came since are served when it is done.
 *
 * @returns null where the model does not wait for a training
 */
export async function beginTraining({ database, lease }: Held, modelId: string): Promise<Begun | null> {
  // Its order lies outside the database: nobody waits for that with the model held.
  const saved = await readCheckpoint(database, modelId);
  return finishing(database, async (transaction, erasure) => {
    const { queries } = transaction;
    await lease.hold(queries);
    const found = await lockModel(transaction, modelId);
    if (found === null) return null;
    const { model, dataset } = found;
    const { datasetId } = model;
    if (!(await isStillSaved(queries, modelId, saved))) throw changedMeanwhile();
    const checkpoint = saved && (await isUsable(queries, modelId, saved)) ? saved : null;
    const now = dataset.description as DataDescription;
    // Rows that have come since wait for a lesson.
    const description = checkpoint ? { ...now, rowCount: checkpoint.plan.process.rowCount } : now;
    if (checkpoint === null) await forgetAttempts(transaction, modelId, erasure);
    const leftOut = checkpoint?.leftOut ?? (await claimedOf(queries, datasetId));
    const version = model.version + 1;
    await queries.update(models).set({ state: "training", version }).where(eq(models.id, modelId));
    const options = model.options as FitOptions;
    const shape = shapeOfDataset(datasetId, description, dataset);
    return { modelId, version, datasetId, options, description, shape, leftOut, checkpoint };
  });
}

/** The data set first, as requests do, so that no row slips between reading the claims and being in training. */
async function lockModel({ queries, executor }: Transaction, modelId: string) {
  await closeGateOfModel(executor, null, modelId);
  const isIt = eq(models.id, modelId);
  const [asked] = await queries.select({ datasetId: models.datasetId }).from(models).where(isIt);
  if (!asked) return null;
  const [dataset] = await queries
    .select()
    .from(datasets)
    .where(eq(datasets.id, asked.datasetId))
    .for("no key update");
  const [model] = await queries.select().from(models).where(isIt).for("update");
  if (!dataset || (model?.state !== "waiting" && model?.state !== "training")) return null;
  return { model, dataset };
}

/** Whether a training may go on from a checkpoint: it is whole, and nobody waits for the training who cannot. */
async function isUsable(
  queries: Queries,
  modelId: string,
  { plan, slotOfRow, weights }: TrainingCheckpoint,
): Promise<boolean> {
  const isWhole =
    slotOfRow.length === plan.process.rowCount && weights.length === plan.outputCount * plan.featureCount;
  return isWhole && !(await isAnyDue(queries, modelId, SOON_MS));
}

/** Only who has the model's lease saves one, or lets it go; but whoever is wrong about that changes nothing. */
function changedMeanwhile(): ExpungeError {
  return new ExpungeError("E_CONFLICT", "The training's checkpoint has changed meanwhile; nothing was done.");
}

async function forgetAttempts(transaction: Transaction, modelId: string, erasure: Erasure): Promise<void> {
  await dropCheckpoint(transaction.queries, modelId);
  await closeTasks(transaction, modelId, erasure);
}

/** Whoever begins the training again, or deletes the model, raises its version. */
export function isAttempt({ modelId, version }: Pick<Begun, "modelId" | "version">): SQL | undefined {
  return and(eq(models.id, modelId), eq(models.state, "training"), eq(models.version, version));
}

/** Whether a request that waits for this training is due within some time. */
export async function isAnyDue(queries: Queries, modelId: string, withinMs: number): Promise<boolean> {
  const found = await queries
    .select({ one: sql`1` })
    .from(tasks)
    .innerJoin(requests, eq(requests.id, tasks.requestId))
    .where(
      and(
        eq(tasks.modelId, modelId),
        eq(tasks.state, "waiting"),
        sql`${requests.dueAt} < clock_timestamp() + ${withinMs}::double precision * interval '1 millisecond'`,
      ),
    )
    .limit(1);
  return found.length > 0;
}

/**
 * Takes a training back to where it has not begun: it begins anew without the rows of the requests that wait for it, which are thereby done.
 *
 * @throws ExpungeError E_CONFLICT where another worker has the model
 */
export function abandonTraining({ database, lease }: Held, modelId: string): Promise<void> {
  return finishing(database, async (transaction, erasure) => {
    const { queries } = transaction;
    await lease.hold(queries);
    const found = await lockModel(transaction, modelId);
    if (found === null) return;
    await forgetAttempts(transaction, modelId, erasure);
    const version = found.model.version + 1;
    await queries
      .update(models)
      .set({ state: "waiting", version, progress: null })
      .where(eq(models.id, modelId));
  });
}
