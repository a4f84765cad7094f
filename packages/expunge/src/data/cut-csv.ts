import type { CsvError, Options } from "csv-parse";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { dataError } from "./data-error.js";
import { SEPARATOR_LINE } from "./sniff-csv.js";
import { strangeLine } from "./strange-line.js";
import { requireDistinct, type TableReader, type TableRow } from "./table.js";

/* What a CSV is, wherever its text comes from. */

/** A record as it was cut, with the line on which it ends. */
export interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Gives all records from the first on, at most so many at once. */
export type Records = (batchRows: number) => AsyncGenerator<readonly CsvRecord[]>;

const BATCH_ROWS = 512;
/** A longer row is a quote that was never closed: refused before it fills the memory. */
const MAX_ROW_BYTES = 2 ** 24;

/** What csv-parse is told. Line ends are LF by then. @param sample the beginning of the text */
export function cutting(
  { delimiter, comment }: { readonly delimiter: string; readonly comment: string | null },
  sample: string,
) {
  return {
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
  } satisfies Options;
}

/**
 * A table of records. A column whose header cell is empty (the index that pandas writes) is called "column 1" by its place.
 *
 * @param names of the columns; null where the first record has them
 * @throws ExpungeError E_DATA for an empty file, and duplicate names. While rows are read, for a ragged row
 */
export async function tableOfRecords(
  path: string,
  records: Records,
  names: readonly string[] | null,
): Promise<TableReader> {
  const columns = names ?? nameBlanks(await readHeader(path, records));
  requireDistinct(path, columns);
  const batches = numberRows(records, path, columns, names === null);
  return { source: path, columns, nested: new Set(), batches };
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
        const hint = row === 1 ? strangeLine(cells) : null;
        throw dataError(
          { file: path, row, line },
          `${columns.length} cells`,
          String(cells.length),
          hint === null ? "" : ` ${hint}`,
        );
      }
      rows.push({ cells, row, line });
    }
    if (rows.length > 0) yield rows;
  }
}

/** What is wrong with the text, by an error of csv-parse; null where it is none. Its messages quote cells, which may be somebody's id: only its codes and line numbers are passed on. */
export function whyNoCsv(path: string, error: Error): ExpungeError | null {
  if (error instanceof ExpungeError) return error;
  const { code, lines } = error as Partial<CsvError> & { lines?: number };
  const found = CSV_FAULTS[String(code)];
  if (found === undefined && !/^(CSV|INVALID)_/.test(String(code))) return null;
  return dataError({ file: path, ...given({ line: lines }) }, "valid CSV", found ?? "a fault");
}

const CSV_FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote that is opened and never closed",
  CSV_MAX_RECORD_SIZE: `a row of more than ${MAX_ROW_BYTES / 2 ** 20} MiB (a quote that is opened and never closed?)`,
  INVALID_OPENING_QUOTE: "a quote inside a cell that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "text between a closing quote and the next delimiter",
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: "text between a closing quote and the next delimiter",
};
