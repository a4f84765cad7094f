import { findSlots, type PlacedRows } from "../rows/model-order.js";
import type { RowAccess } from "../rows/stored-pages.js";
import { joinedStepOf, type StoredProcess } from "./stored-process.js";

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

/** When the records of the slots of some rows joined; undefined where nobody ever did. */
export function joinedOf(
  process: Pick<StoredProcess, "joined">,
  { rows, slots }: PlacedRows,
): ((slot: number) => number) | undefined {
  if (process.joined.length === 0) return undefined;
  const steps = new Map(slots.map((slot, i) => [slot, joinedStepOf(process, rows[i]!)]));
  return (slot) => steps.get(slot) ?? 0;
}
