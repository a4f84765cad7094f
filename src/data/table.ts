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

/** A table read row by row; nothing is held but a buffer. */
export interface TableReader {
  /** What errors call it. */
  readonly source: string;
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<TableRow>;
}

/** "people.csv: row 7 (line 8)" */
export function placeOf(source: string, { row, line }: Pick<TableRow, "row" | "line">): string {
  return line === null ? `${source}: row ${row}` : `${source}: row ${row} (line ${line})`;
}
