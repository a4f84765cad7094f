import type { SlotSource } from "./kernel.js";
import { isWideBatch, NOTED_BYTES, rowWordsOf, type SparseShape } from "./sparse-memory.js";
import { PANEL_ROWS, paddedColumns, panelsOf } from "./wasm-memory.js";

/** Stretches in the staging area: one is packed while the others are on their way. */
export const STAGES = 3;

/** A stretch of slots that is brought in at once, and the steps on it. */
export interface Piece {
  readonly firstSlot: number;
  readonly slotCount: number;
  /** Step of the first batch in it. */
  readonly firstStep: number;
  /** Whole batches in it, one step each; 0 for a part of one batch. */
  readonly stepCount: number;
  /** Whether it ends a step that was brought in by parts. */
  readonly endsStep: boolean;
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
    yield { firstSlot, slotCount: count * batchSize, firstStep: step, stepCount: count, endsStep: false };
    step += count;
  }
}

function* partsOf(firstSlot: number, batchSize: number, mostSlots: number, step: number): Generator<Piece> {
  for (let done = 0; done < batchSize; done += mostSlots) {
    const slotCount = Math.min(mostSlots, batchSize - done);
    const endsStep = done + slotCount === batchSize;
    yield { firstSlot: firstSlot + done, slotCount, firstStep: step, stepCount: 0, endsStep };
  }
}

/** Slots of a stretch: as many as three stretches of rows and one of panels leave room for, and no more than there are. */
export function windowSlots(
  { slotCount, featureCount: rowWidth }: SlotSource,
  featureCount: number,
  batchSize: number,
  memoryLimit: number,
): number {
  // Batches that are no multiple of 4 waste part of a panel each.
  const waste = (panelsOf(batchSize) * PANEL_ROWS) / batchSize;
  const bytesPerSlot = 4 * (STAGES * rowWidth + waste * (paddedColumns(featureCount) + 4));
  return slotsWithin(Math.min(slotCount, memoryLimit / bytesPerSlot), batchSize);
}

/** The same of sparse rows; whole batches where these have few entries for the columns, each of which takes no more room than an output's weights. */
export function sparseWindowSlots(
  { slotCount, featureCount: rowWidth }: SlotSource,
  shape: Omit<SparseShape, "slotCount">,
  batchSize: number,
  memoryLimit: number,
): number {
  const waste = (panelsOf(batchSize) * PANEL_ROWS) / batchSize;
  const bytesPerSlot = 4 * STAGES * rowWidth + waste * (4 * rowWordsOf(shape) + NOTED_BYTES);
  const slots = Math.min(slotCount, memoryLimit / bytesPerSlot);
  return slotsWithin(isWideBatch(shape, batchSize) ? Math.max(slots, batchSize) : slots, batchSize);
}

/** Whole batches, or a part of one that fills its groups of four. */
function slotsWithin(slots: number, batchSize: number): number {
  if (slots >= batchSize) return batchSize * Math.floor(slots / batchSize);
  return Math.max(PANEL_ROWS, PANEL_ROWS * Math.floor(slots / PANEL_ROWS));
}

/** Panels of a stretch. */
export function windowPanels(mostSlots: number, batchSize: number): number {
  return mostSlots >= batchSize
    ? (mostSlots / batchSize) * panelsOf(batchSize)
    : Math.ceil(mostSlots / PANEL_ROWS);
}
