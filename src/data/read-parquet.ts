import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ExpungeError } from "../errors.js";
import type { Cell, TableReader, TableRow } from "./table.js";

/** Rows decoded at a time: row groups can be of any size. */
const SLICE_ROWS = 16_384;

/**
 * Streams a Parquet file, a slice of rows at a time. Numbers stay numbers, dates become ISO texts, booleans "true" and "false".
 *
 * @throws ExpungeError E_DATA for a file that cannot be read or is no Parquet, or a column that is nested. While rows are read, too.
 */
export async function openParquet(path: string): Promise<TableReader> {
  const explain = (error: Error): never => {
    throw new ExpungeError("E_DATA", `Cannot read ${path} as Parquet: ${error.message}.`, { file: path });
  };
  const file = await asyncBufferFromFile(path).catch(explain);
  const metadata = await parquetMetadataAsync(file).catch(explain);
  const columns = parquetSchema(metadata).children.map(({ element, children }) => {
    if (children.length === 0) return element.name;
    throw new ExpungeError(
      "E_DATA",
      `${path}: column "${element.name}": expected single values, found a nested column.`,
      {
        file: path,
        column: element.name,
      },
    );
  });
  const rowCount = Number(metadata.num_rows);
  async function* rows(): AsyncGenerator<TableRow> {
    for (let start = 0; start < rowCount; start += SLICE_ROWS) {
      const rowEnd = Math.min(start + SLICE_ROWS, rowCount);
      const slice = await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd }).catch(
        explain,
      );
      for (let i = 0; i < slice.length; i++) {
        yield { cells: columns.map((column) => cellOf(slice[i][column])), row: start + i + 1, line: null };
      }
    }
  }
  return { source: path, columns, rows: rows() };
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  return String(value);
}
