import { dataError, type Place } from "./data-error.js";

/** One cell as a reader found it: text, a number, or null where the format says it is missing. */
export type Cell = string | number | null;

/** A row of a table with its place, for errors. */
export interface TableRow {
  readonly cells: readonly Cell[];
  /** 1-based number among the data rows. */
  readonly row: number;
  /** 1-based line of the file on which the row ends; null where the format has no lines. */
  readonly line: number | null;
}

/** A table read batch by batch; nothing is held but a batch. */
export interface TableReader {
  /** What errors call it. */
  readonly source: string;
  readonly columns: readonly string[];
  /** Columns that hold lists or records; their cells are null. */
  readonly nested: ReadonlySet<string>;
  /**
   * Columns of binary floating-point numbers, with the bits of their significands: an id beyond 2^bits may be another one, rounded.
   * None where it is left out.
   */
  readonly floats?: ReadonlyMap<string, number>;
  /** Rows in order, some hundreds at a time: awaiting every single one would cost as much as parsing it. */
  readonly batches: AsyncIterable<readonly TableRow[]>;
}

/** The place of a row. */
export function placeOf(source: string, { row, line }: Pick<TableRow, "row" | "line">): Place {
  return { file: source, row, line };
}

/**
 * Names columns by their places only: where a file has no header, what stands there is somebody's row.
 *
 * @throws ExpungeError E_DATA for a column name that is there twice
 */
export function requireDistinct(path: string, columns: readonly string[]): void {
  const firstAt = new Map<string, number>();
  columns.forEach((column, i) => {
    const first = firstAt.get(column);
    if (first !== undefined)
      throw dataError(
        { file: path, column: i + 1 },
        "a name of its own",
        `that of column ${first + 1}`,
        " Does the file begin with a header?",
      );
    firstAt.set(column, i);
  });
}

/**
 * A decimal number as people write it, spaces around it or not.
 *
 * @returns NaN for everything else: blanks, which Number takes for 0, and 0x10, 0b1, 0o7, which no table means as numbers
 */
export function parseDecimal(text: string): number {
  const first = text.charCodeAt(0);
  const trimmed = first > 32 && first < 128 ? text : text.trim();
  return trimmed === "" || PREFIXES.has(trimmed.charCodeAt(1)) ? Number.NaN : Number(trimmed);
}

/** A number's text by its value, so that spellings of one number are one text; any other text as it is. */
export function plainNumber(text: string): string {
  const value = parseDecimal(text);
  return Number.isNaN(value) ? text : String(value);
}

/** Codes of the second character of 0x10, 0b1, 0o7. */
const PREFIXES: ReadonlySet<number> = new Set([..."xXbBoO"].map((char) => char.charCodeAt(0)));
