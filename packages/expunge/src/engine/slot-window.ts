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
