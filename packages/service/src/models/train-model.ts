import { tmpdir } from "node:os";
import type { Progress, TrainingPlan } from "expunge";
import { type RowChunk, type RowSource, storedRows, withAllNumbers } from "expunge/data";
import {
  createStreamingPlanKernel,
  drawOrder,
  given,
  mappedSource,
  randomBytes,
  requireLimitForAll,
  SubjectIndex,
  sortRows,
  train,
} from "expunge/process";
import { closeGateOfModel } from "../database/dataset-gates.js";
import { heeding } from "../database/ending-at.js";
import { signalOf } from "../database/leases.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { models } from "../database/tables.js";
import { finishing } from "../requests/finish-request.js";
import { mostRowsOfOwner } from "../requests/rows-named.js";
import { rowPagesOf } from "../rows/dataset-pages.js";
import { withoutRows } from "../rows/dataset-rows.js";
import { plannedFrom } from "../rows/planned-facts.js";
import { abandonTraining, type Begun, beginTraining, isAttempt } from "./begin-training.js";
import { closeTasks, holdModel } from "./delete-model.js";
import { finishTraining } from "./finish-training.js";
import { planTraining } from "./planner.js";
import { dropCheckpoint } from "./training-checkpoint.js";
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
  // A few seconds after the worker was told to end.
  const endingSoon = heeding(context);
  for (;;) {
    const start = performance.now();
    const begun = await beginTraining(endingAtOnce(context), modelId);
    if (begun === null) return;
    try {
      return await trainIn(context.scratch ?? tmpdir(), { ...context, patienceMs }, begun);
    } catch (error) {
      if (error instanceof BeginAnew) {
        await abandonTraining(endingSoon, modelId);
        // Or requests that are always due at once would have it begin for ever, and others' trainings wait.
        patienceMs = 2 * Math.max(patienceMs, performance.now() - start);
      } else if (isFinal(error)) return fail(endingSoon, begun, error.message);
      else throw error;
    }
  }
}

/** As soon as the worker is told to end: until steps have run there is nothing to save. */
const endingAtOnce = (context: TrainContext): TrainContext =>
  heeding({ ...context, ...given({ signal: context.stopping }) });

/** Whose turn planning takes where a worker asks. */
const TRAININGS = "trainings";

/** As the checkpoint has them, or drawn now. */
async function planAndOrder(
  context: TrainContext,
  { checkpoint, datasetId, description, options, leftOut }: Begun,
): Promise<{ readonly plan: TrainingPlan; readonly orderOf: () => Uint32Array }> {
  if (checkpoint) return { plan: checkpoint.plan, orderOf: () => checkpoint.slotOfRow };
  const { database } = context;
  const facts = await plannedFrom(database, datasetId, description, options, { leftOut });
  const plan = await planTraining(TRAININGS, facts, options, signalOf(context));
  // Rows may have come since the model was asked for.
  if (plan.limit !== null) {
    const taken = { rowCount: description.rowCount, leftOut };
    const most = await readLarge(database, (queries) => mostRowsOfOwner(queries, datasetId, taken));
    requireLimitForAll(plan, most);
  }
  return { plan, orderOf: () => drawOrder(plan) };
}

async function trainIn(directory: string, context: TrainContext, begun: Begun): Promise<void> {
  const { database, lease, signal, memoryLimit = 2 ** 28 } = context;
  const { description, checkpoint } = begun;
  const early = endingAtOnce(context);
  const { plan, orderOf } = await planAndOrder(early, begun);
  const slotCount = plan.process.batchCount * plan.process.batchSize;
  const { slotOfRow, rows } = await sortRows(sourceOfPages(early.database, begun, plan), {
    directory,
    memoryLimit,
    storageOf: () => plan.sparse,
    orderOf,
    slotCountOf: () => slotCount,
    signal: signalOf(early),
  });
  try {
    const kernel = await createStreamingPlanKernel(plan, rows, {});
    // The owners stay where they are, in the database.
    const index = SubjectIndex.fromOwners(randomBytes(32), null);
    const facts = { plan, facts: description, slotOfRow, index };
    const onProgress = progressKeeper(database.queries, begun);
    const watched = watchTraining(context, begun, { plan, slotOfRow });
    const model = await train(facts, kernel, {
      signal: lease.signal,
      onProgress,
      onSlice: watched.onSlice,
      from: checkpoint ?? undefined,
    });
    model.dispose();
    await finishTraining(heeding(context), begun, { slotOfRow, rows, state: model.state }).catch(
      async (error: unknown) => {
        if (signal?.aborted) await watched.saveLast();
        throw error;
      },
    );
  } finally {
    await rows.close();
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
