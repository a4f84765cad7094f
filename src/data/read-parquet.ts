import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ExpungeError } from "../errors.js";
import { type Cell, requireDistinct, type TableReader, type TableRow } from "./table.js";

const BATCH_ROWS = 1024;

/**
 * Streams a Parquet file, a row group at a time, decoded by columns. Numbers and decimals stay numbers, 64-bit integers beyond 2^53
 * become texts, dates and times ISO texts (in UTC), booleans "true" and "false", other bytes hex; nulls are missing.
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
  const converters = fields.map(converterOf);

  async function* batches(): AsyncGenerator<readonly TableRow[]> {
    if (plain.length === 0 || metadata.num_rows === 0n) return;
    const scan = await parquetScan({ file, metadata, compressors, columns: plain }).catch(explain);
    for (const { rowStart, rowEnd } of scan.ranges) {
      const data = await Promise.all(
        columns.map((column) =>
          nested.has(column) ? null : scan.readColumn({ column, rowStart, rowEnd }).catch(explain),
        ),
      );
      for (let start = rowStart; start < rowEnd; start += BATCH_ROWS) {
        const rows: TableRow[] = [];
        for (let i = start; i < Math.min(start + BATCH_ROWS, rowEnd); i++) {
          const cells = data.map((values, k) => converters[k](values?.[i - rowStart]));
          rows.push({ cells, row: i + 1, line: null });
        }
        yield rows;
      }
    }
  }
  return { source: path, columns, nested, batches: batches() };
}

function isNested({ children, element }: SchemaTree): boolean {
  return children.length > 0 || element.repetition_type === "REPEATED" || element.converted_type === "JSON";
}

/** How the values of a column become cells. */
function converterOf({ element }: SchemaTree): (value: unknown) => Cell {
  if (element.converted_type === "DATE" || element.logical_type?.type === "DATE") {
    return (value) => {
      const cell = cellOf(value);
      return typeof cell === "string" ? cell.slice(0, 10) : cell;
    };
  }
  if (element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL") {
    // hyparquet multiplies by 10^-scale, which makes 99.99 into 99.99000000000001.
    const digits = Math.min(element.scale ?? 0, 100);
    return (value) => (typeof value === "number" ? Number(value.toFixed(digits)) : cellOf(value));
  }
  return cellOf;
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
