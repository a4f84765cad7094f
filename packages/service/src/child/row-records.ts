import type { Schema } from "expunge/data";
import { BodyError } from "./body-error.js";

/** A row by the names of its columns; null where nothing is known. */
export type RowRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Rows as the CSV that a schema's reader expects: what is read in one way only is understood in one way only.
 *
 * @param name of the list, for errors
 * @throws BodyError where a row has other fields than the first
 */
export function csvOfRecords(
  name: string,
  records: readonly RowRecord[],
  { csv }: Pick<Schema, "csv">,
): string {
  const { delimiter = ",", header = true, columnNames } = csv ?? {};
  const columns = header || columnNames === undefined ? Object.keys(records[0] ?? {}) : columnNames;
  const line = (cells: readonly unknown[]): string => cells.map(quoted).join(delimiter);
  const lines = records.map((record, i) => {
    requireFields(record, columns, `${name}[${i}]`);
    return line(columns.map((column) => record[column] ?? ""));
  });
  // A mark at the beginning: a schema may declare another encoding for files without one.
  return `\uFEFF${[...(header ? [line(columns)] : []), ...lines].join("\n")}\n`;
}

const quoted = (cell: unknown): string => `"${String(cell).replaceAll('"', '""')}"`;

function requireFields(record: RowRecord, columns: readonly string[], place: string): void {
  const isSame = columns.every((column) => Object.hasOwn(record, column));
  if (isSame && Object.keys(record).length === columns.length) return;
  const message = `Expected as many fields as the other rows have, and the same.`;
  throw new BodyError([{ instancePath: place, message, params: {} }]);
}
