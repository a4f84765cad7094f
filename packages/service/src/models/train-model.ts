import { tmpdir } from "node:os";
import { and, eq, notExists, type SQL, sql } from "drizzle-orm";
import {
  type DataDescription,
  ExpungeError,
  type FitOptions,
  type Progress,
  type TrainingPlan,
} from "expunge";
import { EMPTY_HISTORY, stepsWithNoise } from "expunge/accounting";
import { type RowChunk, type RowSource, storedWidthOf } from "expunge/data";
import {
  createStreamingPlanKernel,
  drawOrder,
  planRowWidth,
  type RowFiles,
  randomBytes,
  SubjectIndex,
  sortRows,
  train,
} from "expunge/process";
import { type Lease, signalOf } from "../database/leases.js";
import type { Database, Queries } from "../database/open-database.js";
import {
  claimedRows,
  datasets,
  modelOrder,
  modelPages,
  models,
  releases,
  tasks,
} from "../database/tables.js";
import { rowPagesOf } from "../rows/dataset-pages.js";
import { plannedFrom } from "../rows/label-counts.js";
import { bytesOfFloats, ORDER_ROWS, rowsPerPage } from "../rows/pages.js";
import { closeTasks } from "./delete-model.js";
import { scoreRelease } from "./evaluate-release.js";
import { planTraining } from "./planner.js";
import { bytesOfWeights, disclosureOf } from "./stored-process.js";

export interface TrainContext {
  readonly database: Database;
  /** Of the model: who has lost it changes nothing any more. */
  readonly lease: Lease;
  /** Where rows are sorted; default the system's temporary directory. */
  readonly scratch?: string;
  /** Bytes that rows may take in memory while they are sorted; default 256 MiB. */
  readonly memoryLimit?: number;
  readonly signal?: AbortSignal;
}

/**
 * Trains a model that waits to be trained: sorts its rows into batch order in files that vanish with it, trains, and stores the rows
 * and makes the model ready in one transaction. Safe to repeat: what an earlier attempt left is replaced, and a model that is trained
 * already is left alone. Rows that a request has claimed are left out.
 *
 * @throws ExpungeError as `fit`; a failure that trying again would not mend is noted in the model, not thrown
 */
export async function trainModel(context: TrainContext, modelId: string): Promise<void> {
  const begun = await begin(context, modelId);
  if (begun === null) return;
  try {
    await trainIn(context.scratch ?? tmpdir(), context, begun);
  } catch (error) {
    if (!isFinal(error)) throw error;
    await fail(context, begun, error.message);
  }
}

interface Begun {
  readonly modelId: string;
  /** Of this attempt. */
  readonly version: number;
  readonly datasetId: string;
  readonly options: FitOptions;
  readonly description: DataDescription;
  readonly claimed: ReadonlySet<number>;
}

/** Marks the model as in training. From here on requests for its rows give it a task; those before are left out. */
function begin({ database, lease }: TrainContext, modelId: string): Promise<Begun | null> {
  return database.transaction(async ({ queries }) => {
    await lease.hold(queries);
    const [model] = await queries.select().from(models).where(eq(models.id, modelId)).for("update");
    if (model?.state !== "waiting" && model?.state !== "training") return null;
    // Requests lock the data set too, so that no row slips between reading the claims and being in training.
    const [dataset] = await queries
      .select()
      .from(datasets)
      .where(eq(datasets.id, model.datasetId))
      .for("update");
    const claimed = await claimedBefore(queries, model.datasetId, modelId);
    const version = model.version + 1;
    await queries.update(models).set({ state: "training", version }).where(eq(models.id, modelId));
    return {
      modelId,
      version,
      datasetId: model.datasetId,
      options: model.options as FitOptions,
      description: dataset?.description as DataDescription,
      claimed,
    };
  });
}

/** Rows claimed by requests that ask nothing of this model, because it was not in training yet. */
async function claimedBefore(
  queries: Queries,
  datasetId: string,
  modelId: string,
): Promise<ReadonlySet<number>> {
  const asked = queries
    .select({ one: sql`1` })
    .from(tasks)
    .where(and(eq(tasks.requestId, claimedRows.requestId), eq(tasks.modelId, modelId)));
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(and(eq(claimedRows.datasetId, datasetId), notExists(asked)));
  return new Set(rows.map(({ row }) => row));
}

