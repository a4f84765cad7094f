import { wrapText } from "expunge/internal";
import type { Table, Value } from "./outcome.js";

/** A table as CSV (RFC 4180, line feeds). */
export function toCsv({ columns, rows }: Table): string {
  const line = (values: readonly Value[]): string => values.map(csvField).join(",");
  return [line(columns), ...rows.map(line)].map((text) => `${text}\n`).join("");
}

function csvField(value: Value): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table in Markdown. */
export function toMarkdown({ columns, rows }: Pick<Table, "columns" | "rows">): string {
  const line = (values: readonly string[]): string => `| ${values.join(" | ")} |`;
  const cells = rows.map((row) => row.map((value) => shownValue(value).replaceAll("|", "\\|")));
  return [line(columns), line(columns.map(() => "---")), ...cells.map(line)].join("\n");
}

const DOCS_WIDTH = 100;

/** A paragraph of Markdown in lines; none begins with what would make it a list, a heading, a quotation or a table. */
export function wrapMarkdown(paragraph: string): string {
  const glued = paragraph.replace(/ (?=[-+*#>=|]|\d+[.)](?:\s|$))/g, "\0");
  return wrapText(glued, DOCS_WIDTH).join("\n").replaceAll("\0", " ");
}

/** Four significant digits; whole numbers whole. */
export function shownValue(value: Value): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  return magnitude < 1e-3 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}
