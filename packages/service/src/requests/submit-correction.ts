import { MAX_CORRECTED } from "@expunge/client/schemas";
import { and, eq, inArray } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { RowSource } from "expunge/data";
import { requireRoom } from "../accounts/quotas.js";
import { hexOf } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Queries, SqlExecutor, Transaction } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { correctedRows, models, owners, requests } from "../database/tables.js";
import {
  type Append,
  appending,
  describedDataset,
  type GrowingDataset,
  holdDataset,
} from "../datasets/add-rows.js";
import { type RowsToCome, rowsToCome } from "../datasets/rows-to-come.js";
import type { Erasure } from "../rows/erasure.js";
import { requireCorrectable } from "./adaptive-models.js";
import type { DeletionRequest } from "./deletion-request.js";
import { requireShape } from "./deletion-request.js";
import { type Draft, draftRequests, isDraft } from "./draft-requests.js";
import { finishing } from "./finish-request.js";
import type { AcceptedRequest } from "./request-views.js";
import { requireSpace } from "./require-space.js";
import type { NamedOwner } from "./rows-named.js";
import { storeRequests } from "./store-requests.js";
import { answersOf } from "./submit-requests.js";

/** Rows to correct, and what to. */
export interface CorrectionRequest
  extends Pick<DeletionRequest, "datasetId" | "idempotencyKey" | "dueAt" | "reference"> {
  /** Numbers of the rows, from 0, each once, in the order of `to`; left out, each row of `to` says by its owner whose only row it is. */
  readonly rows?: readonly number[];
  /** Whole rows, read as the data set's were. */
  readonly to: RowSource;
}

/**
 * Takes a correction in: the new rows are in the data set, those that they replace are claimed, and every model that has these gets a task. It is a request like a
 * deletion: old values are erased and certified as deleted ones are, and the new ones take their slots by the same steps.
 *
 * @throws ExpungeError as `submitAll`; E_DATA for rows that do not fit; E_OPTION for more than a model has room for at once; E_CONFLICT where a row is named by an open request, or gone, or a model of
 *         the data set is for adaptive requesters
 */
export async function submitCorrection(
  database: Database,
  queue: Queue,
  tenantId: string,
  correction: CorrectionRequest,
): Promise<AcceptedRequest> {
  try {
    return await submitRead(database, queue, tenantId, await readCorrection(database, tenantId, correction));
  } catch (error) {
    const isGone = error instanceof ExpungeError && error.code === "E_NOT_FOUND";
    const earlier = isGone ? await rememberedOf(database, tenantId, correction) : null;
    if (earlier === null) throw error;
    return earlier;
  }
}

/** A correction that was taken in under its key before its data set was deleted. */
async function rememberedOf(
  database: Database,
  tenantId: string,
  { datasetId, idempotencyKey }: CorrectionRequest,
): Promise<AcceptedRequest | null> {
  if (idempotencyKey === undefined) return null;
  return database.transaction(async (transaction) => {
    const asked = { tenantId, request: { datasetId, idempotencyKey, rows: [] } };
    const [draft] = await draftRequests(transaction.executor, [asked]);
    if (draft === undefined || draft instanceof ExpungeError || isDraft(draft)) return null;
    const [answer] = await answersOf(transaction, [{ ...draft, unknown: null, view: null }]);
    return answer as AcceptedRequest;
  });
}

