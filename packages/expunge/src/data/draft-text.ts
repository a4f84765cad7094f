/**
 * Drafts schemas from the first bytes of a CSV file, as `expunge schema infer` does from a whole one. Runs in browsers.
 *
 * @module expunge/draft
 */
import { parse } from "csv-parse/sync";
import { given } from "../given.js";
import { type CsvRecord, cutting, type Records, tableOfRecords, whyNoCsv } from "./cut-csv.js";
import { dataError } from "./data-error.js";
import { draftSchema, type SchemaDraft } from "./draft-schema.js";
import type { InferOptions } from "./infer-options.js";
import { type DraftFile, openDraft } from "./open-draft.js";
import type { Schema } from "./schema.js";
import { encodingText } from "./text-encoding.js";
import { textHeadOf } from "./text-head.js";

export type { Task } from "../objective/objective.js";
export type { SubjectForm } from "../records/subject-form.js";
export type { SchemaDraft } from "./draft-schema.js";
export type { InferOptions } from "./infer-options.js";
export type { LabelScaling } from "./label-scaling.js";
export type { Schema, SchemaColumn } from "./schema.js";

/** The beginning of a CSV file, not packed. */
export interface FirstBytes {
  /** What errors call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether that is all of it; else the last line is left out. */
  readonly isWhole: boolean;
}

/** What the beginning of a table shows, and drafts of its schema. */
export interface TableHead {
  /** Names of the columns, of the first line; else column1, column2, ... */
  readonly columns: readonly string[];
  /** Whether the first line names them. */
  readonly header: boolean;
  /** What separates cells. */
  readonly delimiter: string;
  /** What was found out, in a line, where there is anything to say. */
  readonly notes: readonly string[];
  /** @throws ExpungeError E_DATA, E_OPTION, E_SCHEMA */
  draft(options: Pick<InferOptions, "label" | "subject" | "task">): Promise<SchemaDraft>;
}

/** What `readTableHead` is told of a table. */
export interface HeadOptions {
  /** Whether the first line names the columns; default: unless it looks like a row. */
  readonly header?: boolean;
}

/**
 * Reads the columns of a table from its first bytes.
 *
 * @throws ExpungeError E_DATA for what is no CSV
 */
export async function readTableHead(first: FirstBytes, { header }: HeadOptions = {}): Promise<TableHead> {
  const file = fileOf(first);
  const opened = await openDraft(file, { label: "", ...given({ header }) });
  const isHeader = header ?? !opened.isFirstLineRow;
  const { table, csv, notes } =
    isHeader === opened.csv.header ? opened : await openDraft(file, { label: "", header: isHeader });
  const { columns } = table;
  return {
    ...{ columns, header: isHeader, delimiter: csv.delimiter, notes },
    draft: (options) => draftSchema(file, { ...options, header: isHeader }),
  };
}

/** What delimiter and header are found out from. */
const HEAD_BYTES = 2 ** 16;

function fileOf(first: FirstBytes): DraftFile {
  const { name, isWhole } = first;
  return {
    name,
    isPart: !isWhole,
    readHead: async (encoding) => {
      const bytes = first.bytes.subarray(0, HEAD_BYTES);
      return textHeadOf(name, { bytes, isWhole: isWhole && bytes.length === first.bytes.length }, encoding);
    },
    open: async (csv) =>
      tableOfRecords(name, recordsOf(first, csv), csv.header === false ? (csv.columnNames ?? []) : null),
  };
}

function recordsOf(first: FirstBytes, csv: Partial<Schema["csv"]>): Records {
  const records = cut(first, csv);
  return async function* (batchRows) {
    for (let at = 0; at < records.length; at += batchRows) yield records.slice(at, at + batchRows);
  };
}

function cut(first: FirstBytes, { delimiter = ",", comment, encoding }: Partial<Schema["csv"]>): CsvRecord[] {
  const { name, isWhole } = first;
  const text = textOf(first, encoding);
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      ...cutting({ delimiter, comment: comment ?? null }, text.slice(0, 100)),
      on_record: (cells: string[], { lines }) => {
        records.push({ cells, line: lines });
        return null;
      },
    });
  } catch (error) {
    // What was cut off may have been within quotes.
    const isCut = !isWhole && (error as { code?: string }).code === "CSV_QUOTE_NOT_CLOSED";
    if (!isCut) throw whyNoCsv(name, error as Error) ?? error;
  }
  return records;
}

/** With lines that end in LF. */
function textOf({ name, bytes, isWhole }: FirstBytes, declared?: string): string {
  const { encoding, guessed } = textHeadOf(name, { bytes, isWhole }, declared);
  const used = guessed ?? encoding;
  try {
    const text = new TextDecoder(used, { fatal: true }).decode(bytes, { stream: !isWhole });
    const lines = text.replace(/\r\n?/g, "\n");
    return isWhole ? lines : lines.slice(0, lines.lastIndexOf("\n") + 1);
  } catch {
    throw dataError({ file: name }, `text in ${encodingText(used)}`, "other bytes");
  }
}
