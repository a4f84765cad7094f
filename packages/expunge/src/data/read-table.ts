import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { ChunkGatherer } from "./chunk-gatherer.js";
import { dataError, type Place } from "./data-error.js";
import type { Dataset, DatasetFacts, ScaledRows } from "./dataset.js";
import { bindSchema, type RowEncoder, type RowParts } from "./encode-rows.js";
import { EntryList, SparseGatherer } from "./entry-list.js";
import { requireSameFeatures } from "./file-schema.js";
import type { OddCells } from "./odd-cells.js";
import { readFirstBytes } from "./read-bytes.js";
import { openCsv } from "./read-csv.js";
import { openParquet, type ParquetOptions } from "./read-parquet.js";
import { RowIntake } from "./row-intake.js";
import { collectRows, type RowChunk, type RowSource } from "./row-source.js";
import { scaleRows } from "./scale-rows.js";
import { featureNamesOf, labelFactsOf, labelNamesOf, type Schema, schemaDigest } from "./schema.js";
import { widthOfColumn } from "./schema-columns.js";
import { placeOf, type TableReader } from "./table.js";

/** How to read a table through a schema. */
export interface TableOptions {
  /** Takes rows that all have one label, to evaluate a model on; default false. */
  readonly allowOneClass?: boolean;
  /** Whether rows that may all have one label are to be trained on, and so need the weights that the schema declares; default false. */
  readonly isForTraining?: boolean;
  /** Bytes that pages of a Parquet file may take while they are read: a file of larger ones is refused. Default: no limit. */
  readonly memoryLimit?: number;
  /** Counts the cells that the schema lets pass and hardly knows. Read its notes once the rows are read. */
  readonly oddCells?: OddCells;
  /**
   * The schema of a trained model, for a file that is written otherwise than the training data. The file's own schema may then differ from it in `csv`,
   * `number`, `date.order` and the spellings of labels. The rows are the model's, as if its schema had read them. Default: the file's own.
   */
  readonly modelSchema?: Schema;
}

/**
 * A CSV (.csv, .tsv, .txt, .data, ..., gzipped, packed by Zstandard or plain) or Parquet file through a schema, chunk by chunk. Memory is
 * that of a chunk; of Parquet, besides, that of one page of each column. Where text or hashed columns make many features, rows come sparse:
 * `withAllNumbers` gives them otherwise.
 *
 * @throws ExpungeError E_OPTION for a memory limit below its pages; E_DATA for a file that cannot be read or is no table; E_SCHEMA for columns other than declared. While rows are
 *         read, E_DATA naming file, row, line, column, what was found and what was expected
 */
export async function streamTable(
  file: string | ByteSource,
  schema: Schema,
  options: TableOptions = {},
): Promise<RowSource> {
  requireSchema(schema);
  const path = nameOf(file);
  const own = modelSchemaOf(schema, options);
  const parts = partsOf(options);
  const { encoder } = await openRows(file, schema, parts, options);
  const facts = factsOfTable(path, own, encoder, options);
  const isSparse = comesOutSparse(schema);
  async function* chunks(): AsyncGenerator<RowChunk> {
    // Opened again: a table gives its rows once.
    const { table, encoder } = await openRows(file, schema, parts, options);
    const gatherer = new ChunkGatherer(intakeOf(path, schema, encoder, options));
    const values = new Float64Array(isSparse ? 0 : encoder.rawCount);
    const entries = new EntryList();
    for await (const rows of table.batches) {
      for (const row of rows) {
        const place = (): Place => placeOf(path, row);
        const chunk = isSparse
          ? gatherer.addEntries(entries, encoder.encodeEntries(row, entries), place)
          : gatherer.add(values, encoder.encode(row, values), place);
        if (chunk !== null) yield chunk;
      }
    }
    yield* gatherer.finish(facts.labelNames);
  }
  return Object.freeze({ ...facts, ...(isSparse ? { isSparse } : {}), chunks });
}

/** The rows of `streamTable` in memory; sparse where they come so. @throws ExpungeError the same */
export async function readTable(
  file: string | ByteSource,
  schema: Schema,
  options: TableOptions = {},
): Promise<Dataset> {
  return collectRows(await streamTable(file, schema, options));
}

/** The schema whose features and labels rows have. @throws ExpungeError E_SCHEMA where the file's own would make others */
function modelSchemaOf(schema: Schema, { modelSchema }: Pick<TableOptions, "modelSchema">): Schema {
  if (modelSchema === undefined) return schema;
  requireSameFeatures(modelSchema, schema, "schema");
  return modelSchema;
}

