import { type Dataset, type DatasetFacts, denseRows } from "./dataset.js";

/** Some rows of a source, ready for training: checked, finite, of norm <= 1. They are the reader's own to keep. */
export interface RowChunk {
  /** rows x featureCount, row-major. */
  readonly features: Float32Array;
  /** One a row: -1/+1, or 0..classCount-1, or real. */
  readonly labels: Float32Array;
  /** Owner of each row, or null where rows have no owner but themselves; the same in all chunks. */
  readonly subjects: readonly string[] | null;
  /** Weight of each row, in (0, 1]; there exactly where the source's `hasSampleWeights` is true. */
  readonly sampleWeights?: Float32Array;
}

/** A data set whose rows come chunk by chunk: memory is flat, however many there are. */
export interface RowSource extends DatasetFacts {
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

/** The rows of a data set in memory as a source; nothing is copied, but of sparse rows, which come with all their numbers, a chunk at a time. */
export function sourceOf(dataset: Dataset): RowSource {
  const { rowCount, features, sparse, labels, subjects, sampleWeights, ...facts } = dataset;
  const { featureCount } = facts;
  const chunkRows = chunkRowsOf(featureCount);
  async function* chunks(): AsyncGenerator<RowChunk> {
    for (let start = 0; start < rowCount; start += chunkRows) {
      const end = Math.min(start + chunkRows, rowCount);
      yield {
        features: denseRows(dataset, start, end),
        labels: labels.subarray(start, end),
        subjects: subjects?.slice(start, end) ?? null,
        ...(sampleWeights ? { sampleWeights: sampleWeights.subarray(start, end) } : {}),
      };
    }
  }
  return Object.freeze({ ...facts, chunks });
}

/** Reads a source to its end into memory. @throws ExpungeError whatever the source throws */
export async function collectRows(source: RowSource): Promise<Dataset> {
  const { chunks: read, ...facts } = source;
  const chunks: RowChunk[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  const rowCount = chunks.reduce((count, { labels }) => count + labels.length, 0);
  const features = new Float32Array(rowCount * facts.featureCount);
  const labels = new Float32Array(rowCount);
  const sampleWeights = facts.hasSampleWeights ? new Float32Array(rowCount) : null;
  let row = 0;
  for (const chunk of chunks) {
    features.set(chunk.features, row * facts.featureCount);
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
    labels,
    subjects: subjects === null ? null : Object.freeze(subjects),
    ...(sampleWeights ? { sampleWeights } : {}),
  });
}
