import { ExpungeError } from "../errors.js";
import { entriesWriterOf, writerOf } from "./cell-writers.js";
import { cellError, dataError, type Place } from "./data-error.js";
import type { EntryList } from "./entry-list.js";
import { exactId } from "./exact-id.js";
import type { OddCells } from "./odd-cells.js";
import { cellParser } from "./parse-number.js";
import { sampleWeightOf } from "./sample-weights.js";
import type { Schema } from "./schema.js";
import { widthOfColumn } from "./schema-columns.js";
import { strangeLine } from "./strange-line.js";
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
  /** The same, in time and room of the features that are not 0. @param into cleared first */
  encodeEntries(row: TableRow, into: EntryList): EncodedRow;
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
 * @param oddCells counts cells that the schema lets pass and hardly knows, from here on
 * @throws ExpungeError E_SCHEMA for columns that are not declared, declared and not there, or that hold lists
 */
export function bindSchema(
  schema: Schema,
  table: TableReader,
  parts: RowParts,
  oddCells?: OddCells,
): RowEncoder {
  oddCells?.restart();
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
    const tell = oddCells?.of(column.name);
    const writer = {
      position: positionOf(column.name),
      column,
      offset: rawCount,
      write: writerOf(column, tell),
      writeEntries: entriesWriterOf(column, tell),
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

  const cellAt = (row: TableRow, position: number): Cell => {
    const cell = row.cells[position] as Cell;
    return isMissing(cell) ? null : cell;
  };

  /** @throws ExpungeError E_DATA where a cell is not as its column expects */
  const require = (
    expected: string | null,
    row: TableRow,
    { position, column }: (typeof writers)[0],
  ): void => {
    if (expected === null) return;
    throw cellError({ ...placeOf(source, row), column: column.name }, expected, row.cells[position] as Cell);
  };

  /** What a row says besides its features. */
  function restOf(row: TableRow): EncodedRow {
    const subject = subjectAt < 0 ? null : idOf(row.cells[subjectAt] as Cell, row);
    const label = labelAt < 0 ? 0 : labelOf(row.cells[labelAt] as Cell);
    if (label === null) {
      const place = { ...placeOf(source, row), column: schema.label.column };
      throw cellError(place, labelText(schema), row.cells[labelAt], labelHint(schema));
    }
    const weight =
      weightAt < 0
        ? null
        : sampleWeightOf(weightIn(row.cells[weightAt] as Cell), () => ({
            ...placeOf(source, row),
            column: weightColumn as string,
          }));
    return { label, subject, weight };
  }

  return {
    rawCount,
    encode(row, into) {
      into.fill(0);
      oddCells?.beginRow(row.row);
      for (const writer of writers)
        require(writer.write(cellAt(row, writer.position), into, writer.offset), row, writer);
      if (rowScale !== 1) for (let k = 0; k < rawCount; k++) into[k] = rowScale * into[k]!;
      return restOf(row);
    },
    encodeEntries(row, into) {
      into.clear();
      oddCells?.beginRow(row.row);
      for (const writer of writers)
        require(writer.writeEntries(cellAt(row, writer.position), into, writer.offset), row, writer);
      if (rowScale !== 1) into.multiply(rowScale);
      return restOf(row);
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
      { file: source, column, found: columns, fault: "missing" },
    );
  }
  if (!nested.has(column)) return position;
  throw new ExpungeError(
    "E_SCHEMA",
    `${source}: column "${column}": expected single values, found lists or records. Declare it "ignored".`,
    { file: source, column, fault: "lists" },
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
      `${source}: expected a column "${labelColumn}" and the others of the schema, found none of them. ${strangeLine(columns) ?? "Does the file begin with a header?"}`,
      { file: source, column: labelColumn, fault: "no header" },
    );
  }
  throw new ExpungeError(
    "E_SCHEMA",
    `${source}: column "${stranger}" is not declared in the schema. Declare it, as {"name": "${stranger}", "kind": "ignored"} if it is not to be used.`,
    { file: source, column: stranger, fault: "undeclared" },
  );
}

/** Tells missing cells. A mark such as "999" or "NaN" also stands for the number, as Parquet stores it. */
function missingTest(missingMarks: readonly string[]): (cell: Cell) => boolean {
  const texts = new Set(missingMarks);
  const numbers = new Set(missingMarks.map(parseDecimal).filter((value) => !Number.isNaN(value)));
  // Parquet's NaN is what other programs write for a missing number.
  return (cell) =>
    cell === null || (typeof cell === "string" ? texts.has(cell) : Number.isNaN(cell) || numbers.has(cell));
}

function labelReader({ label }: Schema): (cell: Cell) => number | null {
  if ("positive" in label)
    return classReader([
      ...label.positive.map((v) => [v, 1] as const),
      ...label.negative.map((v) => [v, -1] as const),
    ]);
  if ("classes" in label) return classReader(label.classes.map((name, i) => [name, i]));
  const parse = cellParser({ number: label.number });
  return (cell) => {
    const value = typeof cell === "string" ? parse(cell) : (cell ?? Number.NaN);
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

/** Classes alone have spellings. */
function labelHint({ label }: Schema): string {
  if ("centre" in label) return "";
  const where = "positive" in label ? "label.positive and label.negative" : "label.classes";
  return ` If this file spells its labels otherwise, list its spellings in the schema that it is read with (${where}).`;
}

function labelText({ label }: Schema): string {
  if ("positive" in label) return `one of ${[...label.positive, ...label.negative].join(", ")}`;
  if ("classes" in label) return `one of ${label.classes.slice(0, 12).join(", ")}`;
  return label.number === undefined
    ? "a finite number"
    : `a finite number, written as declared: ${JSON.stringify(label.number)}`;
}