/** Plain JavaScript may give none. @throws ExpungeError E_OPTION */
function requireSchema(schema: unknown): void {
  if (typeof schema === "object" && schema !== null) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected a schema, of parseSchema or inferSchema, found ${schema === null ? "null" : typeof schema}.`,
  );
}

/** A model is judged without weights: a file to judge it by need not have them. */
function partsOf({ allowOneClass, isForTraining }: TableOptions): RowParts {
  return allowOneClass && !isForTraining ? "labelled" : "all";
}

function factsOfTable(
  path: string,
  schema: Schema,
  encoder: RowEncoder,
  options: TableOptions,
): DatasetFacts {
  const described = intakeOf(path, schema, encoder, options).describe({
    labelNames: labelNamesOf(schema),
    featureNames: encoder.rawCount > MOST_NAMES ? null : featureNamesOf(schema),
    schemaDigest: schemaDigest(schema),
    subjectForm: schema.subjectForm,
    ...labelFactsOf(schema),
  });
  const isWeighted = schema.weight !== undefined && partsOf(options) === "all";
  return isWeighted ? { ...described, hasSampleWeights: true } : described;
}

/** More features than this have no names: these would take more room than the rows. */
const MOST_NAMES = 2 ** 17;

/** Fewer features than this are faster, or no slower, with all their numbers (docs/data.md). */
const LEAST_SPARSE = 2 ** 12;

/** Features of a scaled row. */
function featureCountOf({ columns, intercept }: Schema): number {
  const rawCount = columns.reduce((sum, column) => sum + widthOfColumn(column), 0);
  return rawCount + (intercept === 0 ? 0 : 1);
}

/** Whether few numbers of a row are not 0, by the schema alone: most of its many features are those of texts and hashed categories. */
export function comesOutSparse({ columns }: Schema): boolean {
  let [hashed, all] = [0, 0];
  for (const column of columns) {
    const width = widthOfColumn(column);
    all += width;
    if (column.kind === "text" || column.kind === "hashed") hashed += width;
  }
  return all >= LEAST_SPARSE && 2 * hashed > all;
}

async function openRows(
  file: string | ByteSource,
  schema: Schema,
  parts: RowParts,
  options: Pick<TableOptions, "memoryLimit" | "oddCells"> = {},
): Promise<{ table: TableReader; encoder: RowEncoder }> {
  const table = await openTable(file, schema.csv, options);
  return { table, encoder: bindSchema(schema, table, parts, options.oddCells) };
}

function intakeOf(
  source: string,
  { task, scaling, intercept }: Schema,
  { rawCount }: RowEncoder,
  { allowOneClass = false }: TableOptions,
): RowIntake {
  return new RowIntake({ task, scaling, intercept, rawCount, source, allowOneClass });
}

/** Raw features of rows to predict: label and subject columns may be absent. @throws ExpungeError E_DATA, E_SCHEMA */
export async function readFeatureRows(
  file: string | ByteSource,
  schema: Schema,
  { oddCells }: Pick<TableOptions, "oddCells"> = {},
): Promise<readonly Float64Array[]> {
  const table = await openTable(file, schema.csv);
  const encoder = bindSchema(schema, table, "features", oddCells);
  const features: Float64Array[] = [];
  for await (const rows of table.batches) {
    for (const row of rows) {
      const values = new Float64Array(encoder.rawCount);
      encoder.encode(row, values);
      features.push(values);
    }
  }
  return requireRows(features, nameOf(file));
}

/**
 * The same, scaled as the schema says; sparse where `readTable` reads sparse rows.
 *
 * @throws ExpungeError E_DATA, E_SCHEMA
 */
export async function readScaledRows(
  file: string | ByteSource,
  schema: Schema,
  options: Pick<TableOptions, "oddCells" | "modelSchema"> = {},
): Promise<ScaledRows> {
  const { oddCells } = options;
  const { scaling: kind, intercept } = schema;
  const facts = {
    scaling: { kind, intercept },
    schemaDigest: schemaDigest(modelSchemaOf(schema, options)),
  };
  const featureCount = featureCountOf(schema);
  if (!comesOutSparse(schema)) {
    const rows = await readFeatureRows(file, schema, given({ oddCells }));
    const features = scaleRows(rows, facts.scaling, featureCount, nameOf(file));
    return { ...facts, rowCount: rows.length, featureCount, features };
  }
  const table = await openTable(file, schema.csv);
  const encoder = bindSchema(schema, table, "features", oddCells);
  const gatherer = new SparseGatherer();
  const entries = new EntryList();
  for await (const rows of table.batches) {
    for (const row of rows) {
      encoder.encodeEntries(row, entries);
      gatherer.addScaled(entries, facts.scaling, encoder.rawCount, () => placeOf(nameOf(file), row));
    }
  }
  const sparse = gatherer.finish();
  const rowCount = requireRows(sparse.starts.subarray(1), nameOf(file)).length;
  return { ...facts, rowCount, featureCount, features: new Float32Array(0), sparse };
}

function requireRows<T extends { readonly length: number }>(rows: T, file: string): T {
  if (rows.length > 0) return rows;
  throw dataError({ file }, "at least one row", "none");
}

/** By its first bytes. A file that is called .parquet and is none deserves to be told so, rather than be read as CSV. */
export async function isParquetFile(file: string | ByteSource): Promise<boolean> {
  const first = await readFirstBytes(file, 4);
  return Buffer.from(first).toString("latin1") === "PAR1" || /\.(parquet|pq)$/i.test(nameOf(file));
}

/** Opens either kind of table: Parquet by its first bytes, all else as CSV. @throws ExpungeError E_DATA, E_OPTION */
export async function openTable(
  file: string | ByteSource,
  csv: Partial<Schema["csv"]>,
  options: ParquetOptions = {},
): Promise<TableReader> {
  if (await isParquetFile(file)) return openParquet(file, options);
  return openCsv(file, {
    columns: csv.header === false ? (csv.columnNames ?? []) : null,
    ...given({ encoding: csv.encoding, delimiter: csv.delimiter }),
    comment: csv.comment ?? null,
  });
}
