import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { isOneOf } from "../database/one-of.js";
import type { Database, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { correctedRows, joinedRows } from "../database/tables.js";
import { orderOfModel, putNewSlots } from "../rows/model-order.js";
import {
  type ContentsFor,
  contentsOfSuccessors,
  MOST_CORRECTED_NUMBERS,
  type Successors,
} from "../rows/rows-for-model.js";
import { type PlacedPages, placePages, type RowAccess } from "../rows/stored-pages.js";
import { type JoinedRange, joinedRanges, type StoredProcess } from "./stored-process.js";

/** What is to take the places of rows, in the order of these. */
export interface RowCorrection {
  /** Numbers of the new rows. */
  readonly successors: readonly number[];
  readonly contents: Float32Array;
  /** The model with room for them. */
  readonly wider: StoredProcess;
}

/**
 * The rows that requests have put in place of others.
 *
 * @param most numbers that the rows of several requests may have together as slots hold them
 * @throws ExpungeError E_INFEASIBLE for a model with a limit on everything released, and where the rows would take too much memory with room for the longest of
 *         them; E_MODEL, E_ASSUMPTION
 */
export async function correctionOf(
  database: Database,
  process: StoredProcess,
  requestIds: readonly string[],
  rows: Uint32Array,
  most = MOST_CORRECTED_NUMBERS,
): Promise<RowCorrection> {
  requireNoLimit(process);
  const found = await readLarge(database, (queries) =>
    queries
      .select({ row: correctedRows.row, successor: correctedRows.successor })
      .from(correctedRows)
      .where(
        and(
          eq(correctedRows.datasetId, process.datasetId),
          isOneOf(correctedRows.requestId, requestIds, "uuid"),
        ),
      ),
  );
  const successorOf = new Map(found.map(({ row, successor }) => [row, successor]));
  const successors = Array.from(rows, (row) => {
    const successor = successorOf.get(row);
    if (successor !== undefined) return successor;
    throw new ExpungeError("E_MODEL", `The corrected value of row ${row} is missing.`, { row });
  });
  const asked = { rows: successors, isAlone: requestIds.length === 1 };
  const { contents, wider } = await fittingContents(database, process, asked, most);
  return { successors, contents, wider };
}

/** What is too long stays so: it was refused when it was asked for, unless a training or a lesson ended since. */
async function fittingContents(
  database: Database,
  process: StoredProcess,
  asked: Successors,
  most: number,
): Promise<ContentsFor<StoredProcess>> {
  try {
    return await contentsOfSuccessors(database, process, asked, most);
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_DATA")) throw error;
    throw new ExpungeError("E_INFEASIBLE", error.message, error.details);
  }
}

/** The last line: a correction that concerns such a model is refused when it is asked for. */
function requireNoLimit({ plan }: StoredProcess): void {
  if (plan.limit === null) return;
  throw new ExpungeError(
    "E_INFEASIBLE",
    "A model for adaptive requesters takes no corrections: its limit would not cover the corrected rows.",
  );
}

/** New rows in a model, as they are stored beside it. */
export interface JoinedByCorrection {
  readonly ranges: readonly JoinedRange[];
  readonly order: readonly PlacedPages[];
}

/** Writes where the new rows lie; it counts once it is stored. */
export async function joinedBy(
  access: RowAccess,
  { modelId, rowCount, timeline }: StoredProcess,
  successors: readonly number[],
  slots: Uint32Array,
): Promise<JoinedByCorrection> {
  const order = await putNewSlots(access, modelId, { rows: successors, slots }, rowCount);
  const ranges = joinedRanges(
    [...successors].sort((a, b) => a - b),
    timeline.steps,
  );
  return { ranges, order };
}

/** Within the transaction that says that the old values are gone. */
export async function storeJoined(
  { queries, executor }: Transaction,
  modelId: string,
  { ranges, order }: JoinedByCorrection,
): Promise<void> {
  await placePages(executor, orderOfModel(modelId), order);
  await queries.insert(joinedRows).values(ranges.map((range) => ({ modelId, ...range })));
}
