/**
 * From files to data sets: readers, schemas, row norms. docs/data.md is the manual.
 *
 * @module expunge/data
 */

export type { Task } from "../objective/objective.js";
export type { SparseRows } from "../records/sparse-rows.js";
export type { SubjectForm } from "../records/subject-form.js";
export type { ByteSource } from "./byte-source.js";
export { createDataset, type DatasetInput } from "./create-dataset.js";
export type { Dataset, DatasetFacts, RowScaling, ScaledRows } from "./dataset.js";
export { describeLabels, LabelCounts, type LabelFacts } from "./describe-labels.js";
export { type EncodedChunk, type EncodedTable, type EncodeOptions, encodeTable } from "./encode-table.js";
export { type InferOptions, inferSchema } from "./infer-schema.js";
export type { LabelScaling } from "./label-scaling.js";
export { LookAlikes, lookAlikeNotes } from "./look-alikes.js";
export { type OddCellNote, OddCells, type OddKind } from "./odd-cells.js";
export { parseNpy } from "./parse-npy.js";
export { type CsvOptions, openCsv } from "./read-csv.js";
export { type IdxArray, readIdx } from "./read-idx.js";
export { type MnistOptions, readMnist } from "./read-mnist.js";
export { type NpyArray, readNpy, readNpz, readOwnedNpz } from "./read-npy.js";
export { featuresIn, type NumericOptions, readNumeric, streamNumeric } from "./read-numeric.js";
export { openParquet, type ParquetOptions } from "./read-parquet.js";
export {
  comesOutSparse,
  openTable,
  readFeatureRows,
  readScaledRows,
  readTable,
  streamTable,
  type TableOptions,
} from "./read-table.js";
export { collectRows, type RowChunk, type RowSource, sourceOf, withAllNumbers } from "./row-source.js";
export { featuresOfStored, storedRows, storedWidthOf } from "./sample-weights.js";
export {
  featureNamesOf,
  labelFactsOf,
  labelNamesOf,
  parseSchema,
  type Schema,
  type SchemaColumn,
  schemaDigest,
} from "./schema.js";
export type { SparseInput } from "./sparse-input.js";
export { selectRows, splitDataset } from "./split-dataset.js";
export type { Cell, TableReader, TableRow } from "./table.js";
export { markedDecoder } from "./text-encoding.js";
