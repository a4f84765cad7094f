import { and, eq, gte, sql } from "drizzle-orm";
import { storedWidthOf } from "expunge/data";
import { type Room, roomFor } from "expunge/process";
import type { Queries, Transaction } from "../database/open-database.js";
import { claimedRows, correctedRows, datasets, requests } from "../database/tables.js";
import { NO_SLOT, readOrder } from "../rows/model-order.js";
import { forgottenRows } from "./forgotten-rows.js";
import type { StoredProcess } from "./stored-process.js";

/** Numbers of the rows that one lesson takes, which it holds several times over: 64 MiB each time. */
const MAX_NUMBERS = 2 ** 24;
/** However narrow rows are: there is something to keep of each. */
const MAX_LEARNED = 2 ** 18;

/** Rows that a lesson looks at, and those of them that join. */
export interface Newcomers {
  readonly rows: readonly number[];
  /** Rows that the data set had when the lesson began. */
  readonly rowCount: number;
  /** Rows up to the first that may still join: another lesson looks at that one again. */
  readonly lookedAt: number;
  /** Whether more rows wait than one lesson takes. */
  readonly isMore: boolean;
  readonly room: Room;
}

function mostOf({ featureCount, description }: StoredProcess, maxLearned = MAX_LEARNED): number {
  const width = Math.max(featureCount, storedWidthOf(description)) + 1;
  return Math.max(1, Math.min(maxLearned, Math.floor(MAX_NUMBERS / width)));
}

/**
 * Rows behind those that the model has looked at, the first so many. Those that a request has claimed stay out, and what is to take the place of a row that
 * the model has: should the model never forget that one for the correction, a later lesson may find its successor free.
 *
 * @param maxLearned so many at the most; default 262,144, or fewer where they are wide
 */
export async function findNewcomers(
  transaction: Transaction,
  process: StoredProcess,
  maxLearned?: number,
): Promise<Newcomers> {
  const most = mostOf(process, maxLearned);
  const { queries } = transaction;
  const { modelId, datasetId } = process;
  const [dataset] = await queries
    .select({ rowCount: sql<number>`(${datasets.description} ->> 'rowCount')::int` })
    .from(datasets)
    .where(eq(datasets.id, datasetId));
  const rowCount = dataset?.rowCount ?? 0;
  const { claimed, firstUndecided } = await claimsBehind(queries, process);
  const forgotten = await forgottenRows(queries, process);
  const slotOfRow = await readOrder(transaction, modelId);
  const isIn = (row: number): boolean => (slotOfRow[row] ?? NO_SLOT) !== NO_SLOT;
  const corrected = await queries
    .select({ row: correctedRows.row, successor: correctedRows.successor })
    .from(correctedRows)
    .where(eq(correctedRows.datasetId, datasetId));
  const tied = new Set(
    corrected.filter(({ row }) => isIn(row) && !forgotten.has(row)).map(({ successor }) => successor),
  );
  const rows: number[] = [];
  let lookedAt = Math.min(rowCount, firstUndecided ?? rowCount);
  let isMore = false;
  for (let row = process.rowCount; row < rowCount && !isMore; row++) {
    if (isIn(row) || claimed.has(row)) continue;
    isMore = !tied.has(row) && rows.length === most;
    if (isMore || tied.has(row)) lookedAt = Math.min(lookedAt, row);
    else rows.push(row);
  }
  const room = roomFor(
    { ...process, slotOfRow, forgotten: { hasRow: (row) => forgotten.has(row) } },
    rows.length,
  );
  return { rows, rowCount, lookedAt, isMore, room };
}

interface Claims {
  readonly claimed: ReadonlySet<number>;
  /** The first of them whose request nobody has begun to serve. */
  readonly firstUndecided: number | undefined;
}

/** Rows behind those that a model has looked at that requests have claimed. */
async function claimsBehind(queries: Queries, { datasetId, rowCount }: StoredProcess): Promise<Claims> {
  const found = await queries
    .select({ row: claimedRows.row, state: requests.state })
    .from(claimedRows)
    .innerJoin(requests, eq(requests.id, claimedRows.requestId))
    .where(and(eq(claimedRows.datasetId, datasetId), gte(claimedRows.row, rowCount)))
    .orderBy(claimedRows.row);
  return {
    claimed: new Set(found.map(({ row }) => row)),
    firstUndecided: found.find(({ state }) => state === "accepted")?.row,
  };
}
