import type { RecordShape } from "./records.js";

/** How slots are cut into buckets, each of which fits in memory. */
export interface BucketPlan {
  /** Slots a bucket; the last one may have fewer. */
  readonly bucketSlots: number;
  readonly bucketCount: number;
  /** Records that are held back for a bucket before they are written; 0 to write each at once. */
  readonly heldRecords: number;
  /** 32-bit words of memory that either a bucket or what is held for all of them needs. */
  readonly memoryWords: number;
}

/** What typed arrays hold everywhere. */
const MAX_BYTES = 2 ** 31;
/** Longer writes are no faster. */
const MAX_HELD_BYTES = 2 ** 21;

/**
 * Least number of buckets of equal size that fit.
 *
 * A bucket takes memory while it is put in order; before that, the same memory holds records back for all buckets, so that they are
 * written some at a time: with m bytes of memory and n bytes of rows, m^2 / n at once, that is 4 KiB of 1 TiB in 64 MiB.
 *
 * @param memoryBytes at least one row is held whatever it is
 */
export function planBuckets(slotCount: number, shape: RecordShape, memoryBytes: number): BucketPlan {
  const slotBytes = (shape.featureCount + 1) * 4;
  const limit = Math.min(memoryBytes, MAX_BYTES);
  const mostSlots = Math.max(1, Math.floor(limit / slotBytes));
  const bucketCount = Math.ceil(slotCount / mostSlots);
  const bucketSlots = Math.ceil(slotCount / bucketCount);
  const heldBytes = bucketCount === 1 ? 0 : Math.min(MAX_HELD_BYTES, limit / bucketCount);
  const held = Math.floor(heldBytes / shape.bytes);
  // One alone is written just as well from where it is.
  const heldRecords = held === 1 ? 0 : Math.min(held, bucketSlots);
  return {
    bucketSlots,
    bucketCount,
    heldRecords,
    memoryWords: Math.max(bucketSlots * (slotBytes / 4), bucketCount * heldRecords * shape.words),
  };
}
