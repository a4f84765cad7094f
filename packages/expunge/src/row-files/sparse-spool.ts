import type { RowSource } from "../data/row-source.js";
import { ExpungeError, throwIfAborted } from "../errors.js";
import type { SparseRows, SparseStorage } from "../records/sparse-rows.js";
import type { RangeFile } from "./block-file.js";
import { bytesOf } from "./layout.js";
import type { RecordBlock, RecordShape } from "./records.js";
import type { SpoolOptions } from "./spool.js";

/*
 * Sparse rows on their way to their slots. While their source is read nobody knows the longest of them, so they are spooled one behind the other,
 * as long as they are: label, sample weight where rows have one, number of entries, columns, numbers; 32-bit words. Read back they are
 * records of one width, in pairs or with all their numbers.
 */

/** Sparse rows in a file. */
export interface SpooledRows {
  readonly rowCount: number;
  /** Entries of the longest row. */
  readonly mostEntries: number;
  /** 32-bit words of the file. */
  readonly wordCount: number;
  readonly hasWeights: boolean;
}

/** How spooled rows become records. */
export interface SpooledForm {
  readonly shape: RecordShape;
  /** The room of their pairs; undefined for all their numbers. */
  readonly storage: SparseStorage | undefined;
}

/** Writes the rows of a sparse source in their order. @throws ExpungeError */
export async function spoolSparse(
  source: RowSource,
  file: RangeFile,
  { onSubject, signal, onRows }: SpoolOptions,
): Promise<SpooledRows> {
  const hasWeights = source.hasSampleWeights === true;
  let [rowCount, mostEntries, position] = [0, 0, 0];
  throwIfAborted(signal);
  for await (const { sparse, labels, sampleWeights, subjects } of source.chunks()) {
    throwIfAborted(signal);
    const rows = sparse as SparseRows;
    const words = new Uint32Array(labels.length * headOf(hasWeights) + 2 * rows.columns.length);
    mostEntries = Math.max(mostEntries, fillSpool(words, rows, labels, sampleWeights));
    await file.write(bytesOf(words), position);
    position += words.byteLength;
    if (onSubject && subjects)
      for (const [i, subject] of subjects.entries()) onSubject(rowCount + i, subject);
    rowCount += labels.length;
    onRows?.(rowCount);
  }
  return { rowCount, mostEntries, wordCount: position / 4, hasWeights };
}

/** Words before a row's entries. */
function headOf(hasWeights: boolean): number {
  return hasWeights ? 3 : 2;
}

/** @returns entries of the longest row */
function fillSpool(
  words: Uint32Array,
  { starts, columns, values }: SparseRows,
  labels: Float32Array,
  sampleWeights: Float32Array | undefined,
): number {
  const numbers = new Float32Array(words.buffer);
  let [at, most] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const [first, end] = [starts[row]!, starts[row + 1]!];
    numbers[at++] = labels[row]!;
    if (sampleWeights) numbers[at++] = sampleWeights[row]!;
    words[at++] = end - first;
    words.set(columns.subarray(first, end), at);
    numbers.set(values.subarray(first, end), at + end - first);
    at += 2 * (end - first);
    most = Math.max(most, end - first);
  }
  return most;
}

/** Reads spooled rows in their order as records, as many at once as fit in blockBytes, but at least one. @throws ExpungeError E_DATA */
export async function* readSpooled(
  file: RangeFile,
  { rowCount, mostEntries, wordCount, hasWeights }: SpooledRows,
  { shape, storage }: SpooledForm,
  blockBytes: number,
): AsyncGenerator<RecordBlock> {
  requireRoom(mostEntries, storage);
  const head = headOf(hasWeights);
  // Half of the bytes for what is read, and half for what is made of it.
  const blockRecords = Math.min(rowCount, Math.max(1, Math.floor(blockBytes / 2 / shape.bytes)));
  const block = new Uint32Array(blockRecords * shape.words);
  const reader = new WordReader(file, wordCount, Math.max(blockBytes >>> 3, head + 2 * mostEntries));
  const width = shape.featureCount - (hasWeights ? 1 : 0);
  for (let first = 0; first < rowCount; first += blockRecords) {
    const count = Math.min(blockRecords, rowCount - first);
    const words = block.subarray(0, count * shape.words).fill(0);
    const numbers = new Float32Array(words.buffer, 0, words.length);
    for (let i = 0; i < count; i++) {
      const at = i * shape.words;
      const own = await reader.next(head);
      const entryCount = own[head - 1]!;
      words[at + shape.featureCount] = own[0]!;
      if (hasWeights) words[at + width] = own[1]!;
      const entries = await reader.next(2 * entryCount);
      putEntries(entries, storage, { words, numbers, at });
    }
    yield { first, count, words };
  }
  reader.clear();
  block.fill(0);
}

function putEntries(
  entries: Uint32Array,
  storage: SparseStorage | undefined,
  {
    words,
    numbers,
    at,
  }: { readonly words: Uint32Array; readonly numbers: Float32Array; readonly at: number },
): void {
  const count = entries.length / 2;
  for (let i = 0; i < count; i++) {
    const column = entries[i]!;
    const value = entries[count + i]!;
    if (storage === undefined) words[at + column] = value;
    else {
      numbers[at + 2 * i] = column + 1;
      words[at + 2 * i + 1] = value;
    }
  }
}

function requireRoom(mostEntries: number, storage: SparseStorage | undefined): void {
  if (storage === undefined || mostEntries <= storage.capacity) return;
  throw new ExpungeError(
    "E_DATA",
    `Expected rows of at most ${storage.capacity} numbers other than 0, for which there is room, found one of ${mostEntries}.`,
    { expected: storage.capacity, found: mostEntries },
  );
}

/** A file's words, one after another. */
class WordReader {
  private readonly file: RangeFile;
  private readonly buffer: Uint32Array;
  /** Words that the file has and the buffer has not had. */
  private left: number;
  private position = 0;
  /** Of the buffer: where the next word is, and behind the last one. */
  private at = 0;
  private end = 0;

  constructor(file: RangeFile, wordCount: number, bufferWords: number) {
    this.file = file;
    this.left = wordCount;
    this.buffer = new Uint32Array(Math.min(wordCount, bufferWords));
  }

  /** The next words, no more than the buffer has room for; valid until the next call. @throws ExpungeError E_DATA */
  async next(count: number): Promise<Uint32Array> {
    if (this.end - this.at < count) await this.fill();
    this.at += count;
    return this.buffer.subarray(this.at - count, this.at);
  }

  clear(): void {
    this.buffer.fill(0);
  }

  private async fill(): Promise<void> {
    const { buffer } = this;
    buffer.copyWithin(0, this.at, this.end);
    this.end -= this.at;
    this.at = 0;
    const count = Math.min(buffer.length - this.end, this.left);
    const into = buffer.subarray(this.end, this.end + count);
    await this.file.read(bytesOf(into), this.position);
    this.position += into.byteLength;
    this.left -= count;
    this.end += count;
  }
}
