import {
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ExpungeError } from "../errors.js";
import { cellReader, EXACT_PARSERS, significandBitsOf, withoutConversions } from "./parquet-cells.js";
import { requireDistinct, type TableReader, type TableRow } from "./table.js";

const BATCH_ROWS = 1024;

/**
 * Streams a Parquet file, a row group at a time, decoded by columns. Nothing is rounded: numbers stay numbers; 64-bit integers beyond
 * 2^53 and decimals of more than 15 digits become texts; dates and times ISO texts (in UTC) with all their decimals; booleans "true" and
 * "false"; bytes of a fixed length hex, others the text that they are in UTF-8. Nulls are missing.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read or is no Parquet, or duplicate column names. While rows are read, too.
 */
export async function openParquet(path: string): Promise<TableReader> {
  const explain = (error: Error): never => {
    throw new ExpungeError("E_DATA", `Cannot read ${path} as Parquet: ${error.message}.`, { file: path });
  };
  const file = await asyncBufferFromFile(path).catch(explain);
  const metadata = await parquetMetadataAsync(file).catch(explain);
  const fields = parquetSchema(metadata).children;
  const columns = fields.map(({ element }) => element.name);
  requireDistinct(path, columns);
  const nested = new Set(fields.filter(isNested).map(({ element }) => element.name));
  const plain = columns.filter((column) => !nested.has(column));
  const floats = new Map(
    fields.flatMap((field) => {
      const bits = significandBitsOf(field);
      return bits === null ? [] : [[field.element.name, bits]];
    }),
  );
  const readers = fields.map((field) => ({ column: field.element.name, cellOf: cellReader(field) }));

  async function* batches(): AsyncGenerator<readonly TableRow[]> {
    if (metadata.num_rows === 0n) return;
    if (plain.length === 0) return yield* emptyRows(columns, Number(metadata.num_rows));
    const scan = await parquetScan({
      file,
      metadata: withoutConversions(metadata),
      compressors: pageDecompressors,
      columns: plain,
      utf8: false,
      parsers: EXACT_PARSERS,
    }).catch(explain);
    for (const { rowStart, rowEnd } of scan.ranges) {
      const data = await Promise.all(
        readers.map(async ({ column, cellOf }) => ({
          values: nested.has(column)
            ? null
            : await scan.readColumn({ column, rowStart, rowEnd }).catch(explain),
          cellOf,
        })),
      );
      for (let start = rowStart; start < rowEnd; start += BATCH_ROWS) {
        const rows: TableRow[] = [];
        for (let i = start; i < Math.min(start + BATCH_ROWS, rowEnd); i++) {
          const cells = data.map(({ values, cellOf }) => cellOf(values?.[i - rowStart]));
          rows.push({ cells, row: i + 1, line: null });
        }
        yield rows;
      }
    }
  }
  return { source: path, columns, nested, floats, batches: batches() };
}

/** Rows of a table that has nothing but lists and records. */
function* emptyRows(columns: readonly string[], rowCount: number): Generator<readonly TableRow[]> {
  const cells = columns.map(() => null);
  for (let start = 0; start < rowCount; start += BATCH_ROWS)
    yield Array.from({ length: Math.min(BATCH_ROWS, rowCount - start) }, (_, i) => ({
      cells,
      row: start + i + 1,
      line: null,
    }));
}

/** A page without values is no bytes at all, which is no stream to any decompressor. */
const pageDecompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : decompress(input, length)),
  ]),
);

function isNested({ children, element }: SchemaTree): boolean {
  return (
    children.length > 0 ||
    element.repetition_type === "REPEATED" ||
    element.converted_type === "JSON" ||
    element.converted_type === "BSON"
  );
}