async function submitRead(
  database: Database,
  queue: Queue,
  tenantId: string,
  { request, rows }: ReadCorrection,
): Promise<AcceptedRequest> {
  const submit = async (
    transaction: Transaction,
    erasure: Erasure,
    append: Append,
  ): Promise<AcceptedRequest> => {
    const dataset = await holdDataset(transaction, tenantId, request.datasetId);
    const [draft] = await draftRequests(transaction.executor, [{ tenantId, request }]);
    if (draft === undefined || draft instanceof ExpungeError) throw draft;
    const isNew = isDraft(draft) && !(await isKnown(transaction.queries, tenantId, draft.idempotencyKey));
    if (isNew) await holdModels(transaction.queries, dataset.id);
    if (isNew) await requireCorrectable(transaction.queries, dataset.id);
    if (isNew) await requireSpace(transaction.queries, dataset.id, rows);
    // Before the request is stored: where no model is trained it is carried out at once.
    const replaced = isNew ? await replaceRows(transaction, dataset, draft, rows, append) : [];
    const [stored] = await storeRequests(transaction, queue, [draft], erasure);
    if (stored === undefined || stored instanceof ExpungeError) throw stored;
    const requestId = stored.id;
    await insertJson(
      transaction.executor,
      correctedRows,
      replaced.map((pair) => ({ ...pair, requestId, datasetId: dataset.id })),
    );
    const [answer] = await answersOf(transaction, [stored]);
    return answer as AcceptedRequest;
  };
  return appending(database, { tenantId, datasetId: request.datasetId, rows }, (append) =>
    finishing(database, (transaction, erasure) => submit(transaction, erasure, append)),
  );
}

/** Before any page is: a worker that commits a deletion has its model, and then locks the pages of the rows. */
async function holdModels(queries: Queries, datasetId: string): Promise<void> {
  await queries
    .select({ id: models.id })
    .from(models)
    .where(and(eq(models.datasetId, datasetId), inArray(models.state, ["training", "ready"])))
    .orderBy(models.id)
    .for("share");
}

async function isKnown(queries: Queries, tenantId: string, key: string | null): Promise<boolean> {
  if (key === null) return false;
  const found = await queries
    .select({ id: requests.id })
    .from(requests)
    .where(and(eq(requests.tenantId, tenantId), eq(requests.idempotencyKey, key)));
  return found.length > 0;
}

/** Adds the new rows behind the others. @returns which takes the place of which */
async function replaceRows(
  transaction: Transaction,
  dataset: GrowingDataset,
  { named, request }: Draft,
  rows: RowsToCome,
  append: Append,
): Promise<{ readonly row: number; readonly successor: number }[]> {
  const { queries } = transaction;
  const keys = rows.subjects?.map((subject) => dataset.keyring.ownerOf(subject));
  const meant = request.rows?.map((row) => ({ row })) ?? (keys ?? []).map((owner) => ({ owner }));
  // First: until a correction is completed its owner has both rows, and none of the old one after that.
  await requireFree(transaction.executor, dataset.id, meant);
  if (request.rows) requireOwners(request.rows, await ownersOf(queries, dataset.id, request.rows), keys);
  const old = request.rows ?? onlyRows(named.owners, keys ?? []);
  if (new Set(old).size !== old.length)
    throw new ExpungeError("E_OPTION", "Expected each owner or row once. Nothing was accepted.");
  await requireRoom(transaction, dataset.tenantId, "rows", rows.rowCount);
  const first = await append(transaction, dataset);
  return old.map((row, i) => ({ row, successor: first + i }));
}

/** A row by its number, or all those of an owner. */
type Meant = { readonly row: number } | { readonly owner: string };

/**
 * Of rows that others name nobody knows yet what becomes of them.
 *
 * @param meant by place
 * @throws ExpungeError E_CONFLICT naming the place
 */
async function requireFree(
  { executeSql }: SqlExecutor,
  datasetId: string,
  meant: readonly Meant[],
): Promise<void> {
  const asked = meant.map((one, place) => ({
    ...{ place, dataset_id: datasetId },
    ...("owner" in one ? { owner: `\\x${one.owner}` } : one),
  }));
  const { rows } = await executeSql<{ at: number | null }>(FIRST_TAKEN, [JSON.stringify(asked)]);
  const at = rows[0]?.at ?? null;
  if (at === null) return;
  throw new ExpungeError(
    "E_CONFLICT",
    `to[${at}]: its row is gone, or a request names it that is not completed. Nothing was accepted.`,
    { index: at },
  );
}

/** Rows of one owner: whoever has more than one is refused in any case, and may have millions. */
const MOST_LOOKED_AT = 1000;

