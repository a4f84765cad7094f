import { optionError } from "../errors.js";
import type { SparseStorage } from "../records/sparse-rows.js";

/** Where rows go, in which order, and how much memory sorting them may take. */
export interface RowFileOptions {
  /** An existing directory without row files, of no other writer. */
  readonly directory: string;
  /** slotOfRow: row r goes to slot slotOfRow[r], below slotCount; no two to the same. */
  readonly orderOf: (rowCount: number) => Uint32Array;
  /**
   * How sparse rows are kept, by the number of entries of the longest; undefined for all their numbers, as it is by default. Called before the
   * others, for a sparse source alone.
   */
  readonly storageOf?: (rows: {
    readonly rowCount: number;
    readonly mostEntries: number;
  }) => SparseStorage | undefined;
  /** At least rowCount; a slot without a row is zeros, with label 0. Called before `orderOf`. */
  readonly slotCountOf: (rowCount: number) => number;
  /** Bytes that buffers may take, besides slotOfRow (4 a row) and chunks of the source. Default 256 MiB, at least 16 MiB. */
  readonly memoryLimit?: number;
  readonly signal?: AbortSignal;
  /** Owner of each row, in order, where rows have owners. */
  readonly onSubject?: (row: number, subject: string) => void;
  /** Called every so often while rows are ordered. */
  readonly onProgress?: (progress: RowFileProgress) => void;
}

/** How far the ordering of rows on disk is. */
export interface RowFileProgress {
  /** `reading` the source; `sorting` into buckets, left out where one holds all; `writing` the files. */
  readonly stage: "reading" | "sorting" | "writing";
  readonly rowsDone: number;
  /** null while it is not known. */
  readonly rowsTotal: number | null;
}

/** What `writeRowFiles` wrote: so many rows, in so many slots, row r in slot slotOfRow[r]. */
export interface WrittenRows {
  readonly rowCount: number;
  readonly slotCount: number;
  readonly slotOfRow: Uint32Array;
}

const DEFAULT_MEMORY_BYTES = 2 ** 28;
const MIN_MEMORY_BYTES = 2 ** 24;

/** @throws ExpungeError E_OPTION */
export function memoryLimitOf({ memoryLimit = DEFAULT_MEMORY_BYTES }: RowFileOptions): number {
  if (memoryLimit >= MIN_MEMORY_BYTES) return memoryLimit;
  throw optionError("memoryLimit", memoryLimit, `to be at least ${MIN_MEMORY_BYTES} bytes`);
}

/** Asks for the order of the rows. @throws ExpungeError E_OPTION for one that would lose a row */
export function orderRows(rowCount: number, { orderOf, slotCountOf }: RowFileOptions): WrittenRows {
  const slotCount = slotCountOf(rowCount);
  if (!(Number.isInteger(slotCount) && slotCount >= Math.max(1, rowCount) && slotCount <= 2 ** 32))
    throw optionError("slotCount", slotCount, `in [${rowCount}, 2^32], with ${rowCount} rows`);
  const slotOfRow = orderOf(rowCount);
  if (slotOfRow.length !== rowCount)
    throw optionError("slotOfRow.length", slotOfRow.length, `to be ${rowCount}`);
  requireDistinct(slotOfRow, slotCount);
  return { rowCount, slotCount, slotOfRow };
}

function requireDistinct(slotOfRow: Uint32Array, slotCount: number): void {
  const taken = new Uint8Array(Math.ceil(slotCount / 8));
  slotOfRow.forEach((slot, row) => {
    if (slot >= slotCount) throw optionError(`slotOfRow[${row}]`, slot, `below ${slotCount}`);
    const bit = 1 << (slot & 7);
    const eight = taken[slot >>> 3]!;
    if (eight & bit) throw optionError(`slotOfRow[${row}]`, slot, "to be no other row's slot");
    taken[slot >>> 3] = eight | bit;
  });
}
