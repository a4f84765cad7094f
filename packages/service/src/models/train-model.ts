import { tmpdir } from "node:os";
import { eq } from "drizzle-orm";
import { ExpungeError, type Progress, type TrainingPlan } from "expunge";
import { type RowChunk, type RowSource, storedRows, withAllNumbers } from "expunge/data";
import {
  createStreamingPlanKernel,
  drawOrder,
  mappedSource,
  planRowWidth,
  type RowFiles,
  randomBytes,
  requireLimitForAll,
  SubjectIndex,
  sortRows,
  train,
} from "expunge/process";
import { closeGateOfModel } from "../database/dataset-gates.js";
import { insertJson } from "../database/insert-json.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { inPieces, type RowSet } from "../database/row-numbers.js";
import { joinedRows, models, releases, returnedRows } from "../database/tables.js";
import { finishing } from "../requests/finish-request.js";
import { mostRowsOfOwner } from "../requests/rows-named.js";
import { claimedOf, rowPagesOf } from "../rows/dataset-pages.js";
import { withoutRows } from "../rows/dataset-rows.js";
import { NO_SLOT, orderOfModel } from "../rows/model-order.js";
import { bytesOfRows } from "../rows/page-bytes.js";
import { pagesOfModel, rowsPerPage } from "../rows/pages.js";
import { plannedFrom } from "../rows/planned-facts.js";
import { type Page, type PlacedPages, putAllPages, replacePages } from "../rows/stored-pages.js";
import { orDiscard } from "../rows/sweep-objects.js";
import { abandonTraining, type Begun, beginTraining, isAttempt } from "./begin-training.js";
import { closeTasks, holdModel } from "./delete-model.js";
import { scoreRelease } from "./evaluate-release.js";
import { judgeRelease } from "./judge-release.js";
import { noiseOfSteps } from "./noise-left.js";
import { planTraining } from "./planner.js";
import { bytesOfWeights, disclosureOf } from "./stored-process.js";
import { dropCheckpoint, putOrder } from "./training-checkpoint.js";
import { BeginAnew, type WatchOptions, watchTraining } from "./watch-training.js";

export interface TrainContext extends WatchOptions {
  /** Where rows are sorted; default the system's temporary directory. */
  readonly scratch?: string;
  /** Bytes that rows may take in memory while they are sorted; default 256 MiB. */
  readonly memoryLimit?: number;
}

/**
 * Trains a model that waits to be trained: sorts its rows into batch order in files that vanish with it, trains, and stores the rows
 * and makes the model ready in one transaction. Safe to repeat: it goes on from the last checkpoint, or replaces what an earlier attempt left,
 * and a model that is trained already is left alone. Rows that a request has claimed before it began are left out.
 *
 * @throws ExpungeError as `fit`; a failure that trying again would not mend is noted in the model, not thrown
 */
export async function trainModel(context: TrainContext, modelId: string): Promise<void> {
  let patienceMs = 0;
  for (;;) {
    const start = performance.now();
    const begun = await beginTraining(context, modelId);
    if (begun === null) return;
    try {
      return await trainIn(context.scratch ?? tmpdir(), { ...context, patienceMs }, begun);
    } catch (error) {
      if (error instanceof BeginAnew) {
        await abandonTraining(context, modelId);
        // Or requests that are always due at once would have it begin for ever, and others' trainings wait.
        patienceMs = 2 * Math.max(patienceMs, performance.now() - start);
      } else if (isFinal(error)) return fail(context, begun, error.message);
      else throw error;
    }
  }
}

/** Whose turn planning takes where a worker asks. */
const TRAININGS = "trainings";

/** As the checkpoint has them, or drawn now. */
async function planAndOrder(
  database: Database,
  { checkpoint, datasetId, description, options, leftOut }: Begun,
): Promise<{ readonly plan: TrainingPlan; readonly orderOf: () => Uint32Array }> {
  if (checkpoint) return { plan: checkpoint.plan, orderOf: () => checkpoint.slotOfRow };
  const plan = await planTraining(
    TRAININGS,
    await plannedFrom(database, datasetId, description, options, { leftOut }),
    options,
  );
  // Rows may have come since the model was asked for.
  if (plan.limit !== null) {
    const taken = { rowCount: description.rowCount, leftOut };
    const most = await readLarge(database, (queries) => mostRowsOfOwner(queries, datasetId, taken));
    requireLimitForAll(plan, most);
  }
  return { plan, orderOf: () => drawOrder(plan) };
}

