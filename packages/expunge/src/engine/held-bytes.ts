import { groupsOf, isWideBatch, NOTED_BYTES, rowWordsOf, type SparseShape } from "./sparse-memory.js";
import { PANEL_ROWS, paddedColumns, panelsOf } from "./wasm-memory.js";

/* What rows take where they stay in a kernel's memory. Weights, and the room to work on a batch, come on top. */

/** Bytes of sparse rows at the most: their entries, what is noted of them, and the lists of their batches' columns. */
export function heldSparseBytes(
  { slotCount, featureCount, capacity }: Omit<SparseShape, "plannedCapacity">,
  batchSize: number,
): number {
  const entryBytes = 4 * rowWordsOf({ capacity });
  const listBytes = isWideBatch({ featureCount, capacity }, batchSize) ? entryBytes / 4 : 0;
  return groupsOf(slotCount, batchSize) * PANEL_ROWS * (entryBytes + listBytes + NOTED_BYTES);
}

/** Bytes that are noted of a row with all its numbers. */
const NOTED_OF_DENSE = 26;

/** Bytes of rows with all their numbers, and what is noted of them. */
export function heldDenseBytes(slotCount: number, featureCount: number, batchSize: number): number {
  const rowCount = Math.ceil(slotCount / batchSize) * panelsOf(batchSize) * PANEL_ROWS;
  return rowCount * (4 * paddedColumns(featureCount) + NOTED_OF_DENSE);
}
