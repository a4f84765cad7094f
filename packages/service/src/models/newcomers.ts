import { and, eq, gte, or, type SQL, sql } from "drizzle-orm";
import { storedWidthOf } from "expunge/data";
import { type Room, roomIn, slotCountOf, takeSlots } from "expunge/process";
import { giveWay } from "../database/give-way.js";
import type { Database, Queries } from "../database/open-database.js";
import { largeExecutor, readLarge } from "../database/read-large.js";
import {
  type Numbers,
  type Packed,
  packed,
  type RowSet,
  rowSetOf,
  unpacked,
} from "../database/row-numbers.js";
import { correctedRows, datasets } from "../database/tables.js";
import { NO_SLOT, readOrder } from "../rows/model-order.js";
import { forgottenRows } from "./forgotten-rows.js";
import type { StoredProcess } from "./stored-process.js";

/** Numbers of the rows that one lesson takes, which it holds several times over: 64 MiB each time. */
export const MAX_NUMBERS: number = 2 ** 24;
/** However narrow rows are: there is something to keep of each. */
const MAX_LEARNED = 2 ** 18;

/** Rows that a lesson looks at, and those of them that join. */
export interface Newcomers {
  readonly rows: readonly number[];
  /** Rows that the data set had when the lesson began. */
  readonly rowCount: number;
  /** Rows up to the first that may still join: another lesson looks at that one again. */
  readonly lookedAt: number;
  /** Rows behind those that the model is done with once these have joined. */
  readonly settled: number;
  /** Whether more rows wait than one lesson takes. */
  readonly isMore: boolean;
  /** The others, which stay out. */
  readonly others: RowsThatStay;
  readonly room: Room;
}

/** How many rows wait for a model and do not join by the next lesson. */
export interface RowsThatStay {
  /** Named by requests. */
  readonly claimed: number;
  /** To take the places of rows that the model has, by corrections that it has not carried out. */
  readonly awaited: number;
  /** More than one lesson takes: the next one's. */
  readonly later: number;
}

function mostOf(
  { featureCount, description, pageForm }: StoredProcess,
  maxLearned: number = MAX_LEARNED,
): number {
  // Sparse rows are no longer in pages than in slots.
  const width = Math.max(featureCount, pageForm === "sparse" ? 0 : storedWidthOf(description)) + 1;
  return Math.max(1, Math.min(maxLearned, Math.floor(MAX_NUMBERS / width)));
}

/**
 * Rows that its training left out and that may be learned after all, and rows behind those that the model has looked at, the first so many. Those that a request has claimed stay out, and what is to take the place of a row that
 * the model has: should the model never forget that one for the correction, a later lesson may find its successor free.
 *
 * @param maxLearned so many at the most; default 262,144, or fewer where they are wide
 */
export async function findNewcomers(
  database: Pick<Database, "objects" | "transaction">,
  process: StoredProcess,
  maxLearned?: number,
): Promise<Newcomers> {
  const most = mostOf(process, maxLearned);
  const { rowCount, claims, forgotten, corrected, returned } = await readLarge(database, (queries) =>
    readStanding(queries, process),
  );
  const { claimed, firstUndecided } = claims;
  const { objects } = database;
  const slotOfRow = await readOrder({ objects, executor: largeExecutor(database) }, process.modelId);
  const isIn = (row: number): boolean => (slotOfRow[row] ?? NO_SLOT) !== NO_SLOT;
  const tied = new Set(
    corrected.filter(({ row }) => isIn(row) && !forgotten.has(row)).map(({ successor }) => successor),
  );
  const rows: number[] = [];
  const others = { claimed: 0, awaited: 0, later: 0 };
  let lookedAt = Math.min(rowCount, firstUndecided ?? rowCount);
  for (const row of rowsIn(returned, process.rowCount, rowCount)) {
    if (row % ROWS_AT_ONCE === 0) await giveWay();
    if (isIn(row)) continue;
    if (claimed.has(row)) {
      others.claimed++;
      continue;
    }
    const reason = tied.has(row) ? "awaited" : rows.length === most ? "later" : null;
    if (reason === null) rows.push(row);
    else {
      others[reason]++;
      if (row >= process.rowCount) lookedAt = Math.min(lookedAt, row);
    }
  }
  let settled = rows.filter((row) => row >= lookedAt).length;
  for (let row = lookedAt; row < rowCount; row++) {
    if (row % ROWS_AT_ONCE === 0) await giveWay();
    if (isIn(row) || forgotten.has(row)) settled++;
  }
  const room = await roomAmong(process, slotOfRow, forgotten, rows.length);
  return { rows, rowCount, lookedAt, settled, isMore: others.later > 0, others, room };
}

/**
 * The same, but fewer where the longest of them makes all take much room: the others are the next lesson's.
 *
 * @param look at rows, the first that fit
 * @returns what it found, null where no rows join
 */
