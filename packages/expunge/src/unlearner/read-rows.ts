import type { PackedRows } from "../engine/index.js";
import { type Standing, slotCountOf } from "../records/training-plan.js";
import { type Row, rowWidthAt } from "./process-kernel.js";

/** Whoever holds the rows of a process by slot. */
interface RowsHeld extends Standing {
  readSlot(slot: number): Row | Promise<Row>;
}

/**
 * A copy of all rows that a process holds, by slot, as kernels take them in.
 *
 * @param slotCount slots of the copy, at least as many as the process has; those behind are empty
 */
export async function readRows(held: RowsHeld, slotCount = slotCountOf(held)): Promise<PackedRows> {
  const { featureCount } = held.plan;
  const width = rowWidthAt(held);
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  const filled = slotCountOf(held);
  for (let slot = 0; slot < filled; slot++) {
    const record = await held.readSlot(slot);
    features.set(record.features, slot * width);
    labels[slot] = record.label;
  }
  return { slotCount, featureCount, features, labels };
}
