import type { RangeFile } from "./block-file.js";
import { bytesOf } from "./layout.js";

/**
 * Rows on their way to their slots: featureCount features, the label, the slot; as 32-bit words, so that no copy alters a bit.
 */
export class RecordShape {
  readonly featureCount: number;
  readonly words: number;
  readonly bytes: number;

  constructor(featureCount: number) {
    this.featureCount = featureCount;
    this.words = featureCount + 2;
    this.bytes = this.words * 4;
  }
}

/** Records that lie one behind the other. */
export interface RecordBlock {
  /** Number of the first of them among those read. */
  readonly first: number;
  readonly count: number;
  /** count x shape.words; valid until the next block is asked for. */
  readonly words: Uint32Array;
}

/** Reads records in order, as many at once as fit in blockBytes, but at least one. */
export async function* readRecords(
  file: RangeFile,
  position: number,
  count: number,
  shape: RecordShape,
  blockBytes: number,
): AsyncGenerator<RecordBlock> {
  const blockRecords = Math.min(count, Math.max(1, Math.floor(blockBytes / shape.bytes)));
  const block = new Uint32Array(blockRecords * shape.words);
  for (let first = 0; first < count; first += blockRecords) {
    const found = Math.min(blockRecords, count - first);
    const words = block.subarray(0, found * shape.words);
    await file.read(bytesOf(words), position + first * shape.bytes);
    yield { first, count: found, words };
  }
}
