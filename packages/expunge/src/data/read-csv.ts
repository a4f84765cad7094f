import { pipeline } from "node:stream";
import { parse } from "csv-parse";
import { type ByteSource, nameOf } from "./byte-source.js";
import { checkText } from "./check-text.js";
import { type CsvRecord, cutting, tableOfRecords, whyNoCsv } from "./cut-csv.js";
import { openText, readTextHead } from "./open-text.js";
import { unreadable } from "./read-bytes.js";
import type { TableReader } from "./table.js";
import type { TextHead } from "./text-head.js";

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

/** What a batch holds at the most, in characters and a few for each cell, but for its last row. */
const BATCH_CHARS = 2 ** 22;
const CELL_CHARS = 16;

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
  return tableOfRecords(path, records, options.columns);
}

async function* readRecords(
  source: string | ByteSource,
  { delimiter = ",", comment = null }: CsvOptions,
  { encoding, guessed, sample }: TextHead,
  batchRows: number,
): AsyncGenerator<readonly CsvRecord[]> {
  const path = nameOf(source);
  const parser = parse(cutting({ delimiter, comment }, sample));
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
    throw whyNoCsv(path, error as Error) ?? unreadable(path, error as Error);
  } finally {
    streams[0].destroy();
  }
  if (batch.length > 0) yield batch;
}
