import type { Row, SlotSource } from "./kernel.js";
import type { WrittenSlots } from "./written-slots.js";

/** Room for the rows of slots that follow one another. */
export interface RowRoom {
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

/** The room of those slots, from `firstSlot` on, that a source has; that of slots behind them is cleared. */
export function roomOfSource(
  { slotCount, featureCount }: SlotSource,
  firstSlot: number,
  { features, labels }: RowRoom,
): RowRoom {
  const count = Math.max(0, Math.min(labels.length, slotCount - firstSlot));
  features.fill(0, count * featureCount);
  labels.fill(0, count);
  return { features: features.subarray(0, count * featureCount), labels: labels.subarray(0, count) };
}

/**
 * Puts what slots hold in place of what their source said.
 *
 * @param written what slots hold, where it is not what the source said last; a slot is dropped where the source says it by now, bit for bit
 */
export function putWritten(written: WrittenSlots, firstSlot: number, { features, labels }: RowRoom): void {
  if (written.size === 0) return;
  const rowWidth = features.length / labels.length;
  for (let row = 0; row < labels.length; row++) {
    const record = written.get(firstSlot + row);
    if (!record) continue;
    const stored = features.subarray(row * rowWidth, (row + 1) * rowWidth);
    if (isSame(record, stored, labels[row] as number)) {
      written.drop(firstSlot + row);
      continue;
    }
    stored.set(record.features);
    labels[row] = record.label;
  }
}

function isSame({ features, label }: Row, stored: Float32Array, storedLabel: number): boolean {
  if (!Object.is(label, storedLabel)) return false;
  const bits = bitsOf(stored);
  return bitsOf(features).every((word, i) => word === bits[i]);
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
