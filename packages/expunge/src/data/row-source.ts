import { expandRows, joinSparse, type SparseRows, sliceSparse } from "../records/sparse-rows.js";
import type { Dataset, DatasetFacts } from "./dataset.js";

/** Some rows of a source, ready for training: checked, finite, of norm <= 1. They are the reader's own to keep. */
export interface RowChunk {
  /** rows x featureCount, row-major. Empty where the rows are sparse: then they are in `sparse`. */
  readonly features: Float32Array;
  /** The rows, where only their numbers other than 0 are given; there exactly where the source's `isSparse` is true. */
  readonly sparse?: SparseRows;
  /** One a row: -1/+1, or 0..classCount-1, or real. */
  readonly labels: Float32Array;
  /** Owner of each row, or null where rows have no owner but themselves; the same in all chunks. */
  readonly subjects: readonly string[] | null;
  /** Weight of each row, in (0, 1]; there exactly where the source's `hasSampleWeights` is true. */
  readonly sampleWeights?: Float32Array;
}

/** A data set whose rows come chunk by chunk: memory is flat, however many there are. */
export interface RowSource extends DatasetFacts {
  /** true where rows come sparse; left out where they come with all their numbers. */
  readonly isSparse?: boolean | undefined;
  /**
   * All rows in order from the first one, some MiB at a time; every call begins anew. What can be judged only at the end (at least one
   * row, two classes) is, at the end.
   *
   * @throws ExpungeError E_DATA, E_OPTION while rows are read, as `createDataset`
   */
  chunks(): AsyncIterable<RowChunk>;
}

/** Numbers a chunk: 2 MiB. */
const CHUNK_NUMBERS = 2 ** 19;
/** Rows of few features have owners, which take room too. */
const MAX_CHUNK_ROWS = 2 ** 15;

/** Rows in a full chunk. */
export function chunkRowsOf(featureCount: number): number {
  return Math.max(1, Math.min(MAX_CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / featureCount)));
}

/** Whether a chunk of sparse rows is full. */
export function isFullChunk(rowCount: number, entryCount: number): boolean {
  return rowCount >= MAX_CHUNK_ROWS || 2 * entryCount >= CHUNK_NUMBERS;
}

/** The rows of a data set in memory as a source, sparse where they are; nothing is copied. */
export function sourceOf(dataset: Dataset): RowSource {
  const { rowCount, features, sparse, labels, subjects, sampleWeights, ...facts } = dataset;
  const { featureCount } = facts;
  function* chunksOf(): Generator<RowChunk> {
    for (let start = 0, end = 0; start < rowCount; start = end) {
      end = sparse
        ? endOfSparse(sparse.starts, start)
        : Math.min(start + chunkRowsOf(featureCount), rowCount);
      yield {
        features: features.subarray(start * featureCount, end * featureCount),
        ...(sparse ? { sparse: sliceSparse(sparse, start, end) } : {}),
        ...partOf({ labels, subjects, sampleWeights }, start, end),
      };
    }
  }
  async function* chunks(): AsyncGenerator<RowChunk> {
    yield* chunksOf();
  }
  return Object.freeze({ ...facts, ...(sparse ? { isSparse: true } : {}), chunks });
}

function endOfSparse(starts: Uint32Array, start: number): number {
  let end = start + 1;
  while (end + 1 < starts.length && !isFullChunk(end - start, starts[end]! - starts[start]!)) end++;
  return end;
}

/** What some rows of a chunk have besides features. */
function partOf(
  {
    labels,
    subjects,
    sampleWeights,
  }: Pick<RowChunk, "labels" | "subjects"> & {
    readonly sampleWeights?: Float32Array | undefined;
  },
  from: number,
  to: number,
): Omit<RowChunk, "features" | "sparse"> {
  return {
    labels: labels.subarray(from, to),
    subjects: subjects?.slice(from, to) ?? null,
    ...(sampleWeights ? { sampleWeights: sampleWeights.subarray(from, to) } : {}),
  };
}

/** The same rows with all their numbers, some at a time. */
export function withAllNumbers(source: RowSource): RowSource {
  const { isSparse, ...rest } = source;
  if (!isSparse) return source;
  const { featureCount } = source;
  const most = chunkRowsOf(featureCount);
  async function* chunks(): AsyncGenerator<RowChunk> {
    for await (const { sparse, features: _, ...chunk } of source.chunks()) {
      for (let from = 0; from < chunk.labels.length; from += most) {
        const to = Math.min(from + most, chunk.labels.length);
        yield { features: expandRows(sparse!, featureCount, from, to), ...partOf(chunk, from, to) };
      }
    }
  }
  return Object.freeze({ ...rest, chunks });
}

/** Reads a source to its end into memory. @throws ExpungeError whatever the source throws */
export async function collectRows(source: RowSource): Promise<Dataset> {
  const { chunks: read, isSparse, ...facts } = source;
  const chunks: RowChunk[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  const rowCount = chunks.reduce((count, { labels }) => count + labels.length, 0);
  const features = new Float32Array(isSparse ? 0 : rowCount * facts.featureCount);
  const labels = new Float32Array(rowCount);
  const sampleWeights = facts.hasSampleWeights ? new Float32Array(rowCount) : null;
  let row = 0;
  for (const chunk of chunks) {
    if (!isSparse) features.set(chunk.features, row * facts.featureCount);
    labels.set(chunk.labels, row);
    if (chunk.sampleWeights) sampleWeights?.set(chunk.sampleWeights, row);
    row += chunk.labels.length;
  }
  const hasOwners = chunks[0]?.subjects != null;
  const subjects = hasOwners ? chunks.flatMap((chunk) => chunk.subjects ?? []) : null;
  return Object.freeze({
    ...facts,
    rowCount,
    features,
    ...(isSparse ? { sparse: joinSparse(chunks.map(({ sparse }) => sparse!)) } : {}),
    labels,
    subjects: subjects === null ? null : Object.freeze(subjects),
    ...(sampleWeights ? { sampleWeights } : {}),
  });
}
