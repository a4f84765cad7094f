import { given } from "../given.js";
import type { Schema } from "./schema.js";
import { firstRecords, looksLikeRow, sniffDelimiter } from "./sniff-csv.js";
import type { TableReader } from "./table.js";
import { encodingText } from "./text-encoding.js";
import type { TextHead } from "./text-head.js";

/** A table that a schema is drafted from, wherever it lies. */
export interface DraftFile {
  /** What errors call it. */
  readonly name: string;
  /** Whether it is the beginning of a longer one. */
  readonly isPart: boolean;
  /** The beginning of its text; null where it is no text, as Parquet. */
  readHead(encoding?: string): Promise<TextHead | null>;
  /** Opens it anew, from its first row on. */
  open(csv: Partial<Schema["csv"]>): Promise<TableReader>;
}

interface AskedCsv {
  /** The column to predict: the first line is a header if it has this name. */
  readonly label: string;
  readonly columns?: readonly string[];
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly comment?: string;
}

/** A table to draft a schema from. */
interface DraftedTable {
  readonly table: TableReader;
  /** How the file is read. */
  readonly csv: Schema["csv"];
  /** What was found out of it, in a line, where there is anything to say. */
  readonly notes: readonly string[];
  /** Whether the first line looks like somebody's row, which must not be shown. */
  readonly isFirstLineRow: boolean;
}

/**
 * Opens a file as asked. What is not asked is found out: UTF-16, what separates cells, and whether the first line is a header, where the
 * label is one of column1, column2, ...
 *
 * @throws ExpungeError E_DATA for a file that cannot be read
 */
export async function openDraft(file: DraftFile, asked: AskedCsv): Promise<DraftedTable> {
  const { label, columns, comment } = asked;
  const head = await file.readHead(asked.encoding);
  if (head === null) {
    const csv = { header: true, delimiter: "," };
    return { table: await file.open(csv), csv, notes: [], isFirstLineRow: false };
  }
  const encoding = head.guessed ?? asked.encoding;
  const delimiter = asked.delimiter ?? sniffDelimiter(head, comment) ?? ",";
  const records = firstRecords(head, delimiter, comment);
  const width = records[0]?.length ?? 0;
  const isFirstLineRow = looksLikeRow(records);
  const isHeaderless =
    isFirstLineRow && !records[0]?.includes(label) && numberedColumns(width).includes(label);
  const header = columns === undefined && (asked.header ?? !isHeaderless);
  const csv = {
    header,
    ...(header ? {} : { columnNames: [...(columns ?? numberedColumns(width))] }),
    delimiter,
    ...given({ comment, encoding }),
  };
  const found = [
    ...(head.guessed === null && head.encoding === "utf-8"
      ? []
      : [`Text is ${encodingText(head.guessed ?? head.encoding)}.`]),
    ...(asked.delimiter !== undefined || delimiter === ","
      ? []
      : [`Cells are separated by ${JSON.stringify(delimiter)}.`]),
    ...(header || columns !== undefined
      ? []
      : [`There is no header: columns are called column1 to column${width}.`]),
  ];
  const notes =
    found.length === 0 ? [] : [`${found.join(" ")} Give encoding, delimiter or header if that is wrong.`];
  return { table: await file.open(csv), csv, notes, isFirstLineRow };
}

/** Names of columns where no line says any. */
function numberedColumns(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `column${i + 1}`);
}
