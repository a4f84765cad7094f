import { eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type ModelState, planRowWidth, type RowFiles } from "expunge/process";
import { insertJson } from "../database/insert-json.js";
import type { Transaction } from "../database/open-database.js";
import { inPieces, type RowSet } from "../database/row-numbers.js";
import type { StoredJudgement } from "../database/stored-judgement.js";
import { joinedRows, models, releases, returnedRows } from "../database/tables.js";
import { claimedOf } from "../rows/dataset-pages.js";
import { NO_SLOT, orderOfModel } from "../rows/model-order.js";
import { bytesOfRows } from "../rows/page-bytes.js";
import { pagesOfModel, rowsPerPage } from "../rows/pages.js";
import { type Page, type PlacedPages, putAllPages, replacePages } from "../rows/stored-pages.js";
import { orDiscard } from "../rows/sweep-objects.js";
import { type Begun, isAttempt } from "./begin-training.js";
import { type Score, scoreRelease } from "./evaluate-release.js";
import { judgeRelease } from "./judge-release.js";
import { noiseOfSteps } from "./noise-left.js";
import { bytesOfWeights, disclosureOf } from "./stored-process.js";
import { dropCheckpoint, putOrder } from "./training-checkpoint.js";
import type { WatchOptions } from "./watch-training.js";

/** A training that has run. */
export interface Trained {
  readonly state: ModelState;
  readonly slotOfRow: Uint32Array;
  /** By slot. */
  readonly rows: RowFiles;
}

type Context = Pick<WatchOptions, "database" | "lease">;

/**
 * Stores the rows of a model in training order and makes it ready, in one transaction.
 *
 * @throws ExpungeError E_CONFLICT where the model was deleted or another worker trains it; E_ABORTED where the database is one for work that is told to end
 */
export async function finishTraining(
  { database, lease }: Context,
  begun: Begun,
  { state, slotOfRow, rows }: Trained,
): Promise<void> {
  const { description, modelId, leftOut } = begun;
  const { plan, weights } = state;
  const pageSlots = rowsPerPage(planRowWidth(plan));
  const score = await scoreRelease(database, modelId, { plan, weights, description });
  const { slotCount } = rows;
  const own = { standing: state, weights, description, source: rows, changed: null };
  const judgement = await judgeRelease(score, plan, () => ({ ...own, slotCount, pageSlots }));
  const pages = await putAllPages(database.objects, pagesOfModel(modelId), pagesOfFiles(rows, pageSlots));
  await orDiscard(database, pages, async () => {
    const order = await putOrder(database.objects, modelId, orderWithout(slotOfRow, leftOut));
    const made = { state, score, judgement, pageSlots, pages, order };
    await orDiscard(database, order, () =>
      database.transaction(async (transaction) => {
        await lease.hold(transaction.queries);
        await store(transaction, begun, made);
      }, "large"),
    );
  });
}

/** What is stored of it. */
interface Made {
  readonly state: ModelState;
  readonly score: Score;
  readonly judgement: StoredJudgement | null;
  readonly pageSlots: number;
  /** Already written, as the order. */
  readonly pages: readonly PlacedPages[];
  readonly order: readonly PlacedPages[];
}

async function store(
  { queries, executor }: Transaction,
  begun: Begun,
  { state: { plan, timeline, weights }, score, judgement, pageSlots, pages, order }: Made,
): Promise<void> {
  const { modelId, description, leftOut } = begun;
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
  await replacePages(executor, pagesOfModel(modelId), pages);
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

/** Whoever names a row that was left out is told that the model never had it; its slot is free. */
function orderWithout(slotOfRow: Uint32Array, leftOut: RowSet): Uint32Array {
  const order = Uint32Array.from(slotOfRow);
  for (const row of leftOut) order[row] = NO_SLOT;
  return order;
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

function overtaken(): ExpungeError {
  return new ExpungeError(
    "E_CONFLICT",
    "The model was deleted, or another worker trains it; nothing was changed.",
  );
}
