import { requireKnownKeys } from "../errors.js";
import type { Task } from "../objective/objective.js";

/** What `inferSchema` is told of a table. */
export interface InferOptions {
  /** The column to predict. */
  readonly label: string;
  /** The column that says whose row it is. */
  readonly subject?: string;
  /** The column of weights in (0, 1] by which rows count in training. */
  readonly weight?: string;
  readonly task?: Task;
  /** Column names of a file without a header. */
  readonly columns?: readonly string[];
  /**
   * Whether the first line names the columns; without `columns`, those of a file without a header are column1, column2, ... Default: it
   * does, unless the label is one of these and the line looks like a row.
   */
  readonly header?: boolean;
  /** What separates cells; default what cuts the first rows evenly, of comma, semicolon, tabulator and bar. */
  readonly delimiter?: string;
  /** Of a file without a byte-order mark: a name of the WHATWG Encoding Standard; default UTF-8, or UTF-16 where it looks like that. */
  readonly encoding?: string;
  readonly comment?: string;
  /** How many rows to draft from, from the top; default a million. More are read as long as they all have one label. */
  readonly rows?: number;
}

const INFER_OPTIONS: Record<keyof InferOptions, true> = {
  label: true,
  subject: true,
  weight: true,
  task: true,
  columns: true,
  header: true,
  delimiter: true,
  encoding: true,
  comment: true,
  rows: true,
};

/** @throws ExpungeError E_OPTION naming an option of `inferSchema` that is unknown */
export function requireInferOptions(options: InferOptions): void {
  requireKnownKeys("the options of inferSchema", options, INFER_OPTIONS);
}
