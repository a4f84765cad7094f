import { openTable } from "./read-table.js";
import type { Schema } from "./schema.js";
import type { TableReader } from "./table.js";

/** What separates cells where commas do not, in the order in which they are tried. */
const OTHERS: readonly string[] = [";", "\t", "|"];

interface AskedCsv {
  readonly columns?: readonly string[];
  readonly delimiter?: string;
  readonly comment?: string;
}

/** A table to draft a schema from. */
interface DraftedTable {
  readonly table: TableReader;
  /** How the file is read. */
  readonly csv: Schema["csv"];
  /** What separates cells, where nobody said so and commas do not; nothing elsewhere. */
  readonly guessed?: string;
}

/**
 * Opens a file as asked. Where nothing is asked and its first line has no comma, a semicolon, a tabulator or a bar that the line has separates
 * the cells.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read
 */
export async function openDraft(
  path: string,
  { columns, delimiter, comment }: AskedCsv,
): Promise<DraftedTable> {
  const csv = {
    header: columns === undefined,
    ...(columns === undefined ? {} : { columnNames: [...columns] }),
    delimiter: delimiter ?? ",",
    ...(comment === undefined ? {} : { comment }),
  };
  const table = await openTable(path, csv);
  const [only, ...others] = table.columns;
  if (delimiter !== undefined || columns !== undefined || only === undefined || others.length > 0)
    return { table, csv };
  const guessed = OTHERS.find((other) => only.includes(other));
  if (guessed === undefined) return { table, csv };
  const guess = { ...csv, delimiter: guessed };
  return { table: await openTable(path, guess), csv: guess, guessed };
}

export function delimiterNote(delimiter: string): string {
  return `Cells are separated by ${JSON.stringify(delimiter)}, since the first line has no comma; give delimiter if that is wrong.`;
}
