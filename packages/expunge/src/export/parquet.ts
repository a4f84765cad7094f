import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { optionError } from "../errors.js";
import { VERSION } from "../version.js";

/** A column of a table: numbers, or texts. Every row has a value. */
export interface TableColumn {
  readonly name: string;
  readonly data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** A Parquet file that is written some rows at a time; nothing is held but those. */
export interface ParquetTable {
  /** Rows of the columns named, in their order, as one row group. */
  write(columns: readonly TableColumn["data"][]): Promise<void>;
  finish(): Promise<void>;
}

/**
 * Begins a Parquet file: FLOAT, DOUBLE, INT64 or STRING columns without nulls, compressed by Snappy.
 *
 * @param columns  names, each once, and an array of each one's type (its values are not written)
 * @param metadata key-value pairs of the footer
 * @throws ExpungeError E_OPTION for a name that is there twice
 */
export function beginParquet(
  path: string,
  columns: readonly TableColumn[],
  metadata: Readonly<Record<string, string>>,
): ParquetTable {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw optionError("column", JSON.stringify(twice), "to be the name of one column");
  const root: SchemaElement = { name: "root", num_children: columns.length };
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [root, ...columns.map(elementOf)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: `expunge ${VERSION}`,
  });
  return {
    async write(data) {
      const columnData = names.map((name, k) => ({ name, data: data[k] as Float32Array | string[] }));
      await writer.write({ columnData, rowGroupSize: Math.max(1, data[0]!.length) });
    },
    async finish() {
      await writer.finish();
    },
  };
}

function elementOf({ name, data }: TableColumn): SchemaElement {
  const required = { name, repetition_type: "REQUIRED" } as const;
  if (data instanceof Float32Array) return { ...required, type: "FLOAT" };
  if (data instanceof Float64Array) return { ...required, type: "DOUBLE" };
  if (data instanceof BigInt64Array) return { ...required, type: "INT64" };
  return { ...required, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
}
