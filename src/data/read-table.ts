import { dataError } from "./data-error.js";
import type { Dataset } from "./dataset.js";
import { DatasetBuilder } from "./dataset-builder.js";
import { bindSchema } from "./encode-rows.js";
import { readFirstBytes } from "./read-bytes.js";
import { openCsv } from "./read-csv.js";
import { openParquet } from "./read-parquet.js";
import { featureNamesOf, labelNamesOf, type Schema, schemaDigest } from "./schema.js";
import { placeOf, type TableReader } from "./table.js";

/**
 * Reads a CSV (.csv, .tsv, .txt, .data, ..., gzipped or not) or Parquet file through a schema. Rows stream: only their features are kept.
 *
 * @throws ExpungeError E_DATA naming file, row, line, column, what was found and what was expected; E_SCHEMA
 */
export async function readTable(path: string, schema: Schema): Promise<Dataset> {
  const table = await openTable(path, schema.csv);
  const encoder = bindSchema(schema, table, "all");
  const builder = new DatasetBuilder({
    task: schema.task,
    scaling: schema.scaling,
    intercept: schema.intercept,
    rawCount: encoder.rawCount,
    source: path,
  });
  const values = new Float64Array(encoder.rawCount);
  for await (const rows of table.batches) {
    for (const row of rows) {
      const { label, subject } = encoder.encode(row, values);
      builder.add(values, label, subject, () => placeOf(path, row));
    }
  }
  return builder.finish({
    labelNames: labelNamesOf(schema),
    featureNames: featureNamesOf(schema),
    schemaDigest: schemaDigest(schema),
  });
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

/** Opens either kind of table: Parquet by its first bytes, all else as CSV. @throws ExpungeError E_DATA */
export async function openTable(path: string, csv: Partial<Schema["csv"]>): Promise<TableReader> {
  const isParquet = Buffer.from(await readFirstBytes(path, 4)).toString("latin1") === "PAR1";
  // A file that is called .parquet and is none deserves to be told so, rather than be read as CSV.
  if (isParquet || /\.(parquet|pq)$/i.test(path)) return openParquet(path);
  return openCsv(path, {
    columns: csv.header === false ? (csv.columnNames ?? []) : null,
    ...(csv.delimiter === undefined ? {} : { delimiter: csv.delimiter }),
    comment: csv.comment ?? null,
  });
}
