import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { type CsvError, parse } from "csv-parse";
import { ExpungeError } from "../errors.js";
import type { TableReader, TableRow } from "./table.js";

export interface CsvOptions {
  /** Names of the columns of a file without a header; null where the first line names them. */
  readonly columns: readonly string[] | null;
  /** Default ",". */
  readonly delimiter?: string;
  /** Lines that begin with this are left out. */
  readonly comment?: string | null;
}

/**
 * Streams a CSV file (RFC 4180 quoting, UTF-8, gzipped or not); white space around cells is dropped, empty lines are skipped.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read or is no text, an empty file, a ragged row, an open quote; duplicate
 *         column names. While rows are read, too.
 */
export async function openCsv(path: string, options: CsvOptions): Promise<TableReader> {
  const records = readRecords(path, options, await isGzip(path));
  if (options.columns !== null) {
    requireDistinct(path, options.columns);
    return { source: path, columns: options.columns, rows: withWidth(records, path, options.columns) };
  }
  const first = await records.next();
  if (first.done)
    throw new ExpungeError("E_DATA", `${path}: expected a header line, found an empty file.`, { file: path });
  const columns = first.value.cells.map((cell) => String(cell).replace(/^\uFEFF/, ""));
  requireDistinct(path, columns);
  return { source: path, columns, rows: withWidth(records, path, columns) };
}

async function* withWidth(
  records: AsyncGenerator<Omit<TableRow, "row">>,
  path: string,
  columns: readonly string[],
): AsyncGenerator<TableRow> {
  let row = 0;
  for await (const { cells, line } of records) {
    row++;
    if (cells.length !== columns.length) {
      throw new ExpungeError(
        "E_DATA",
        `${path}: row ${row} (line ${line}): expected ${columns.length} cells, found ${cells.length}.`,
        {
          file: path,
          row,
          line,
          expected: columns.length,
          found: cells.length,
        },
      );
    }
    yield { cells, row, line };
  }
}

async function* readRecords(
  path: string,
  { delimiter = ",", comment = null }: CsvOptions,
  isZipped: boolean,
): AsyncGenerator<Omit<TableRow, "row">> {
  const parser = parse({
    delimiter,
    comment: comment ?? false,
    comment_no_infix: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
  });
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  const text = isZipped ? stream.pipe(createGunzip()) : stream;
  const checked = text.pipe(textOnly(path));
  for (const part of [stream, text, checked]) part.on("error", (error: Error) => parser.destroy(error));
  checked.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    throw explain(path, error as Error);
  } finally {
    stream.destroy();
  }
}

/** Passes text through and refuses what is none: NUL bytes or bytes that are not UTF-8. */
function textOnly(path: string): Transform {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let offset = 0;
  const check = (chunk: Buffer, isLast: boolean): void => {
    const zero = chunk.indexOf(0);
    if (zero >= 0) throw noText(path, `a zero byte at ${offset + zero}`);
    try {
      decoder.decode(chunk, { stream: !isLast });
    } catch {
      throw noText(path, `bytes that are not UTF-8 near ${offset}`);
    }
    offset += chunk.length;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        check(chunk, false);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        check(Buffer.alloc(0), true);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

function noText(path: string, found: string): ExpungeError {
  return new ExpungeError("E_DATA", `${path}: expected a CSV file in UTF-8, found ${found}.`, {
    file: path,
    found,
  });
}

function explain(path: string, error: Error): ExpungeError {
  if (error instanceof ExpungeError) return error;
  const { code, lines } = error as Partial<CsvError> & { lines?: number };
  if (code === "CSV_QUOTE_NOT_CLOSED")
    return new ExpungeError("E_DATA", `${path}: line ${lines}: a quote is opened and never closed.`, {
      file: path,
      line: lines,
    });
  if (typeof code === "string" && code.startsWith("CSV_")) {
    return new ExpungeError("E_DATA", `${path}: line ${lines}: no valid CSV: ${error.message}.`, {
      file: path,
      line: lines,
    });
  }
  return new ExpungeError("E_DATA", `Cannot read ${path}: ${error.message}.`, { file: path });
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError(
      "E_DATA",
      `Cannot read ${path}: ${error.code === "ENOENT" ? "there is no such file" : error.message}.`,
      { file: path },
    );
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } catch (error) {
    throw new ExpungeError("E_DATA", `Cannot read ${path}: ${(error as Error).message}.`, { file: path });
  } finally {
    await file.close();
  }
}

function requireDistinct(path: string, columns: readonly string[]): void {
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice === undefined) return;
  throw new ExpungeError("E_DATA", `${path}: expected distinct column names, found "${twice}" twice.`, {
    file: path,
    column: twice,
  });
}
