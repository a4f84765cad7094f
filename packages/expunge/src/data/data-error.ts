import { ExpungeError } from "../errors.js";

/** Where in the data something is; what is unknown is left out. */
export interface Place {
  readonly file: string;
  /** 1-based number among the data rows. */
  readonly row?: number;
  /** 1-based line of a text file; null where the format has no lines. */
  readonly line?: number | null;
  /** A column's name, or its 1-based number where it has none. */
  readonly column?: string | number;
}

/** Names that an error lists at the most. */
const SHOWN_NAMES = 12;

/** The first of some names, for an error. */
export function listText(names: readonly string[]): string {
  return `${names.slice(0, SHOWN_NAMES).join(", ")}${names.length > SHOWN_NAMES ? ", ..." : ""}`;
}

/** How much of a cell an error quotes. */
const SHOWN_CHARS = 60;

/**
 * E_DATA that says where, what was expected and what was found, in the message and in `details`.
 *
 * @param found a phrase ("none", "3 cells"); never a subject id. For a cell's own value see `cellError`
 */
export function dataError(place: Place, expected: string, found: string, hint = ""): ExpungeError {
  return new ExpungeError("E_DATA", `${placeText(place)}: expected ${expected}, found ${found}.${hint}`, {
    ...place,
    found,
    expected,
  });
}

/** The same for the value of a cell, which is quoted in the message and given whole in `details.found`. */
export function cellError(place: Place, expected: string, value: unknown, hint = ""): ExpungeError {
  return new ExpungeError(
    "E_DATA",
    `${placeText(place)}: expected ${expected}, found ${quoteValue(value)}.${hint}`,
    {
      ...place,
      found: value,
      expected,
    },
  );
}

/** "people.csv: row 7 (line 8), column "age"" */
export function placeText({ file, row, line, column }: Place): string {
  const parts: string[] = [];
  if (row !== undefined) parts.push(line == null ? `row ${row}` : `row ${row} (line ${line})`);
  else if (line != null) parts.push(`line ${line}`);
  if (column !== undefined)
    parts.push(typeof column === "number" ? `column ${column}` : `column "${column}"`);
  return parts.length === 0 ? file : `${file}: ${parts.join(", ")}`;
}

/** A value as an error quotes it: texts in quotation marks and not endlessly long. */
export function quoteValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value !== "string")
    return clipText(typeof value === "object" ? JSON.stringify(value) : String(value));
  return JSON.stringify(clipText(value));
}

function clipText(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}
