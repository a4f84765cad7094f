import type { RangeFile } from "./block-file.js";
import type { BucketPlan } from "./bucket-plan.js";
import { bytesOf } from "./layout.js";
import type { RecordBlock, RecordShape } from "./records.js";

/** Where the records of a bucket begin in the file of buckets: each has room for as many as it has slots. */
export function bucketPosition(bucket: number, plan: BucketPlan, shape: RecordShape): number {
  return bucket * plan.bucketSlots * shape.bytes;
}

/**
 * Writes records to the buckets of their slots, in the order in which they come.
 *
 * @param blocks    all records by row; their slots are filled in
 * @param slotOfRow distinct slots
 * @param memory    plan.memoryWords
 * @returns records of each bucket
 */
export async function fillBuckets(
  blocks: AsyncIterable<RecordBlock>,
  slotOfRow: Uint32Array,
  file: RangeFile,
  plan: BucketPlan,
  shape: RecordShape,
  memory: Uint32Array,
): Promise<Float64Array> {
  const { bucketSlots, bucketCount, heldRecords } = plan;
  const held = new Uint32Array(bucketCount);
  const written = new Float64Array(bucketCount);

  async function write(bucket: number, words: Uint32Array): Promise<void> {
    const position = bucketPosition(bucket, plan, shape) + written[bucket]! * shape.bytes;
    await file.write(bytesOf(words), position);
    written[bucket]! += words.length / shape.words;
  }

  async function release(bucket: number): Promise<void> {
    const start = bucket * heldRecords * shape.words;
    const heldWords = held[bucket]! * shape.words;
    await write(bucket, memory.subarray(start, start + heldWords));
    held[bucket] = 0;
  }

  for await (const { first, count, words } of blocks) {
    for (let i = 0; i < count; i++) {
      const record = words.subarray(i * shape.words, (i + 1) * shape.words);
      const slot = slotOfRow[first + i]!;
      record[shape.featureCount + 1] = slot;
      const bucket = Math.floor(slot / bucketSlots);
      if (heldRecords === 0) {
        await write(bucket, record);
        continue;
      }
      const heldBefore = held[bucket]!;
      memory.set(record, (bucket * heldRecords + heldBefore) * shape.words);
      held[bucket] = heldBefore + 1;
      if (heldBefore + 1 === heldRecords) await release(bucket);
    }
  }
  for (const [bucket, count] of held.entries()) if (count > 0) await release(bucket);
  return written;
}
