import { pipeline } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { checkText } from "./check-text.js";
import { dataError } from "./data-error.js";
import { openText, readTextHead, type TextHead } from "./open-text.js";
import { unreadable } from "./read-bytes.js";
import { SEPARATOR_LINE } from "./sniff-csv.js";
import { requireDistinct, type TableReader, type TableRow } from "./table.js";

/** How a CSV file is written. */
export interface CsvOptions {
  /** Names of the columns of a file without a header; null where the first line names them. */
  readonly columns: readonly string[] | null;
  /** Default ",". */
  readonly delimiter?: string;
  /** Lines that begin with this are left out. */
  readonly comment?: string | null;
  /** Of a file without a byte-order mark: a name of the WHATWG Encoding Standard; default UTF-8. */
  readonly encoding?: string;
}

const BATCH_ROWS = 512;
/** What a batch holds at the most, in characters and a few for each cell, but for its last row. */
const BATCH_CHARS = 2 ** 22;
const CELL_CHARS = 16;
/** A longer row is a quote that was never closed: refused before it fills the memory. */
const MAX_ROW_BYTES = 2 ** 24;

/**
 * Streams a CSV file (RFC 4180 quoting); white space around cells is dropped, empty lines are skipped, and so is Excel's first line
 * "sep=;". The file is UTF-8, what its byte-order mark says, or `encoding`, and plain, gzipped or packed by Zstandard. Lines end in LF, CRLF or CR, mixed or not, and are read as LF, in quotes too. Memory is flat: one read buffer and one batch. A column
 * whose header cell is empty (the index that pandas writes) is called "column 1" by its place.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read or is no text, an empty file, a ragged row, an open quote; duplicate
 *         column names. While rows are read, too.
 */
export async function openCsv(source: string | ByteSource, options: CsvOptions): Promise<TableReader> {
  const path = nameOf(source);
  const head = await readTextHead(source, options.encoding);
  const records = (batchRows: number) => readRecords(source, options, head, batchRows);
  const columns = options.columns ?? nameBlanks(await readHeader(path, records));
  requireDistinct(path, columns);
  const batches = numberRows(records, path, columns, options.columns === null);
  return { source: path, columns, nested: new Set(), batches };
}

type Records = (batchRows: number) => AsyncGenerator<readonly CsvRecord[]>;

interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** The first record, on a stream of its own: so that no file stays open where the rows are never asked for. */
async function readHeader(path: string, records: Records): Promise<readonly string[]> {
  for await (const [header] of records(1)) if (header) return header.cells;
  throw dataError({ file: path }, "a header line", "an empty file");
}

function nameBlanks(header: readonly string[]): readonly string[] {
  return header.map((name, i) => (name.trim() === "" ? `column ${i + 1}` : name));
}

async function* numberRows(
  records: Records,
  path: string,
  columns: readonly string[],
  hasHeader: boolean,
): AsyncGenerator<readonly TableRow[]> {
  let row = hasHeader ? -1 : 0;
  for await (const batch of records(BATCH_ROWS)) {
    const rows: TableRow[] = [];
    for (const { cells, line } of batch) {
      row++;
      if (row === 0) continue;
      if (cells.length !== columns.length) {
        // The rows before a bad one go first, so that of two mistakes the upper one is reported.
        if (rows.length > 0) yield rows;
        throw dataError({ file: path, row, line }, `${columns.length} cells`, String(cells.length));
      }
      rows.push({ cells, row, line });
    }
    if (rows.length > 0) yield rows;
  }
}

async function* readRecords(
  source: string | ByteSource,
  { delimiter = ",", comment = null }: CsvOptions,
  { encoding, guessed, sample }: TextHead,
  batchRows: number,
): AsyncGenerator<readonly CsvRecord[]> {
  const path = nameOf(source);
  const parser = parse({
    delimiter,
    comment: comment ?? false,
    comment_no_infix: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    record_delimiter: "\n",
    from_line: SEPARATOR_LINE.test(sample) ? 2 : 1,
  });
  // As `info: true` does, which makes an object of ten fields for every row: a quarter of the time goes into that.
  const push = parser.push.bind(parser);
  parser.push = (cells: readonly string[] | null) =>
    push(cells === null ? null : { cells, line: parser.info.lines });
  const streams = await openText(source, encoding);
  // Errors reach the parser, and so the loop below; the callback is for pipeline only.
  pipeline([...streams, checkText(path, guessed), parser], () => {});
  let batch: CsvRecord[] = [];
  let chars = 0;
  try {
    for await (const record of parser as AsyncIterable<CsvRecord>) {
      batch.push(record);
      for (const cell of record.cells) chars += cell.length + CELL_CHARS;
      if (batch.length < batchRows && chars < BATCH_CHARS) continue;
      yield batch;
      batch = [];
      chars = 0;
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw explain(path, error as Error);
  } finally {
    streams[0].destroy();
  }
  if (batch.length > 0) yield batch;
}

/** csv-parse's messages quote cells, which may be somebody's id: only its codes and line numbers are passed on. */
function explain(path: string, error: Error): ExpungeError {
  if (error instanceof ExpungeError) return error;
  const { code, lines } = error as Partial<CsvError> & { lines?: number };
  const found = CSV_FAULTS[String(code)];
  if (found !== undefined || /^(CSV|INVALID)_/.test(String(code)))
    return dataError({ file: path, ...given({ line: lines }) }, "valid CSV", found ?? "a fault");
  return unreadable(path, error);
}

const CSV_FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote that is opened and never closed",
  CSV_MAX_RECORD_SIZE: `a row of more than ${MAX_ROW_BYTES / 2 ** 20} MiB (a quote that is opened and never closed?)`,
  INVALID_OPENING_QUOTE: "a quote inside a cell that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "text between a closing quote and the next delimiter",
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: "text between a closing quote and the next delimiter",
};
