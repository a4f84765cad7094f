import type { RangeFile } from "./block-file.js";
import { bytesOf } from "./layout.js";
import type { RecordBlock, RecordShape } from "./records.js";

/** Slots that follow one another. */
export interface SlotRange {
  readonly firstSlot: number;
  readonly slotCount: number;
}

/**
 * Puts records into the order of their slots and writes these, zeros where there is no record.
 *
 * @param blocks all records of the range, in any order
 * @param slotOf slot of the i-th of them
 * @param memory at least slotCount x (featureCount + 1)
 */
export async function writeSlots(
  blocks: AsyncIterable<RecordBlock>,
  slotOf: (i: number, record: Uint32Array) => number,
  { firstSlot, slotCount }: SlotRange,
  files: { readonly features: RangeFile; readonly labels: RangeFile },
  { featureCount, words: recordWords }: RecordShape,
  memory: Uint32Array,
): Promise<void> {
  const features = memory.subarray(0, slotCount * featureCount).fill(0);
  const labels = memory.subarray(features.length, features.length + slotCount).fill(0);
  for await (const { first, count, words } of blocks) {
    for (let i = 0; i < count; i++) {
      const record = words.subarray(i * recordWords, (i + 1) * recordWords);
      const slot = slotOf(first + i, record) - firstSlot;
      features.set(record.subarray(0, featureCount), slot * featureCount);
      labels[slot] = record[featureCount]!;
    }
  }
  await files.features.write(bytesOf(features), firstSlot * featureCount * 4);
  await files.labels.write(bytesOf(labels), firstSlot * 4);
}
