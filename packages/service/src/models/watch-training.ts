import { ExpungeError, type TrainingPlan } from "expunge";
import type { StepsReached } from "expunge/process";
import { databaseEndingAt } from "../database/ending-at.js";
import type { Lease } from "../database/leases.js";
import type { Database, Transaction } from "../database/open-database.js";
import { models } from "../database/tables.js";
import { discardObjects, orDiscard } from "../rows/sweep-objects.js";
import { type Begun, isAnyDue, isAttempt } from "./begin-training.js";
import { putOrder, saveCheckpoint } from "./training-checkpoint.js";

/** What a training heeds while it runs. */
export interface WatchOptions {
  readonly database: Database;
  readonly lease: Lease;
  /** Aborted when the worker is to end: a training then saves a checkpoint and ends. */
  readonly stopping?: AbortSignal;
  /** Aborted a few seconds later: a training whose steps have run ends too, with nothing stored but the checkpoint before its last step. */
  readonly signal?: AbortSignal;
  /** Awaited between steps: trainings let deletions go first. */
  readonly giveWay?: () => Promise<void>;
  /** How often a checkpoint is saved, in ms; default 60,000. */
  readonly checkpointMs?: number;
  /** How long it runs at least before it begins anew, in ms; default 0. */
  readonly patienceMs?: number;
}

/** Thrown where a training must begin anew without the rows of requests that cannot wait for its end. */
export class BeginAnew extends Error {}

const CHECKPOINT_MS = 60_000;
/** How long the last checkpoint of a worker that is to end may take to be written. Without it the steps since the checkpoint before, or since the beginning, are run again: about a minute of them, as a rule. */
const LAST_MS = 5000;
export const LOOK_MS = 10_000;
/** By how much a training may take longer than it seems. */
export const SAFETY = 2;
export const MARGIN_MS = 60_000;

/** A training that is watched. */
export interface WatchedTraining {
  /** What is done between its steps. */
  onSlice(reached: StepsReached): Promise<void>;
  /** Saves a checkpoint before the last step, where that has been reached: what came after it is thrown away, and nobody has seen it. */
  saveLast(): Promise<void>;
}

/** Nothing of a checkpoint is ever shown; whoever was overtaken saves none. */
export function watchTraining(
  { database, lease, stopping, giveWay, checkpointMs = CHECKPOINT_MS, patienceMs = 0 }: WatchOptions,
  begun: Begun,
  { plan, slotOfRow }: { readonly plan: TrainingPlan; readonly slotOfRow: Uint32Array },
): WatchedTraining {
  const { modelId, leftOut } = begun;
  const total = plan.epochs * plan.process.batchCount;
  const first = begun.checkpoint?.stepsDone ?? 0;
  const start = performance.now();
  const lookMs = Math.min(LOOK_MS, checkpointMs);
  let saveAt = start + checkpointMs;
  let lookAt = start + Math.max(lookMs, patienceMs);

  let last: StepsReached | null = null;
  let hasOrder = begun.checkpoint !== null;
  const saveIn = async (database: Database, reached: StepsReached): Promise<void> => {
    const order = hasOrder ? null : await putOrder(database.objects, modelId, slotOfRow);
    const store = async (transaction: Transaction): Promise<boolean> => {
      const { queries } = transaction;
      await lease.hold(queries);
      const own = await queries.select({ id: models.id }).from(models).where(isAttempt(begun)).for("share");
      if (own.length === 0) throw new ExpungeError("E_CONFLICT", "The model was deleted meanwhile.");
      return saveCheckpoint(transaction, modelId, { plan, leftOut, ...reached }, order);
    };
    const written = order ?? [];
    const isPlaced = await orDiscard(database, written, () => database.transaction(store, "large"));
    // The one before it counted, though its outcome was not heard of.
    if (!isPlaced)
      await discardObjects(
        database,
        written.map(({ objectId }) => objectId),
      );
    hasOrder = true;
  };

  const saveAtEnd = (reached: StepsReached): Promise<void> =>
    saveIn(databaseEndingAt(database, AbortSignal.timeout(LAST_MS)), reached);

  const look = async (stepsDone: number): Promise<void> => {
    const leftMs = ((performance.now() - start) / (stepsDone - first)) * (total - stepsDone);
    if (await isAnyDue(database.queries, modelId, SAFETY * leftMs + MARGIN_MS)) throw new BeginAnew();
  };

  const onSlice = async (reached: StepsReached): Promise<void> => {
    if (stopping?.aborted) {
      await saveAtEnd(reached);
      throw new ExpungeError("E_ABORTED", "The worker is to end; the training goes on from its checkpoint.");
    }
    await giveWay?.();
    const now = performance.now();
    if (now >= lookAt) {
      lookAt = now + lookMs;
      await look(reached.stepsDone).catch(unlessAway);
    }
    if (now < saveAt) return;
    saveAt = now + checkpointMs;
    await saveIn(database, reached).catch(unlessAway);
  };

  return {
    async onSlice(reached) {
      const { stepsDone, weights } = reached;
      if (stepsDone === total - 1) last = { stepsDone, weights: Float64Array.from(weights) };
      await onSlice(reached);
    },
    async saveLast() {
      if (last !== null) await saveAtEnd(last);
    },
  };
}

/** A database that is away for a while ends no training. */
function unlessAway(error: unknown): void {
  if (error instanceof BeginAnew || error instanceof ExpungeError) throw error;
}
