import { listText } from "./data-error.js";
import type { EntryList } from "./entry-list.js";
import { addToken, tokensOf } from "./hashed-tokens.js";
import { isFar, type TellOdd } from "./odd-cells.js";
import { cellParser } from "./parse-number.js";
import type { SchemaColumn } from "./schema.js";
import { widthOfColumn } from "./schema-columns.js";
import type { Cell } from "./table.js";

/** Writes a cell's features into zeros; null when it could, else what was expected. A missing cell is null. */
type CellWriter = (cell: Cell, into: Float64Array, offset: number) => string | null;

/** How the cells of a column are written into a row of all features. @param tell told of cells that the schema lets pass and hardly knows */
export function writerOf(column: SchemaColumn, tell: TellOdd = () => {}): CellWriter {
  if (column.kind === "ignored") return () => null;
  if (column.kind === "text" || column.kind === "hashed") return hashedWriter(column);
  return column.kind === "numeric" ? numericWriter(column, tell) : categoricalWriter(column, tell);
}

function numericWriter(
  { centre, scale, clip, missing, number, date }: Extract<SchemaColumn, { kind: "numeric" }>,
  tell: TellOdd,
): CellWriter {
  const parse = cellParser({ number, date });
  const expected = date
    ? `a date, ${date.order ?? "YMD"}`
    : number
      ? `a finite number, written as declared: ${JSON.stringify(number)}`
      : "a finite number";
  return (cell, into, offset) => {
    if (cell === null) {
      if (missing === "error") return "a number (missing is not allowed here)";
      if (missing === "indicator") into[offset + 1] = 1;
      return null;
    }
    const value = typeof cell === "number" && date === undefined ? cell : parse(String(cell));
    if (!Number.isFinite(value)) return expected;
    const clipped = clip ? Math.min(Math.max(value, clip[0]), clip[1]) : value;
    into[offset] = (clipped - centre) / scale;
    if (isFar(into[offset]!)) tell("far");
    return Number.isFinite(into[offset]) ? null : "a number that centre and scale keep finite";
  };
}

function categoricalWriter(
  { categories, unknown, missing }: Extract<SchemaColumn, { kind: "categorical" }>,
  tell: TellOdd,
): CellWriter {
  const positions = new Map(categories.map((category, i) => [category, i]));
  const other = categories.length;
  return (cell, into, offset) => {
    const position = cell === null ? undefined : positions.get(String(cell));
    if (position !== undefined) {
      into[offset + position] = 1;
      return null;
    }
    const treatment = cell === null ? missing : unknown;
    if (treatment === "error") return `one of ${listText(categories)}`;
    if (treatment === "other") into[offset + other] = 1;
    else tell(cell === null ? "missing" : "unknown");
    return null;
  };
}

type Hashed = Extract<SchemaColumn, { kind: "text" | "hashed" }>;

function hashedWriter(column: Hashed): CellWriter {
  return (cell, into, offset) => {
    if (cell === null) return expectedOfMissing(column);
    for (const [place, value] of hashedFeatures(column, String(cell))) into[offset + place] = value;
    return null;
  };
}

/** Adds a cell's features that are not 0, ascending; null when it could, else what was expected. */
type EntriesWriter = (cell: Cell, into: EntryList, offset: number) => string | null;

/** The same without the features that are 0, which a column of few features is looked through for. */
export function entriesWriterOf(column: SchemaColumn, tell?: TellOdd): EntriesWriter {
  if (column.kind === "text" || column.kind === "hashed")
    return (cell, into, offset) => {
      if (cell === null) return expectedOfMissing(column);
      const features = hashedFeatures(column, String(cell)).filter(([, value]) => value !== 0);
      for (const [place, value] of features.sort(([a], [b]) => a - b)) into.add(offset + place, value);
      return null;
    };
  const write = writerOf(column, tell);
  const features = new Float64Array(widthOfColumn(column));
  return (cell, into, offset) => {
    const expected = write(cell, features.fill(0), 0);
    if (expected !== null) return expected;
    for (let k = 0; k < features.length; k++) if (features[k] !== 0) into.add(offset + k, features[k]!);
    return null;
  };
}

function expectedOfMissing({ missing }: Hashed): string | null {
  return missing === "error" ? "a text (missing is not allowed here)" : null;
}

/** Features of a text or a category, by their places in the column: of a text the counts of its tokens, scaled to norm 1. */
function hashedFeatures(column: Hashed, text: string): [number, number][] {
  const counts = new Map<number, number>();
  if (column.kind === "hashed") {
    addToken(text, column.bits, counts);
    return [...counts];
  }
  const { bits, words, characters = null } = column;
  for (const token of tokensOf(text, { words, characters })) addToken(token, bits, counts);
  // Whole numbers, which a long text has no more of than float64 can square and add up.
  let square = 0;
  for (const count of counts.values()) square += count * count;
  const norm = square > 0 ? Math.sqrt(square) : 1;
  return Array.from(counts, ([place, count]) => [place, count / norm]);
}
