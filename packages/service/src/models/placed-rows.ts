import type { Transaction } from "../database/open-database.js";
import { findSlots, type PlacedRows } from "../rows/model-order.js";
import type { RowAccess } from "../rows/stored-pages.js";
import type { StoredProcess } from "./stored-process.js";

/** Those of some rows that a model has, with their slots, in the order of these, so that each page is read once. @throws ExpungeError E_MODEL */
export async function placeRows(
  access: RowAccess,
  { modelId, plan }: StoredProcess,
  rows: readonly number[],
): Promise<PlacedRows> {
  const trainedCount = plan.process.rowCount;
  const found = await findSlots(access, { modelId, trainedCount }, rows);
  const order = found.slots.map((_, i) => i).sort((a, b) => found.slots[a]! - found.slots[b]!);
  return { rows: order.map((i) => found.rows[i]!), slots: order.map((i) => found.slots[i]!) };
}

/** When the records of the slots of some rows joined; undefined where they are all of the start. */
export async function joinedOf(
  { executor }: Pick<Transaction, "executor">,
  { modelId }: Pick<StoredProcess, "modelId">,
  { rows, slots }: PlacedRows,
): Promise<((slot: number) => number) | undefined> {
  // Not those behind the rows of the training: of these some may have been left out, and have joined later.
  const first = await executor.executeSql<{ row: number | null }>(FIRST_JOINED, [modelId]);
  const from = first.rows[0]?.row ?? null;
  const later = from === null ? [] : rows.filter((row) => row >= from);
  if (later.length === 0) return undefined;
  const found = await executor.executeSql<{ row: number; step: number }>(JOINED, [
    modelId,
    `{${later.join()}}`,
  ]);
  const stepOf = new Map(found.rows.map(({ row, step }) => [row, step]));
  const steps = new Map(slots.map((slot, i) => [slot, stepOf.get(rows[i]!) ?? 0]));
  return (slot) => steps.get(slot) ?? 0;
}

const FIRST_JOINED = `select min(first_row) as "row" from joined_rows where model_id = $1`;

/** One look-up a row, however many have joined. */
const JOINED = `select asked."row", nearest.step from unnest($2::integer[]) asked ("row")
  cross join lateral (
    select end_row, step::float8 as step from joined_rows where model_id = $1 and first_row <= asked."row"
      order by first_row desc limit 1
  ) nearest where nearest.end_row > asked."row"`;