async function trainIn(directory: string, context: TrainContext, begun: Begun): Promise<void> {
  const { database, lease, memoryLimit = 2 ** 28 } = context;
  const signal = signalOf(context);
  const { description, options, modelId, datasetId, claimed } = begun;
  const planned = await plannedFrom(database.queries, datasetId, description, options, claimed);
  const plan = await planTraining(planned, options);
  const slotCount = plan.process.batchCount * plan.process.batchSize;
  const { slotOfRow, rows } = await sortRows(sourceOfPages(database.queries, begun), {
    directory,
    memoryLimit,
    orderOf: () => drawOrder(plan),
    slotCountOf: () => slotCount,
    signal,
  });
  try {
    const pageSlots = rowsPerPage(planRowWidth(plan));
    const kernel = await createStreamingPlanKernel(plan, rows, {});
    // The owners stay where they are, in the database.
    const index = SubjectIndex.fromOwners(randomBytes(32), null);
    const facts = { plan, facts: description, slotOfRow, index };
    const onProgress = progressKeeper(database.queries, begun);
    const model = await train(facts, kernel, { signal, onProgress });
    const { timeline, weights } = model;
    model.dispose();
    const score = await scoreRelease(database.queries, modelId, { plan, weights, description });
    await database.transaction(async ({ queries }) => {
      await lease.hold(queries);
      await storePages(queries, modelId, rows, pageSlots);
      await storeOrder(queries, modelId, slotOfRow);
      const made = await queries
        .update(models)
        .set({
          state: "ready",
          plan,
          timeline,
          disclosure: disclosureOf(plan, timeline),
          weights: bytesOfWeights(weights),
          pageSlots,
          progress: null,
          failure: null,
        })
        .where(isAttempt(begun))
        .returning({ version: models.version });
      if (made.length === 0) throw overtaken();
      const { steps } = timeline;
      await queries.insert(releases).values({
        modelId,
        version: (made[0] as { version: number }).version,
        steps,
        unlearnSteps: 0,
        requestCount: 0,
        rowCount: 0,
        noise: noiseOfTraining(plan, steps),
        ...score,
      });
    });
  } finally {
    await rows.close();
  }
}

/** Standard deviation of the noise that training leaves in a weight. */
function noiseOfTraining({ process, noise }: TrainingPlan, steps: number): number {
  if (noise.kind === "on-release") return 0;
  const nothing = { mu: Number.POSITIVE_INFINITY, maxSteps: 0 };
  return stepsWithNoise(process, noise.std, EMPTY_HISTORY, steps, nothing)?.left ?? noise.std;
}

const PROGRESS_MS = 500;

/** Notes how far a training is, for whoever watches: now and then, never waited for, and no harm where it fails. */
function progressKeeper(queries: Queries, begun: Begun): (progress: Progress) => void {
  let next = 0;
  return ({ stepsDone, stepsTotal }) => {
    if (performance.now() < next) return;
    next = performance.now() + PROGRESS_MS;
    queries
      .update(models)
      .set({ progress: stepsDone / stepsTotal })
      .where(isAttempt(begun))
      .catch(() => {});
  };
}

/** A data set's rows in order, as they are stored, those of requests as empty ones. */
function sourceOfPages(queries: Queries, { datasetId, description, claimed }: Begun): RowSource {
  const featureCount = storedWidthOf(description);
  async function* chunks(): AsyncGenerator<RowChunk> {
    let first = 0;
    for await (const { features, labels } of rowPagesOf(queries, datasetId)) {
      for (let row = 0; row < labels.length; row++) {
        if (!claimed.has(first + row)) continue;
        features.fill(0, row * featureCount, (row + 1) * featureCount);
        labels[row] = 0;
      }
      first += labels.length;
      yield { features, labels, subjects: null };
    }
  }
  return { ...description, featureCount, chunks };
}

async function storePages(
  queries: Queries,
  modelId: string,
  rows: RowFiles,
  pageSlots: number,
): Promise<void> {
  await queries.delete(modelPages).where(eq(modelPages.modelId, modelId));
  for (let first = 0; first < rows.slotCount; first += pageSlots) {
    const count = Math.min(pageSlots, rows.slotCount - first);
    const features = new Float32Array(count * rows.featureCount);
    const labels = new Float32Array(count);
    await rows.read(first, features, labels);
    await queries.insert(modelPages).values({
      modelId,
      page: first / pageSlots,
      features: bytesOfFloats(features),
      labels: bytesOfFloats(labels),
    });
  }
}

async function storeOrder(queries: Queries, modelId: string, slotOfRow: Uint32Array): Promise<void> {
  await queries.delete(modelOrder).where(eq(modelOrder.modelId, modelId));
  for (let page = 0; page * ORDER_ROWS < slotOfRow.length; page++) {
    const slots = slotOfRow.slice(page * ORDER_ROWS, (page + 1) * ORDER_ROWS);
    await queries.insert(modelOrder).values({ modelId, page, slots: bytesOfFloats(slots) });
  }
}

/** What would go wrong again: the options or the data do not fit. A full or failing disk, which has a `reason`, may be well tomorrow. */
function isFinal(error: unknown): error is Error {
  const codes = ["E_OPTION", "E_ASSUMPTION", "E_DATA", "E_DOMAIN", "E_INFEASIBLE"];
  const { code = "", details } = error as { code?: string; details?: { reason?: string } };
  return error instanceof Error && codes.includes(code) && details?.reason === undefined;
}

/** The requests that came during the training have nothing to remove from it. */
function fail({ database, lease }: TrainContext, begun: Begun, failure: string): Promise<void> {
  return database.transaction(async ({ queries }) => {
    await lease.hold(queries);
    const failed = await queries
      .update(models)
      .set({ state: "failed", failure, progress: null })
      .where(isAttempt(begun))
      .returning({ id: models.id });
    if (failed.length > 0) await closeTasks(queries, begun.modelId);
  });
}

/** Whoever begins the training again, or deletes the model, raises its version. */
function isAttempt({ modelId, version }: Begun): SQL | undefined {
  return and(eq(models.id, modelId), eq(models.state, "training"), eq(models.version, version));
}

function overtaken(): ExpungeError {
  return new ExpungeError(
    "E_CONFLICT",
    "The model was deleted, or another worker trains it; nothing was changed.",
  );
}
