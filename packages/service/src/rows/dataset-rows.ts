import type { DataDescription } from "expunge";
import type { Dataset, SparseRows } from "expunge/data";
import { joinSparse, selectSparse, sliceSparse } from "expunge/process";
import { bytesOfRows, rowsOfBytes } from "./page-bytes.js";
import { damaged } from "./stored-pages.js";

/*
 * Rows of a data set, and the pages that hold them. A page of rows with all their numbers has the features, each row's sample weight behind them where rows
 * have one, and then the labels, float32. A page of sparse rows has 32-bit words, little-endian: how many rows; of each its entries, its label and
 * its sample weight where rows have one; then the columns of all entries, and their numbers. An erased row has no entries, label 0, weight 0.
 */

/** Rows of a data set, with all their numbers or sparse. */
export type DatasetRows = Pick<Dataset, "features" | "sparse" | "labels" | "sampleWeights">;

/** A data set as its pages need it. */
export interface DatasetShape {
  readonly id: string;
  /** Numbers of a row, without its sample weight and its label. */
  readonly featureCount: number;
  readonly hasSampleWeights: boolean;
  readonly isSparse: boolean;
  /** Rows of every page but the last. */
  readonly pageRows: number;
}

/** How rows of a data set lie in pages, as the database has it; null for all their numbers. */
export type PageForm = "sparse" | null;

export function shapeOfDataset(
  id: string,
  { featureCount, hasSampleWeights = false }: Pick<DataDescription, "featureCount" | "hasSampleWeights">,
  { pageRows, pageForm }: { readonly pageRows: number; readonly pageForm: PageForm },
): DatasetShape {
  return { id, featureCount, hasSampleWeights, isSparse: pageForm === "sparse", pageRows };
}

/** Numbers of a row with all of them, as it is stored, without its label. */
export function widthOf({ featureCount, hasSampleWeights }: DatasetShape): number {
  return featureCount + (hasSampleWeights ? 1 : 0);
}

export function bytesOfPage(shape: DatasetShape, rows: DatasetRows): Uint8Array {
  return shape.isSparse ? bytesOfSparse(rows) : bytesOfDense(shape, rows);
}

/** The rows of a page, in its own memory where that is possible. */
export function rowsOfPage(shape: DatasetShape, bytes: Uint8Array): DatasetRows {
  return shape.isSparse ? sparseOfBytes(shape, bytes) : denseOfBytes(shape, bytes);
}

/** Some rows that follow one another. */
export function sliceRows(
  { featureCount }: DatasetShape,
  { features, sparse, labels, sampleWeights }: DatasetRows,
  from: number,
  to: number,
): DatasetRows {
  return {
    features: features.subarray(from * featureCount, to * featureCount),
    ...(sparse ? { sparse: sliceSparse(sparse, from, to) } : {}),
    labels: labels.subarray(from, to),
    ...(sampleWeights ? { sampleWeights: sampleWeights.subarray(from, to) } : {}),
  };
}

/** Rows of several pieces, one piece behind the other. */
export function joinRows(
  { isSparse, hasSampleWeights }: DatasetShape,
  pieces: readonly DatasetRows[],
): DatasetRows {
  if (pieces.length === 1) return pieces[0]!;
  return {
    features: joinFloats(pieces.map(({ features }) => features)),
    ...(isSparse ? { sparse: joinSparse(pieces.map(({ sparse }) => sparse as SparseRows)) } : {}),
    labels: joinFloats(pieces.map(({ labels }) => labels)),
    ...(hasSampleWeights
      ? { sampleWeights: joinFloats(pieces.map(({ sampleWeights }) => sampleWeights as Float32Array)) }
      : {}),
  };
}

/** Rows of which some are erased: empty ones are in their places. */
export function withoutRows(
  { featureCount }: DatasetShape,
  { features, sparse, labels, sampleWeights }: DatasetRows,
  isGone: (row: number) => boolean,
): DatasetRows {
  const gone = Array.from(labels.keys()).filter(isGone);
  if (gone.length === 0) return given(features, sparse, labels, sampleWeights);
  const cleared = (numbers: Float32Array, width: number): Float32Array => {
    const kept = numbers.slice();
    for (const row of gone) kept.fill(0, row * width, (row + 1) * width);
    return kept;
  };
  return given(
    sparse ? features : cleared(features, featureCount),
    sparse && emptied(sparse, new Set(gone)),
    cleared(labels, 1),
    sampleWeights && cleared(sampleWeights, 1),
  );
}