async function trainIn(directory: string, context: TrainContext, begun: Begun): Promise<void> {
  const { database, lease, stopping, memoryLimit = 2 ** 28 } = context;
  const { description, modelId, checkpoint, leftOut } = begun;
  const { plan, orderOf } = await planAndOrder(database, begun);
  const slotCount = plan.process.batchCount * plan.process.batchSize;
  const { slotOfRow, rows } = await sortRows(sourceOfPages(database, begun, plan), {
    directory,
    memoryLimit,
    storageOf: () => plan.sparse,
    orderOf,
    slotCountOf: () => slotCount,
    // There is nothing to save yet.
    signal: stopping ? AbortSignal.any([lease.signal, stopping]) : lease.signal,
  });
  try {
    const pageSlots = rowsPerPage(planRowWidth(plan));
    const kernel = await createStreamingPlanKernel(plan, rows, {});
    // The owners stay where they are, in the database.
    const index = SubjectIndex.fromOwners(randomBytes(32), null);
    const facts = { plan, facts: description, slotOfRow, index };
    const onProgress = progressKeeper(database.queries, begun);
    const model = await train(facts, kernel, {
      signal: lease.signal,
      onProgress,
      onSlice: watchTraining(context, begun, { plan, slotOfRow }),
      from: checkpoint ?? undefined,
    });
    const { timeline, weights } = model;
    model.dispose();
    const score = await scoreRelease(database, modelId, { plan, weights, description });
    const own = { standing: model.state, weights, description, source: rows, changed: null };
    const judgement = await judgeRelease(score, plan, () => ({ ...own, slotCount, pageSlots }));
    const of = pagesOfModel(modelId);
    const pages = await putAllPages(database.objects, of, pagesOfFiles(rows, pageSlots));
    const finish = async (order: readonly PlacedPages[], { queries, executor }: Transaction) => {
      await lease.hold(queries);
      const made = await queries
        .update(models)
        .set({
          state: "ready",
          plan,
          timeline,
          disclosure: disclosureOf(plan, timeline),
          weights: bytesOfWeights(weights),
          judgement,
          pageSlots,
          rowCount: description.rowCount,
          settledCount: 0,
          progress: null,
          failure: null,
        })
        .where(isAttempt(begun))
        .returning({ version: models.version });
      if (made.length === 0) throw overtaken();
      await replacePages(executor, of, pages);
      await replacePages(executor, orderOfModel(modelId), order);
      await dropCheckpoint(queries, modelId);
      await noteRows({ queries, executor }, begun);
      const { steps } = timeline;
      await queries.insert(releases).values({
        modelId,
        version: (made[0] as { version: number }).version,
        steps,
        kind: "training",
        unlearnSteps: 0,
        requestCount: 0,
        rowCount: 0,
        joinedCount: description.rowCount - leftOut.size,
        noise: noiseOfSteps(plan, steps),
        ...score,
      });
    };
    await orDiscard(database, pages, async () => {
      const order = await putOrder(database.objects, modelId, orderWithout(slotOfRow, leftOut));
      await orDiscard(database, order, () =>
        database.transaction((transaction) => finish(order, transaction), "large"),
      );
    });
  } finally {
    await rows.close();
  }
}

/** None has joined yet, and those that were left out for a request that has been taken back meanwhile wait. Once the model is held, as it is by who takes one back. */
async function noteRows(
  { queries, executor }: Pick<Transaction, "queries" | "executor">,
  { modelId, datasetId, leftOut }: Begun,
): Promise<void> {
  await queries.delete(joinedRows).where(eq(joinedRows.modelId, modelId));
  await queries.delete(returnedRows).where(eq(returnedRows.modelId, modelId));
  if (leftOut.size === 0) return;
  const claimed = await claimedOf(queries, datasetId);
  for (const some of inPieces(leftOut)) {
    const returned = some.filter((row) => !claimed.has(row)).map((row) => ({ modelId, row }));
    await insertJson(executor, returnedRows, returned);
  }
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

/** Whoever names a row that was left out is told that the model never had it; its slot is free. */
function orderWithout(slotOfRow: Uint32Array, leftOut: RowSet): Uint32Array {
  const order = Uint32Array.from(slotOfRow);
  for (const row of leftOut) order[row] = NO_SLOT;
  return order;
}

/** A data set's rows in order, as the process sees them; those of requests as empty ones. */
function sourceOfPages(
  transaction: Transaction,
  { description, shape, leftOut }: Begun,
  { features }: TrainingPlan,
): RowSource {
  async function* chunks(): AsyncGenerator<RowChunk> {
    let first = 0;
    for await (const rows of rowPagesOf(transaction, shape, description.rowCount)) {
      const start = first;
      yield { ...withoutRows(shape, rows, (row) => leftOut.has(start + row)), subjects: null };
      first += rows.labels.length;
    }
  }
  const source = { ...description, ...(shape.isSparse ? { isSparse: true } : {}), chunks };
  if (features === undefined) return storedRows(source);
  return mappedSource(storedRows(withAllNumbers(source)), features, () => features);
}

async function* pagesOfFiles(rows: RowFiles, pageSlots: number): AsyncGenerator<Page> {
  for (let first = 0; first < rows.slotCount; first += pageSlots) {
    const count = Math.min(pageSlots, rows.slotCount - first);
    const features = new Float32Array(count * rows.featureCount);
    const labels = new Float32Array(count);
    await rows.read(first, features, labels);
    yield { page: first / pageSlots, bytes: bytesOfRows({ features, labels }) };
  }
}

/** What would go wrong again: the options or the data do not fit. A full or failing disk, or a plan that took too long, which have a `reason`, may be well tomorrow. */
function isFinal(error: unknown): error is Error {
  const codes = ["E_OPTION", "E_ASSUMPTION", "E_DATA", "E_DOMAIN", "E_INFEASIBLE"];
  const { code = "", details } = error as { code?: string; details?: { reason?: string } };
  return error instanceof Error && codes.includes(code) && details?.reason === undefined;
}

/** The requests that came during the training have nothing to remove from it. */
function fail({ database, lease }: TrainContext, begun: Begun, failure: string): Promise<void> {
  return finishing(database, async (transaction, erasure) => {
    const { queries } = transaction;
    await lease.hold(queries);
    await closeGateOfModel(transaction.executor, null, begun.modelId);
    await holdModel(queries, isAttempt(begun));
    const failed = await queries
      .update(models)
      .set({ state: "failed", failure, progress: null })
      .where(isAttempt(begun))
      .returning({ id: models.id });
    if (failed.length === 0) return;
    await dropCheckpoint(queries, begun.modelId);
    await closeTasks(transaction, begun.modelId, erasure);
  });
}

function overtaken(): ExpungeError {
  return new ExpungeError(
    "E_CONFLICT",
    "The model was deleted, or another worker trains it; nothing was changed.",
  );
}