export async function findFitting<Looked extends { readonly rows: readonly number[] }>(
  database: Pick<Database, "objects" | "transaction">,
  process: StoredProcess,
  look: (rows: readonly number[]) => Promise<Looked>,
  maxLearned?: number,
): Promise<{ readonly newcomers: Newcomers; readonly looked: Looked | null }> {
  for (let most = maxLearned; ; ) {
    const newcomers = await findNewcomers(database, process, most);
    const { rows } = newcomers;
    if (rows.length === 0) return { newcomers, looked: null };
    const looked = await look(rows);
    if (looked.rows.length === rows.length) return { newcomers, looked };
    most = looked.rows.length;
  }
}

/** What a data set has, and what is asked of it: statements that grow with it. */
async function readStanding(queries: Queries, process: StoredProcess) {
  const { datasetId } = process;
  const [dataset] = await queries
    .select({ rowCount: sql<number>`(${datasets.description} ->> 'rowCount')::int` })
    .from(datasets)
    .where(eq(datasets.id, datasetId));
  const claims = await claimsBehind(queries, process);
  const forgotten = await forgottenRows(queries, process);
  const returned = await rowsReturned(queries, process);
  // Of rows that may join alone: what was corrected before grows for ever.
  const mayJoin = or(
    gte(correctedRows.successor, process.rowCount),
    sql`${correctedRows.successor} = any(array(select w."row" from returned_rows w where ${returnedTo(process)}))`,
  );
  const corrected = await queries
    .select({ row: correctedRows.row, successor: correctedRows.successor })
    .from(correctedRows)
    .where(and(eq(correctedRows.datasetId, datasetId), mayJoin));
  return { rowCount: dataset?.rowCount ?? 0, claims, forgotten, corrected, returned };
}

/** Looked at before the event loop turns: what is found out for somebody who waits keeps no other waiting. */
const ROWS_AT_ONCE = 2 ** 16;

async function roomAmong(
  process: StoredProcess,
  slotOfRow: Uint32Array,
  forgotten: RowSet,
  rowCount: number,
): Promise<Room> {
  const { plan } = process;
  const isTaken = new Uint8Array(slotCountOf(process));
  for (let first = 0; first < slotOfRow.length; first += ROWS_AT_ONCE) {
    await giveWay();
    const hasRow = (row: number): boolean => forgotten.has(first + row);
    const some = slotOfRow.subarray(first, first + ROWS_AT_ONCE);
    takeSlots(isTaken, { plan, slotOfRow: some, forgotten: { hasRow } });
  }
  return roomIn(process, isTaken, rowCount);
}

/** Rows of `returned_rows` that the training left out and that nobody asks to forget any more. */
const returnedTo = ({ modelId, datasetId }: StoredProcess): SQL => sql`
  w.model_id = ${modelId} and not exists (select from claimed_rows c where c.dataset_id = ${datasetId} and c."row" = w."row")`;

/** All of them, ascending. */
async function rowsReturned(queries: Queries, process: StoredProcess): Promise<Uint32Array> {
  const { rows } = (await queries.execute(
    sql`select ${sql.raw(packed('w."row"'))} from returned_rows w where ${returnedTo(process)} group by 1`,
  )) as unknown as { rows: Packed[] };
  return unpacked(rows);
}

/** Some rows, and then all from one to another. */
function* rowsIn(some: Numbers, from: number, to: number): Generator<number> {
  yield* some;
  for (let row = from; row < to; row++) yield row;
}

interface Claims {
  readonly claimed: RowSet;
  /** The first of them that may be let go of again. */
  readonly firstUndecided: number | undefined;
}

/** Rows behind those that a model has looked at that requests have claimed. */
async function claimsBehind(queries: Queries, process: StoredProcess): Promise<Claims> {
  const { modelId, datasetId, rowCount } = process;
  const { rows } = (await queries.execute(sql`
    select ${sql.raw(packed('c."row"'))}, min(c."row") filter (where ${MAY_BE_TAKEN_BACK}) as undecided
    from claimed_rows c join requests r on r.id = c.request_id
      left join tasks t on t.request_id = c.request_id and t.model_id = ${modelId}
    where c.dataset_id = ${datasetId} and c."row" >= ${rowCount} group by 1 order by 1
  `)) as unknown as { rows: (Packed & { readonly undecided: number | null })[] };
  return {
    claimed: rowSetOf(rows),
    firstUndecided: rows.find(({ undecided }) => undecided !== null)?.undecided ?? undefined,
  };
}

/** One that another model has begun to serve may be put back, and then taken back. What this model is done with is decided. */
const MAY_BE_TAKEN_BACK = sql`case when t.state is null then r.state in ('accepted', 'running') else t.state = 'waiting' end`;
