import { ExpungeError } from "expunge";
import { given, placeText } from "expunge/process";

/** Characters of a name or an expectation that somebody reads. */
const SHOWN = 200;

interface Details {
  readonly row?: number;
  readonly line?: number | null;
  readonly column?: string | number;
  readonly expected?: string | readonly string[];
  readonly found?: unknown;
  readonly index?: number;
  readonly fault?: string;
}

/**
 * What is wrong with a table that came, and where, but no cell, and no path of this machine.
 *
 * @param records name of the list, where the rows came as JSON: it has no lines, and its places are counted from 0
 */
export function withoutValues(error: unknown, records?: string): unknown {
  if (!(error instanceof ExpungeError)) return error;
  const details: Details = error.details;
  const name = typeof details.column === "string" ? details.column.slice(0, SHOWN) : details.column;
  // What is said of a place in a request names no value.
  if (error.code === "E_DATA" && details.index === undefined)
    return new ExpungeError("E_DATA", dataText(details, name, records));
  if (error.code !== "E_SCHEMA") return error;
  return new ExpungeError("E_SCHEMA", `${records ?? "data"}: ${schemaText(details.fault, name)}`);
}

function dataText(
  { row, line, expected, found }: Details,
  column: string | number | undefined,
  records: string | undefined,
): string {
  const wanted = expected?.toString().slice(0, SHOWN) ?? "what the schema declares";
  const isOfFile = row === undefined && line === undefined && column === undefined;
  // Of a whole file it is a phrase; of a row or a column it may be somebody's cell.
  const seen = isOfFile && found === "an empty file" ? `, found ${found}` : "";
  const place =
    records !== undefined && row !== undefined
      ? placeText({ file: `${records}[${row - 1}]`, ...given({ column }) })
      : placeText({ file: records ?? "data", ...given({ row, line, column }) });
  return `${place}: expected ${wanted}${seen}.`;
}

function schemaText(fault: string | undefined, column: string | number | undefined): string {
  if (fault === "missing") return `expected a column "${column}", which the schema declares; it is missing.`;
  if (fault === "undeclared")
    return `column "${column}" is not declared in the schema. Leave it out, or declare it: of kind "ignored" if it is not to be used.`;
  if (fault === "lists")
    return `column "${column}": expected single values, found lists or records. Declare it "ignored".`;
  if (fault === "no header")
    return `expected a column "${column}" and the others of the schema, found none of them. Does it begin with a line of names, cut as the schema says?`;
  const where = column === undefined ? "" : ` Look at column "${column}".`;
  return `its columns are not those that the schema declares.${where}`;
}