const FIRST_TAKEN = `
with asked as (
  select * from json_to_recordset($1::json) as asked(place integer, dataset_id uuid, "row" integer, owner bytea)
), meant as (
  select place, dataset_id, "row" from asked where owner is null
  union all
  select place, dataset_id, o."row" from asked cross join lateral (
    select "row" from owners where dataset_id = asked.dataset_id and owner = asked.owner limit ${MOST_LOOKED_AT}
  ) o
)
select min(place) as at from meant where exists (
  select from claimed_rows c where c.dataset_id = meant.dataset_id and c."row" = meant."row"
) or exists (
  select from corrected_rows k join requests r on r.id = k.request_id
  where k.dataset_id = meant.dataset_id and k.successor = meant."row" and r.state <> 'completed'
)`;

interface ReadCorrection {
  readonly request: DeletionRequest;
  readonly rows: RowsToCome;
}

/** The request for the deletion of what a correction replaces, for a preview. @throws ExpungeError where the correction would be refused for what it is to bring */
export async function readAcceptable(
  database: Pick<Database, "queries">,
  tenantId: string,
  correction: CorrectionRequest,
): Promise<DeletionRequest> {
  const { request, rows } = await readCorrection(database, tenantId, correction);
  await requireCorrectable(database.queries, request.datasetId);
  await requireSpace(database.queries, request.datasetId, rows);
  return request;
}

/** The rows of a correction, and the request for the deletion of what they replace. */
async function readCorrection(
  database: Pick<Database, "queries">,
  tenantId: string,
  { to, rows: named, ...rest }: CorrectionRequest,
): Promise<ReadCorrection> {
  const rows = await rowsToCome(await describedDataset(database.queries, tenantId, rest.datasetId), to);
  if (rows.rowCount > MAX_CORRECTED)
    throw new ExpungeError(
      "E_OPTION",
      `Expected at most ${MAX_CORRECTED} corrected rows, found ${rows.rowCount}.`,
    );
  if (named === undefined && rows.subjects === null)
    throw new ExpungeError("E_OPTION", "Expected rows, their numbers: the data set has no column of owners.");
  if (named !== undefined && named.length !== rows.rowCount)
    throw new ExpungeError(
      "E_OPTION",
      `Expected as many rows as corrected ones, ${rows.rowCount}, found ${named.length}.`,
    );
  const request = { ...rest, ...(named ? { rows: named } : { subjects: rows.subjects! }), correction: rows };
  requireShape(request);
  return { request, rows };
}

/** @throws ExpungeError E_DATA naming the place of a row that belongs to somebody else */
function requireOwners(
  rows: readonly number[],
  ownerOf: ReadonlyMap<number, string>,
  keys: readonly string[] | undefined,
): void {
  const at = rows.findIndex((row, i) => keys !== undefined && ownerOf.get(row) !== keys[i]);
  if (at < 0) return;
  throw new ExpungeError(
    "E_DATA",
    `to[${at}]: expected the owner of row ${rows[at]}, to whom the corrected row belongs. Nothing was accepted.`,
    { index: at },
  );
}

/** The only row of each owner. @throws ExpungeError E_OPTION naming the place */
function onlyRows(owners: readonly NamedOwner[], keys: readonly string[]): number[] {
  const known = new Map(owners.map((one) => [one.owner, one]));
  return keys.map((key, i) => {
    const { rowCount = 0, firstRow = 0 } = known.get(key) ?? {};
    if (rowCount === 1) return firstRow;
    throw new ExpungeError(
      "E_OPTION",
      rowCount === 0
        ? `to[${i}]: its owner's row is gone. Nothing was accepted.`
        : `to[${i}]: expected an owner of one row, found one of ${rowCount}: name rows by their numbers. Nothing was accepted.`,
      { index: i },
    );
  });
}

async function ownersOf(
  queries: Queries,
  datasetId: string,
  rows: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = await queries
    .select({ row: owners.row, owner: owners.owner })
    .from(owners)
    .where(and(eq(owners.datasetId, datasetId), isOneOf(owners.row, rows, "integer")));
  return new Map(found.map(({ row, owner }) => [row, hexOf(owner)]));
}
