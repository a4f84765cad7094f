import { ExpungeError } from "../errors.js";
import { cellError, dataError, listText, type Place } from "./data-error.js";
import { exactId } from "./exact-id.js";
import { addHashed, tokensOf } from "./hashed-tokens.js";
import { cellParser } from "./parse-number.js";
import { sampleWeightOf } from "./sample-weights.js";
import type { Schema, SchemaColumn } from "./schema.js";
import { widthOfColumn } from "./schema-columns.js";
import { DELIMITERS } from "./sniff-csv.js";
import { type Cell, parseDecimal, placeOf, type TableReader, type TableRow } from "./table.js";

/**
 * "features" reads neither label nor owner nor weight, which may then be absent; "owned" besides the owner where there is one; "labelled" besides that the
 * label.
 */
export type RowParts = "all" | "labelled" | "owned" | "features";

/** Turns rows of a table into features, label, subject and weight, as a schema says. */
export interface RowEncoder {
  readonly rawCount: number;
  /** Fills `into` (rawCount numbers); returns the rest. @throws ExpungeError E_DATA naming row, column, found, expected */
  encode(row: TableRow, into: Float64Array): EncodedRow;
}

export interface EncodedRow {
  readonly label: number;
  readonly subject: string | null;
  /** In (0, 1]; null where the schema names no column for it. */
  readonly weight: number | null;
}

/**
 * Binds a schema to a table's columns.
 *
 * @param parts what to read: "features" for rows to predict, "labelled" for rows to judge a model by
 * @throws ExpungeError E_SCHEMA for columns that are not declared, declared and not there, or that hold lists
 */
export function bindSchema(schema: Schema, table: TableReader, parts: RowParts): RowEncoder {
  const { source } = table;
  const positions = new Map(table.columns.map((column, i) => [column, i]));
  const positionOf = (column: string): number => singleColumn(column, positions.get(column), table);
  const isMissing = missingTest(schema.missingMarks);
  requireDeclared(schema, table);
  const hasLabels = parts === "all" || parts === "labelled";
  const labelAt = hasLabels ? positionOf(schema.label.column) : -1;
  // Nobody is forgotten in rows to judge a model by: whose they are need not be said.
  const isOwned = parts === "all" || (parts !== "features" && positions.has(schema.subject ?? ""));
  const subjectAt = isOwned && schema.subject !== null ? positionOf(schema.subject) : -1;
  const { weight: weightColumn } = schema;
  const weightAt = parts === "all" && weightColumn !== undefined ? positionOf(weightColumn) : -1;
  let rawCount = 0;
  const writers = schema.columns.flatMap((column) => {
    if (column.kind === "ignored") return [];
    const writer = {
      position: positionOf(column.name),
      column,
      offset: rawCount,
      write: writerOf(column),
    };
    rawCount += widthOfColumn(column);
    return [writer];
  });
  const labelOf = labelReader(schema);
  const { rowScale = 1 } = schema;
  const significandBits = table.floats?.get(schema.subject ?? "") ?? null;

  // What was found is never shown here: it names a person.
  const idOf = (cell: Cell, row: TableRow): string => {
    const place = (): Place => ({ ...placeOf(source, row), column: schema.subject as string });
    if (isMissing(cell)) throw dataError(place(), "a subject id", "none");
    return exactId(cell, significandBits, schema.subjectForm ?? "none", place);
  };

  return {
    rawCount,
    encode(row, into) {
      into.fill(0);
      for (const { position, column, offset, write } of writers) {
        const cell = row.cells[position] as Cell;
        const expected = write(isMissing(cell) ? null : cell, into, offset);
        if (expected !== null)
          throw cellError({ ...placeOf(source, row), column: column.name }, expected, cell);
      }
      if (rowScale !== 1) for (let k = 0; k < rawCount; k++) into[k] = rowScale * into[k]!;
      const subject = subjectAt < 0 ? null : idOf(row.cells[subjectAt] as Cell, row);
      const label = labelAt < 0 ? 0 : labelOf(row.cells[labelAt] as Cell);
      if (label === null) {
        const place = { ...placeOf(source, row), column: schema.label.column };
        throw cellError(place, labelText(schema), row.cells[labelAt]);
      }
      const weight =
        weightAt < 0
          ? null
          : sampleWeightOf(weightIn(row.cells[weightAt] as Cell), () => ({
              ...placeOf(source, row),
              column: weightColumn as string,
            }));
      return { label, subject, weight };
    },
  };
}

/** A cell as a number, or as it is where it is none. */
function weightIn(cell: Cell): unknown {
  if (typeof cell !== "string") return cell;
  const value = parseDecimal(cell);
  return Number.isNaN(value) ? cell : value;
}

function singleColumn(
  column: string,
  position: number | undefined,
  { columns, nested, source }: TableReader,
): number {
  if (position === undefined) {
    throw new ExpungeError(
      "E_SCHEMA",
      `${source}: expected a column "${column}", found ${columns.map((c) => `"${c}"`).join(", ")}.`,
      { file: source, column, found: columns },
    );
  }
  if (!nested.has(column)) return position;
  throw new ExpungeError(
    "E_SCHEMA",
    `${source}: column "${column}": expected single values, found lists or records. Declare it "ignored".`,
    { file: source, column },
  );
}