function given(
  features: Float32Array,
  sparse: SparseRows | undefined,
  labels: Float32Array,
  sampleWeights: Float32Array | undefined,
): DatasetRows {
  return { features, ...(sparse ? { sparse } : {}), labels, ...(sampleWeights ? { sampleWeights } : {}) };
}

function emptied(rows: SparseRows, gone: ReadonlySet<number>): SparseRows {
  const kept = Array.from(rows.starts.subarray(1).keys()).filter((row) => !gone.has(row));
  const { starts, columns, values } = selectSparse(rows, kept);
  const all = new Uint32Array(rows.starts.length);
  let next = 0;
  for (let row = 0; row + 1 < all.length; row++) {
    if (!gone.has(row)) next += 1;
    all[row + 1] = starts[next]!;
  }
  return { starts: all, columns, values };
}

/** Some rows, in the order given. */
export function pickRows(
  { featureCount }: DatasetShape,
  { features, sparse, labels, sampleWeights }: DatasetRows,
  rows: readonly number[],
): DatasetRows {
  const picked = new Float32Array(sparse ? 0 : rows.length * featureCount);
  if (!sparse)
    rows.forEach((row, i) => {
      picked.set(features.subarray(row * featureCount, (row + 1) * featureCount), i * featureCount);
    });
  return given(
    picked,
    sparse && selectSparse(sparse, rows),
    Float32Array.from(rows, (row) => labels[row]!),
    sampleWeights && Float32Array.from(rows, (row) => sampleWeights[row]!),
  );
}

function bytesOfDense(shape: DatasetShape, { features, labels, sampleWeights }: DatasetRows): Uint8Array {
  if (!sampleWeights) return bytesOfRows({ features, labels });
  const { featureCount } = shape;
  const width = widthOf(shape);
  const stored = new Float32Array(labels.length * width);
  for (let row = 0; row < labels.length; row++) {
    stored.set(features.subarray(row * featureCount, (row + 1) * featureCount), row * width);
    stored[row * width + featureCount] = sampleWeights[row]!;
  }
  return bytesOfRows({ features: stored, labels });
}

function denseOfBytes(shape: DatasetShape, bytes: Uint8Array): DatasetRows {
  const width = widthOf(shape);
  const rows = rowsOfBytes(bytes, width);
  if (!shape.hasSampleWeights) return rows;
  const { featureCount } = shape;
  const { features: stored, labels } = rows;
  const features = new Float32Array(labels.length * featureCount);
  for (let row = 0; row < labels.length; row++)
    features.set(stored.subarray(row * width, row * width + featureCount), row * featureCount);
  return { features, labels, sampleWeights: labels.map((_, row) => stored[row * width + featureCount]!) };
}

function bytesOfSparse({ sparse, labels, sampleWeights }: DatasetRows): Uint8Array {
  const { starts, columns, values } = sparse as SparseRows;
  const rowCount = labels.length;
  const head = 1 + rowCount * (sampleWeights ? 3 : 2);
  const words = new Uint32Array(head + 2 * columns.length);
  const numbers = new Float32Array(words.buffer);
  words[0] = rowCount;
  for (let row = 0; row < rowCount; row++) words[1 + row] = starts[row + 1]! - starts[row]!;
  numbers.set(labels, 1 + rowCount);
  if (sampleWeights) numbers.set(sampleWeights, 1 + 2 * rowCount);
  words.set(columns, head);
  numbers.set(values, head + columns.length);
  return new Uint8Array(words.buffer);
}

/** @throws ExpungeError E_MODEL for what is no page of sparse rows */
function sparseOfBytes({ id, hasSampleWeights }: DatasetShape, bytes: Uint8Array): DatasetRows {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  const numbers = new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  const rowCount = words[0] ?? 0;
  const starts = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) starts[row + 1] = starts[row]! + words[1 + row]!;
  const entryCount = starts[rowCount]!;
  const head = 1 + rowCount * (hasSampleWeights ? 3 : 2);
  if (words.length !== head + 2 * entryCount) throw damaged(id, "a page is of the wrong size");
  return {
    features: new Float32Array(0),
    sparse: {
      starts,
      columns: words.subarray(head, head + entryCount),
      values: numbers.subarray(head + entryCount, head + 2 * entryCount),
    },
    labels: numbers.subarray(1 + rowCount, 1 + 2 * rowCount),
    ...(hasSampleWeights ? { sampleWeights: numbers.subarray(1 + 2 * rowCount, head) } : {}),
  };
}

function joinFloats(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
