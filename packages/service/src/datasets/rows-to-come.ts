import { createHash } from "node:crypto";
import { type DataDescription, ExpungeError } from "expunge";
import {
  collectRows,
  type Dataset,
  type RowChunk,
  type RowSource,
  type SparseRows,
  selectRows,
  withAllNumbers,
} from "expunge/data";
import { mostEntries, rowsToJoin, sparseOfPairs } from "expunge/process";
import { bytesOfPage, type DatasetRows, type DatasetShape, joinRows } from "../rows/dataset-rows.js";

/** Rows that are to be added to a data set. */
export interface RowsToCome {
  readonly rowCount: number;
  readonly rows: DatasetRows;
  /** Owners, by row; null where rows have none. */
  readonly subjects: readonly string[] | null;
  /** Hex sha256 of the rows and their owners. */
  readonly digest: string;
}

/** Numbers of the rows that one call adds, of sparse rows two for each that is not 0 and 64 more a row: 16 MiB, which one transaction writes. */
export const MAX_ADDED_NUMBERS: number = 2 ** 22;

/** A data set that rows are to be added to. */
export interface Growing {
  readonly description: DataDescription;
  readonly shape: DatasetShape;
  /** Whether its rows have owners. */
  readonly hasSubjects: boolean;
}

/**
 * Reads rows that are to be added to a data set, all of them into memory.
 *
 * @throws ExpungeError E_DATA naming the row; E_OPTION for too many; whatever the source throws
 */
export async function rowsToCome(
  { description, shape, hasSubjects }: Growing,
  source: RowSource,
): Promise<RowsToCome> {
  const read = shape.isSparse ? source : withAllNumbers(source);
  const dataset = await collectRows({ ...read, chunks: () => atMost(read) });
  const { rowCount, subjects } = dataset;
  if ((subjects !== null) !== hasSubjects)
    throw new ExpungeError(
      "E_DATA",
      `Expected rows ${hasSubjects ? "with" : "without"} owners, as the data set's are.`,
    );
  const rows = shape.isSparse ? sparseRows(description, shape, dataset) : denseRows(description, dataset);
  return { rowCount, rows, subjects, digest: digestOf(shape, rows, subjects) };
}

function denseRows(description: DataDescription, dataset: Dataset): DatasetRows {
  const { featureCount, rowCount, hasSampleWeights } = dataset;
  const { contents } = rowsToJoin(description, dataset, {});
  const width = contents.length / rowCount;
  const features = new Float32Array(rowCount * featureCount);
  for (let row = 0; row < rowCount; row++)
    features.set(contents.subarray(row * width, row * width + featureCount), row * featureCount);
  const column = (at: number): Float32Array =>
    Float32Array.from({ length: rowCount }, (_, row) => contents[row * width + at]!);
  return {
    features,
    labels: column(width - 1),
    ...(hasSampleWeights ? { sampleWeights: column(featureCount) } : {}),
  };
}

/** In pieces: in each all rows have room for as many numbers as its longest, and one long row must not make room beside every short one. */
function sparseRows(description: DataDescription, shape: DatasetShape, dataset: Dataset): DatasetRows {
  const pieces = piecesOf(dataset).map((rows) => sparsePiece(description, selectRows(dataset, rows)));
  return joinRows(shape, pieces);
}

/** Rows one after another that have room for no more than so many numbers together; one row at least. */
function piecesOf({ rowCount, featureCount, sparse }: Dataset): Uint32Array[] {
  const pieces: Uint32Array[] = [];
  let [first, longest] = [0, 0];
  for (let row = 0; row < rowCount; row++) {
    const entries = sparse ? sparse.starts[row + 1]! - sparse.starts[row]! : featureCount;
    const both = Math.max(longest, entries);
    if (row > first && (row + 1 - first) * 2 * both > MAX_ADDED_NUMBERS) {
      pieces.push(Uint32Array.from({ length: row - first }, (_, i) => first + i));
      [first, longest] = [row, entries];
    } else longest = both;
  }
  return [...pieces, Uint32Array.from({ length: rowCount - first }, (_, i) => first + i)];
}

function sparsePiece(description: DataDescription, dataset: Dataset): DatasetRows {
  const { rowCount, featureCount, hasSampleWeights, sparse } = dataset;
  const capacity = sparse ? Math.max(1, mostEntries(sparse)) : featureCount;
  const { contents } = rowsToJoin(description, dataset, { sparse: { capacity } });
  const width = contents.length / rowCount;
  const column = (at: number): Float32Array =>
    Float32Array.from({ length: rowCount }, (_, row) => contents[row * width + at]!);
  return {
    features: new Float32Array(0),
    sparse: sparseOfPairs(contents, width, { capacity }),
    labels: column(width - 1),
    ...(hasSampleWeights ? { sampleWeights: column(2 * capacity) } : {}),
  };
}

/** Numbers for which a sparse row counts besides its own, however few it has: it takes its share of a page, and an owner. */
export const COST_OF_ROW = 64;

/** Numbers for which sparse rows count: two for each of theirs, a column and a value, and so many more a row. */
export function sparseCost({ starts, columns }: SparseRows): number {
  return 2 * columns.length + COST_OF_ROW * (starts.length - 1);
}

async function* atMost(source: RowSource): AsyncGenerator<RowChunk> {
  let numbers = 0;
  for await (const chunk of source.chunks()) {
    numbers += chunk.sparse ? sparseCost(chunk.sparse) : chunk.features.length;
    if (numbers > MAX_ADDED_NUMBERS)
      throw new ExpungeError(
        "E_OPTION",
        source.isSparse
          ? `Expected at most ${MAX_ADDED_NUMBERS / 2} numbers other than 0 at once, each row counting as ${COST_OF_ROW / 2} more: add rows in several calls.`
          : `Expected at most ${MAX_ADDED_NUMBERS} numbers at once, rows times ${source.featureCount} features: add them in several calls.`,
      );
    yield chunk;
  }
}

/** Of rows with all their numbers row by row, as it has always been: requests are remembered by it. */
function digestOf(shape: DatasetShape, rows: DatasetRows, subjects: readonly string[] | null): string {
  const hash = createHash("sha256");
  if (shape.isSparse) hash.update(bytesOfPage(shape, rows));
  else updateByRows(hash, shape, rows);
  return hash.update(JSON.stringify(subjects)).digest("hex");
}

function updateByRows(
  hash: ReturnType<typeof createHash>,
  { featureCount }: DatasetShape,
  { features, labels, sampleWeights }: DatasetRows,
): void {
  for (let row = 0; row < labels.length; row++) {
    const own = features.subarray(row * featureCount, (row + 1) * featureCount);
    hash.update(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
    const behind = sampleWeights ? [sampleWeights[row]!, labels[row]!] : [labels[row]!];
    hash.update(new Uint8Array(Float32Array.from(behind).buffer));
  }
}