function requireDeclared(schema: Schema, { columns, source }: TableReader): void {
  const labelColumn = schema.label.column;
  const declared = new Set([
    ...schema.columns.map((column) => column.name),
    labelColumn,
    schema.subject,
    schema.weight,
  ]);
  const stranger = columns.find((column) => !declared.has(column));
  if (stranger === undefined) return;
  // Nothing of a first line that is no header is shown: it is somebody's row.
  if (!columns.some((column) => declared.has(column))) {
    throw new ExpungeError(
      "E_SCHEMA",
      `${source}: expected a column "${labelColumn}" and the others of the schema, found none of them. ${strangeFirstLine(columns)}`,
      { file: source, column: labelColumn },
    );
  }
  throw new ExpungeError(
    "E_SCHEMA",
    `${source}: column "${stranger}" is not declared in the schema. Declare it, as {"name": "${stranger}", "kind": "ignored"} if it is not to be used.`,
    { file: source, column: stranger },
  );
}

/** What may be wrong with a first line that names none of the columns. */
function strangeFirstLine([only = "", ...others]: readonly string[]): string {
  const sign = others.length > 0 ? undefined : DELIMITERS.find((delimiter) => only.includes(delimiter));
  return sign === undefined
    ? "Does the file begin with a header?"
    : `Are its cells separated by ${JSON.stringify(sign)}? Then declare "csv": { "delimiter": ${JSON.stringify(sign)} }.`;
}

/** Tells missing cells. A mark such as "999" or "NaN" also stands for the number, as Parquet stores it. */
function missingTest(missingMarks: readonly string[]): (cell: Cell) => boolean {
  const texts = new Set(missingMarks);
  const numbers = new Set(missingMarks.map(parseDecimal).filter((value) => !Number.isNaN(value)));
  // Parquet's NaN is what other programs write for a missing number.
  return (cell) =>
    cell === null || (typeof cell === "string" ? texts.has(cell) : Number.isNaN(cell) || numbers.has(cell));
}

/** Writes a cell's features; null when it could, else what was expected. */
type CellWriter = (cell: Cell, into: Float64Array, offset: number) => string | null;

function writerOf(column: SchemaColumn): CellWriter {
  if (column.kind === "ignored") return () => null;
  if (column.kind === "text") return textWriter(column);
  if (column.kind === "hashed") return hashedWriter(column);
  return column.kind === "numeric" ? numericWriter(column) : categoricalWriter(column);
}

function numericWriter({
  centre,
  scale,
  clip,
  missing,
  number,
  date,
}: Extract<SchemaColumn, { kind: "numeric" }>): CellWriter {
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
    return Number.isFinite(into[offset]) ? null : "a number that centre and scale keep finite";
  };
}

function categoricalWriter({
  categories,
  unknown,
  missing,
}: Extract<SchemaColumn, { kind: "categorical" }>): CellWriter {
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
    return null;
  };
}

function hashedWriter({ bits, missing }: Extract<SchemaColumn, { kind: "hashed" }>): CellWriter {
  return (cell, into, offset) => {
    if (cell !== null) addHashed(String(cell), bits, into, offset);
    return cell === null && missing === "error" ? "a text (missing is not allowed here)" : null;
  };
}

function textWriter(column: Extract<SchemaColumn, { kind: "text" }>): CellWriter {
  const { bits, words, characters = null, missing } = column;
  return (cell, into, offset) => {
    if (cell === null) return missing === "error" ? "a text (missing is not allowed here)" : null;
    for (const token of tokensOf(String(cell), { words, characters })) addHashed(token, bits, into, offset);
    scaleToOne(into.subarray(offset, offset + 2 ** bits));
    return null;
  };
}

/** Whole numbers, which a long text has no more of than float64 can square and add up. */
function scaleToOne(counts: Float64Array): void {
  const square = counts.reduce((sum, count) => sum + count * count, 0);
  if (square > 0) for (let k = 0; k < counts.length; k++) counts[k]! /= Math.sqrt(square);
}

function labelReader({ label }: Schema): (cell: Cell) => number | null {
  if ("positive" in label)
    return classReader([
      ...label.positive.map((v) => [v, 1] as const),
      ...label.negative.map((v) => [v, -1] as const),
    ]);
  if ("classes" in label) return classReader(label.classes.map((name, i) => [name, i]));
  return (cell) => {
    const value = typeof cell === "string" ? parseDecimal(cell) : (cell ?? Number.NaN);
    const standard = (value - label.centre) / label.scale;
    return Number.isFinite(Math.fround(standard)) ? standard : null;
  };
}

/** Finds a class by its text, or by its value where it is a number: 1.0 is the class that is declared as 1. */
function classReader(declared: readonly (readonly [string, number])[]): (cell: Cell) => number | null {
  const codes = new Map(declared);
  const byValue = new Map<number, number | null>();
  for (const [text, code] of declared) {
    const value = parseDecimal(text);
    if (Number.isNaN(value)) continue;
    const earlier = byValue.get(value);
    // Declared as classes of their own, such texts are told apart by their spelling alone.
    byValue.set(value, earlier === undefined || earlier === code ? code : null);
  }
  return (cell) =>
    cell === null ? null : (codes.get(String(cell)) ?? byValue.get(parseDecimal(String(cell))) ?? null);
}

function labelText({ label }: Schema): string {
  if ("positive" in label) return `one of ${[...label.positive, ...label.negative].join(", ")}`;
  return "classes" in label ? `one of ${label.classes.slice(0, 12).join(", ")}` : "a finite number";
}
