import { parse } from "csv-parse/sync";
import { USUAL_MARKS } from "./column-profile.js";
import { oddNumber } from "./parse-number.js";
import { DELIMITERS } from "./strange-line.js";
import { parseDecimal } from "./table.js";
import type { TextHead } from "./text-head.js";

/** Records looked at. */
const RECORDS = 100;

/** Excel's first line that says what separates cells: "sep=;". */
export const SEPARATOR_LINE = /^sep=([^\r\n]?)(?:\r\n|\n|\r|$)/i;

/** The first records of a sample, as far as they are whole; none where they are no CSV. */
export function firstRecords(head: TextHead, delimiter: string, comment?: string): readonly string[][] {
  const text = head.sample.replace(SEPARATOR_LINE, "").replace(/\r\n?/g, "\n");
  const whole = head.isWhole ? text : text.slice(0, text.lastIndexOf("\n") + 1);
  try {
    return parse(whole, {
      delimiter,
      comment: comment ?? false,
      comment_no_infix: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      to: RECORDS,
    });
  } catch {
    return [];
  }
}

/**
 * What separates the cells: what the file says of itself; else the sign that cuts all of its first records into the same number of cells,
 * and into the most; else the first that the first line has. null where there is none.
 */
export function sniffDelimiter(head: TextHead, comment?: string): string | null {
  const [, said] = SEPARATOR_LINE.exec(head.sample) ?? [];
  if (said) return said;
  const even = DELIMITERS.map((delimiter) => ({
    delimiter,
    cells: evenWidth(firstRecords(head, delimiter, comment)),
  }))
    .filter(({ cells }) => cells > 1)
    .sort((a, b) => b.cells - a.cells);
  const others = even.filter(({ delimiter }) => delimiter !== ",");
  const [best] = others.length > 0 && areDecimals(head.sample) ? others : even;
  if (best !== undefined) return best.delimiter;
  const lines = head.sample.split(/[\n\r]/).filter((line) => line.trim() !== "");
  const first = lines.find((line) => comment === undefined || !line.startsWith(comment));
  return DELIMITERS.find((delimiter) => first?.includes(delimiter)) ?? null;
}

/** Cells a record where all have as many, else 0. */
function evenWidth(records: readonly string[][]): number {
  const width = records[0]?.length ?? 0;
  return records.every(({ length }) => length === width) ? width : 0;
}

/** Whether every comma stands between digits, as in 1,5;2,5. */
function areDecimals(text: string): boolean {
  return !/(?:^|\D),|,(?:\D|$)/.test(text);
}

/** Whether the first record looks like a row, not like names of columns: it has a number or an address, or a text that its column has again. */
export function looksLikeRow([first = [], ...rest]: readonly (readonly string[])[]): boolean {
  return first.some(
    (cell, i) =>
      cell.includes("@") ||
      !Number.isNaN(parseDecimal(cell)) ||
      oddNumber(cell) !== null ||
      (!USUAL_MARKS.has(cell) && rest.some((record) => record[i] === cell)),
  );
}
