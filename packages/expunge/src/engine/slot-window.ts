import type { SlotSource } from "./kernel.js";
import { isWideBatch, rowWordsOf, type SparseShape } from "./sparse-memory.js";
import { BLOCK_ROW_BYTES, blockPanels, PANEL_ROWS, paddedColumns } from "./wasm-memory.js";

/** Stretches in the staging area: one is packed while the others are on their way. */
export const STAGES = 3;

/** A stretch of slots that is brought in at once, and the steps on it. */
export interface Piece {
  readonly firstSlot: number;
  readonly slotCount: number;
  /** Step of the first batch in it, or of the one that it is a part of. */
  readonly firstStep: number;
}

/**
 * Cuts steps into pieces of at most `mostSlots` slots: as many whole batches in a row as fit, or else parts of one batch.
 *
 * @param mostSlots a multiple of 4, so that every part but the last fills its panels
 */
export function* piecesOf(
  slotCount: number,
  batchSize: number,
  mostSlots: number,
  firstStep: number,
  stepCount: number,
): Generator<Piece> {
  const batchCount = slotCount / batchSize;
  const most = Math.floor(mostSlots / batchSize);
  let step = firstStep;
  const end = firstStep + stepCount;
  while (step < end) {
    const batch = (step - 1) % batchCount;
    const firstSlot = batch * batchSize;
    if (most === 0) {
      yield* partsOf(firstSlot, batchSize, mostSlots, step);
      step += 1;
      continue;
    }
    const count = Math.min(most, batchCount - batch, end - step);
    yield { firstSlot, slotCount: count * batchSize, firstStep: step };
    step += count;
  }
}

function* partsOf(firstSlot: number, batchSize: number, mostSlots: number, step: number): Generator<Piece> {
  for (let done = 0; done < batchSize; done += mostSlots) {
    yield {
      firstSlot: firstSlot + done,
      slotCount: Math.min(mostSlots, batchSize - done),
      firstStep: step,
    };
  }
}

/**
 * Slots of a stretch: as many as there is room for in three stretches, and no more than there are.
 *
 * @param heldBytes of the rows that are packed, which may be a batch that takes more than the limit
 */
export function windowSlots(
  { slotCount, featureCount: rowWidth }: SlotSource,
  heldBytes: number,
  batchSize: number,
  memoryLimit: number,
): number {
  const bytes = Math.max(memoryLimit - heldBytes, memoryLimit / 2);
  const slots = Math.min(slotCount, bytes / (4 * STAGES * rowWidth));
  if (slots >= batchSize) return batchSize * Math.floor(slots / batchSize);
  return Math.max(PANEL_ROWS, PANEL_ROWS * Math.floor(slots / PANEL_ROWS));
}

/** Slots that are packed and worked on at a time, a batch or a part of one: their panels stay in L2. @param outputBytes of one panel */
export function heldSlots(featureCount: number, outputBytes: number, batchSize: number): number {
  return Math.min(batchSize, PANEL_ROWS * blockPanels(paddedColumns(featureCount), outputBytes));
}

/** The same of sparse rows; a whole batch where these have few entries for the columns, which takes no more room than an output's weights. */
export function heldSparseSlots(shape: Omit<SparseShape, "slotCount">, batchSize: number): number {
  if (isWideBatch(shape, batchSize)) return batchSize;
  const groups = Math.floor(BLOCK_ROW_BYTES / (PANEL_ROWS * 4 * rowWordsOf(shape)));
  return Math.min(batchSize, PANEL_ROWS * Math.max(1, groups));
}
