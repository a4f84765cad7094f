import type { RowSource } from "../data/row-source.js";
import { throwIfAborted } from "../errors.js";
import type { RangeFile } from "./block-file.js";
import { bytesOf } from "./layout.js";
import type { RecordShape } from "./records.js";

export interface SpoolOptions {
  readonly onSubject?: ((row: number, subject: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the rows so far. */
  readonly onRows?: ((rowCount: number) => void) | undefined;
}

/** Writes the rows of a source as records in their order, slots left open. Returns how many there are. @throws ExpungeError */
export async function spoolRows(
  source: RowSource,
  file: RangeFile,
  shape: RecordShape,
  { onSubject, signal, onRows }: SpoolOptions,
): Promise<number> {
  let rowCount = 0;
  let scratch = new Uint32Array();
  throwIfAborted(signal);
  for await (const { features, labels, subjects } of source.chunks()) {
    throwIfAborted(signal);
    const words = labels.length * shape.words;
    if (scratch.length < words) scratch = new Uint32Array(words);
    fillRecords(scratch, wordsOf(features), wordsOf(labels), shape);
    await file.write(bytesOf(scratch.subarray(0, words)), rowCount * shape.bytes);
    if (onSubject && subjects)
      for (const [i, subject] of subjects.entries()) onSubject(rowCount + i, subject);
    rowCount += labels.length;
    onRows?.(rowCount);
  }
  return rowCount;
}

function fillRecords(records: Uint32Array, features: Uint32Array, labels: Uint32Array, shape: RecordShape) {
  const { featureCount, words } = shape;
  for (let i = 0; i < labels.length; i++) {
    records.set(features.subarray(i * featureCount, (i + 1) * featureCount), i * words);
    records[i * words + featureCount] = labels[i]!;
  }
}

function wordsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
