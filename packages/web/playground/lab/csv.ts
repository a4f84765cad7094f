import { typedNumber } from "../../shared/numbers";
import type { LabData } from "../work/messages";

/** A file as text, cut into columns. */
export interface CsvTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the page can show and train at once without making anybody wait. */
const MAX_BYTES = 20e6;
const MAX_ROWS = 50_000;
const MAX_FEATURES = 500;
const MAX_LABELS = 10;

/** @throws Error in plain words: what was found, what was expected */
export async function readCsv(file: File): Promise<CsvTable> {
  if (file.size > MAX_BYTES)
    throw new Error(
      `Expected a file of at most ${MAX_BYTES / 1e6} MB, found ${(file.size / 1e6).toFixed(1)} MB.`,
    );
  // Only those who drop a file need the parser.
  const { parse } = await import("csv-parse/browser/esm/sync");
  return checkTable(file.name, parseText(parse, await file.text()));
}

type Parse = (text: string, options: object) => unknown;

function parseText(parse: Parse, text: string): string[][] {
  try {
    const delimiter = delimiterOf(text);
    return parse(text, { bom: true, skip_empty_lines: true, trim: true, delimiter }) as string[][];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new Error(`Expected a CSV file with as many cells in every line. ${found}`);
  }
}

const DELIMITERS = [",", ";", "\t"];

/** What stands most often in the first line: spreadsheets of many countries write semicolons. */
function delimiterOf(text: string): string {
  const line = /^[^\r\n]*/.exec(text)![0];
  const count = (mark: string): number => line.split(mark).length;
  return DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function checkTable(name: string, lines: readonly (readonly string[])[]): CsvTable {
  const [columns, ...rows] = lines;
  if (columns === undefined || columns.length < 2)
    throw new Error(
      `Expected a first line with the names of at least two columns, found ${columns === undefined ? "an empty file" : `"${columns.join()}"`}.`,
    );
  // All but the label, which may be a text.
  if (columns.filter((cell) => Number.isFinite(typedNumber(cell))).length >= columns.length - 1)
    throw new Error(
      `Expected the names of the columns in the first line, found numbers: ${columns.slice(0, 4).join(", ")}. Add a line of names above it.`,
    );
  if (rows.length < 10)
    throw new Error(`Expected at least 10 rows below the first line, found ${rows.length}.`);
  if (rows.length > MAX_ROWS) throw new Error(`Expected at most ${MAX_ROWS} rows, found ${rows.length}.`);
  return { name, columns, rows };
}

/** The column that is most likely the label: the last one with few different values. */
export function guessLabel({ columns, rows }: CsvTable): number {
  for (let column = columns.length - 1; column >= 0; column--) {
    const different = new Set(rows.map((row) => row[column])).size;
    if (different >= 2 && different <= MAX_LABELS) return column;
  }
  return columns.length - 1;
}

/**
 * Numbers for the engine: every other column centred and scaled by its deviation (a certificate treats these as public), a label for each
 * different value of the label column.
 *
 * @throws Error naming line and column, what was found and what was expected
 */
export function dataOf({ columns, rows }: CsvTable, labelColumn: number): LabData {
  const labelTexts = rows.map((row) => row[labelColumn]!);
  const labelNames = [...new Set(labelTexts)].sort();
  if (labelNames.length < 2 || labelNames.length > MAX_LABELS)
    throw new Error(
      `Expected 2 to ${MAX_LABELS} different labels in column "${columns[labelColumn]}", found ${labelNames.length}.`,
    );
  const used = columns.map((_, column) => column).filter((column) => column !== labelColumn);
  if (used.length > MAX_FEATURES)
    throw new Error(`Expected at most ${MAX_FEATURES} columns, found ${used.length}.`);
  const features = new Float32Array(rows.length * used.length);
  used.forEach((column, k) => {
    const values = rows.map((row, i) => numberAt(row[column]!, i, columns[column]!));
    const { mean, deviation } = spreadOf(values);
    for (let i = 0; i < values.length; i++)
      features[i * used.length + k] = deviation > 0 ? (values[i]! - mean) / deviation : 0;
  });
  const isBinary = labelNames.length === 2;
  const labelOf = (name: string): number => {
    const index = labelNames.indexOf(name);
    return isBinary ? 2 * index - 1 : index;
  };
  return {
    features,
    featureCount: used.length,
    labels: Float32Array.from(labelTexts, labelOf),
    ...{ task: isBinary ? "binary" : "multiclass", labelNames, scaling: "l2", intercept: 1, test: null },
  };
}

function numberAt(text: string, row: number, column: string): number {
  const value = typedNumber(text);
  if (Number.isFinite(value)) return value;
  // The first line holds the names.
  throw new Error(
    `Expected a number in line ${row + 2}, column "${column}", found ${text === "" ? "an empty cell" : `"${text.slice(0, 40)}"`}.`,
  );
}

function spreadOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(square) };
}
