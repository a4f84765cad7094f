import { given } from "../given.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { ChunkGatherer } from "./chunk-gatherer.js";
import { dataError } from "./data-error.js";
import type { Dataset } from "./dataset.js";
import { bindSchema, type RowEncoder, type RowParts } from "./encode-rows.js";
import { readFirstBytes } from "./read-bytes.js";
import { openCsv } from "./read-csv.js";
import { openParquet, type ParquetOptions } from "./read-parquet.js";
import { RowIntake } from "./row-intake.js";
import { collectRows, type RowChunk, type RowSource } from "./row-source.js";
import { featureNamesOf, labelFactsOf, labelNamesOf, type Schema, schemaDigest } from "./schema.js";
import { placeOf, type TableReader } from "./table.js";

/** How to read a table through a schema. */
export interface TableOptions {
  /** Takes rows that all have one label, to evaluate a model on; default false. */
  readonly allowOneClass?: boolean;
  /** Bytes that pages of a Parquet file may take while they are read: a file of larger ones is refused. Default: no limit. */
  readonly memoryLimit?: number;
}

/**
 * A CSV (.csv, .tsv, .txt, .data, ..., gzipped, packed by Zstandard or plain) or Parquet file through a schema, chunk by chunk. Memory is
 * that of a chunk; of Parquet, besides, that of one page of each column.
 *
 * @throws ExpungeError E_OPTION for a memory limit below its pages; E_DATA for a file that cannot be read or is no table; E_SCHEMA for columns other than declared. While rows are
 *         read, E_DATA naming file, row, line, column, what was found and what was expected
 */
export async function streamTable(
  file: string | ByteSource,
  schema: Schema,
  options: TableOptions = {},
): Promise<RowSource> {
  // A model is judged without weights: a file to judge it by need not have them.
  const parts = options.allowOneClass ? "labelled" : "all";
  const path = nameOf(file);
  const { encoder } = await openRows(file, schema, parts, options);
  const described = intakeOf(path, schema, encoder, options).describe({
    labelNames: labelNamesOf(schema),
    featureNames: featureNamesOf(schema),
    schemaDigest: schemaDigest(schema),
    subjectForm: schema.subjectForm,
    ...labelFactsOf(schema),
  });
  const isWeighted = schema.weight !== undefined && parts === "all";
  const facts = isWeighted ? { ...described, hasSampleWeights: true } : described;
  async function* chunks(): AsyncGenerator<RowChunk> {
    // Opened again: a table gives its rows once.
    const { table, encoder } = await openRows(file, schema, parts, options);
    const gatherer = new ChunkGatherer(intakeOf(path, schema, encoder, options));
    const values = new Float64Array(encoder.rawCount);
    for await (const rows of table.batches) {
      for (const row of rows) {
        const { label, subject, weight } = encoder.encode(row, values);
        const chunk = gatherer.add(values, label, subject, () => placeOf(path, row), weight);
        if (chunk !== null) yield chunk;
      }
    }
    yield* gatherer.finish(facts.labelNames);
  }
  return Object.freeze({ ...facts, chunks });
}

/** The rows of `streamTable` in memory. @throws ExpungeError the same */
export async function readTable(
  path: string | ByteSource,
  schema: Schema,
  options: TableOptions = {},
): Promise<Dataset> {
  return collectRows(await streamTable(path, schema, options));
}

async function openRows(
  file: string | ByteSource,
  schema: Schema,
  parts: RowParts,
  options: ParquetOptions = {},
): Promise<{ table: TableReader; encoder: RowEncoder }> {
  const table = await openTable(file, schema.csv, options);
  return { table, encoder: bindSchema(schema, table, parts) };
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
export async function readFeatureRows(path: string, schema: Schema): Promise<readonly Float64Array[]> {
  const table = await openTable(path, schema.csv);
  const encoder = bindSchema(schema, table, "features");
  const features: Float64Array[] = [];
  for await (const rows of table.batches) {
    for (const row of rows) {
      const values = new Float64Array(encoder.rawCount);
      encoder.encode(row, values);
      features.push(values);
    }
  }
  if (features.length === 0) throw dataError({ file: path }, "at least one row", "none");
  return features;
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
