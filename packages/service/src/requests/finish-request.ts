import { and, eq, ne } from "drizzle-orm";
import type { DataDescription } from "expunge";
import { NOW } from "../database/clock.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, SqlExecutor, Transaction } from "../database/open-database.js";
import { largeExecutor } from "../database/read-large.js";
import { inPieces, type Packed, packed, unpacked } from "../database/row-numbers.js";
import { datasets, owners, requests, tasks } from "../database/tables.js";
import { type DatasetShape, shapeOfDataset } from "../rows/dataset-rows.js";
import { Erasure, NotPrepared } from "../rows/erasure.js";
import { discardObjects } from "../rows/sweep-objects.js";

/** Requests that a transaction is about to finish. */
export interface Expected {
  readonly dataset: DatasetShape;
  readonly requestIds: readonly string[];
  /** Whose tasks for them it will be done with. */
  readonly modelId: string;
}

/** How often a transaction is begun that may write no page itself. After that it may write a few: others who write the same pages all the time cannot keep it from ending. */
const MOST_BEGUN = 2;

interface Finishing {
  /** What is likely to be erased: written before the transaction begins. What else it erases it writes itself where that is little: beginning again takes longer. */
  readonly expected?: Expected;
  readonly signal?: AbortSignal;
  /** Whether pages are written for it; default true. */
  readonly mayPrepare?: boolean;
}

/**
 * Runs a transaction that may finish requests. The pages of their rows are written before it: those that are expected at once, and more where it turns out
 * to need many, after which it is run again. What it does not make count is removed.
 *
 * @throws NotPrepared where any are to be written and may not be
 */
export async function finishing<T>(
  database: Database,
  use: (transaction: Transaction, erasure: Erasure) => Promise<T>,
  { expected, signal, mayPrepare = true }: Finishing = {},
): Promise<T> {
  const erasure = expected ? new Erasure() : new Erasure(0);
  try {
    if (expected) {
      const { dataset, requestIds, modelId } = expected;
      const rows = await claimedBy(largeExecutor(database), dataset.id, requestIds, modelId);
      await erasure.prepare(database, dataset, rows, signal);
    }
    for (let begun = 1; ; begun++) {
      if (mayPrepare && begun > MOST_BEGUN) erasure.allowWithin();
      erasure.begin();
      try {
        return await database.transaction((transaction) => use(transaction, erasure), "large");
      } catch (error) {
        erasure.begin();
        if (!(error instanceof NotPrepared && mayPrepare)) throw error;
        await erasure.prepare(database, error.dataset, error.rows, signal);
      }
    }
  } finally {
    await discardObjects(database, erasure.leftovers());
  }
}

/**
 * Rows that some requests have claimed.
 *
 * @param modelId only of those requests for which no other model has anything left to do; default all
 */
async function claimedBy(
  { executeSql }: SqlExecutor,
  datasetId: string,
  requestIds: readonly string[],
  modelId?: string,
): Promise<Uint32Array> {
  const others = modelId === undefined ? "" : UNLESS_OPEN;
  const { rows } = await executeSql<Packed>(
    `select ${packed('c."row"')} from claimed_rows c where c.dataset_id = $1
       and c.request_id = any(array(select value::uuid from json_array_elements_text($2::json))) ${others} group by 1`,
    [datasetId, JSON.stringify(requestIds), ...(modelId === undefined ? [] : [modelId])],
  );
  return unpacked(rows);
}

const UNLESS_OPEN = `and not exists (
  select from tasks t where t.request_id = c.request_id and t.model_id <> $3 and t.state <> 'done'
)`;

/**
 * Of some requests, erases the rows of those for which no model has anything left to do from their data set, and marks them as
 * completed. Rows of one page go together: a page is written once.
 *
 * @throws NotPrepared where many pages are to be written, which `finishing` sees to
 */
export async function finishRequests(
  transaction: Transaction,
  requestIds: readonly string[],
  erasure: Erasure,
): Promise<void> {
  const { queries } = transaction;
  const ids = [...requestIds].sort();
  if (ids.length === 0) return;
  // In one order: of two models that finish at once the later one must see the other's tasks done. Each of them holds their keys already, for its certificate.
  const found = await queries
    .select({ id: requests.id, datasetId: requests.datasetId, state: requests.state })
    .from(requests)
    .where(isOneOf(requests.id, ids, "uuid"))
    .orderBy(requests.id)
    .for("no key update");
  const open = await queries
    .selectDistinct({ id: tasks.requestId })
    .from(tasks)
    .where(and(isOneOf(tasks.requestId, ids, "uuid"), ne(tasks.state, "done")));
  const isOpen = new Set(open.map(({ id }) => id));
  const finished = found.filter(({ id, state }) => state !== "completed" && !isOpen.has(id));
  for (const datasetId of new Set(finished.map((request) => request.datasetId))) {
    const own = finished.filter((request) => request.datasetId === datasetId).map(({ id }) => id);
    await eraseClaimed(transaction, datasetId, own, erasure);
  }
  if (finished.length === 0) return;
  await queries
    .update(requests)
    // A model in which it failed may have been deleted since.
    .set({ state: "completed", failure: null, completedAt: NOW })
    .where(
      isOneOf(
        requests.id,
        finished.map(({ id }) => id),
        "uuid",
      ),
    );
}

async function eraseClaimed(
  transaction: Transaction,
  datasetId: string,
  requestIds: readonly string[],
  erasure: Erasure,
): Promise<void> {
  const { queries, executor } = transaction;
  const rows = await claimedBy(executor, datasetId, requestIds);
  const [dataset] = await queries.select().from(datasets).where(eq(datasets.id, datasetId));
  if (!dataset || rows.length === 0) return;
  const shape = shapeOfDataset(datasetId, dataset.description as DataDescription, dataset);
  await erasure.erase(transaction, shape, rows);
  for (const some of inPieces(rows))
    await queries
      .delete(owners)
      .where(and(eq(owners.datasetId, datasetId), isOneOf(owners.row, some, "integer")));
}

/** Requests that failed in a model that is gone, or holds nothing of them any more, are open again where they failed in no other. */
export async function reopenRequests(
  { executeSql }: SqlExecutor,
  requestIds: readonly string[],
): Promise<void> {
  await executeSql(`${REOPEN} and id = any($1::uuid[])`, [`{${requestIds.join()}}`]);
}

/** As running ones: some of their models may be done with them, so that they cannot be taken back. */
export const REOPEN = `
update requests set state = 'running', failure = null where state = 'failed'
  and not exists (select from tasks where request_id = requests.id and state = 'failed')`;

/** Lets go of the rows of requests that were taken back, in the order in which others lock them. */
export async function releaseClaims(
  { executeSql }: SqlExecutor,
  requestIds: readonly string[],
): Promise<void> {
  await executeSql(RELEASE, [`{${requestIds.join()}}`]);
}

const RELEASE = `
with held as (
  select dataset_id, "row", request_id from claimed_rows where request_id = any($1::uuid[]) order by dataset_id, "row", request_id for update
)
delete from claimed_rows using held
where claimed_rows.dataset_id = held.dataset_id and claimed_rows."row" = held."row" and claimed_rows.request_id = held.request_id`;
