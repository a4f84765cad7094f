import { ExpungeError, optionError } from "../errors.js";
import { given } from "../given.js";
import type { Task } from "../objective/objective.js";
import { ColumnProfile, USUAL_MARKS } from "./column-profile.js";
import { dataError } from "./data-error.js";
import { ignoredNotes, notesFor } from "./draft-notes.js";
import { draftText, explainColumn, whyIgnored } from "./explain-draft.js";
import { dateNotes, draftWritten, findWritings, formatNotes, numberWritingOf } from "./find-writings.js";
import { inferLabel, MAX_CATEGORIES, sortTexts } from "./infer-label.js";
import { type InferOptions, requireInferOptions } from "./infer-options.js";
import { LookAlikes } from "./look-alikes.js";
import { type DraftFile, openDraft } from "./open-draft.js";
import { parseSchema, type Schema, type SchemaColumn } from "./schema.js";
import type { Cell } from "./table.js";
import { isEncoding } from "./text-encoding.js";

const DEFAULT_ROWS = 1_000_000;

/** A drafted schema, for a person to read and correct. */
export interface SchemaDraft {
  readonly schema: Schema;
  /** What must be looked at before it is used. */
  readonly notes: readonly string[];
  /** The draft as a file to edit, with a line on each column. */
  readonly text: string;
}

/** Drafts a schema from a table. @throws ExpungeError E_DATA, E_OPTION, E_SCHEMA naming the column that is not there */
export async function draftSchema(file: DraftFile, options: InferOptions): Promise<SchemaDraft> {
  requireInferOptions(options);
  requireOptions(options);
  const path = file.name;
  const { table, csv, notes: fileNotes, isFirstLineRow } = await openDraft(file, options);
  const { label: labelName, subject, weight, rows: mostRows = DEFAULT_ROWS } = options;
  for (const column of [labelName, subject, weight]) {
    if (column === undefined || table.columns.includes(column)) continue;
    throw unknownColumn(path, column, table.columns, csv.header && isFirstLineRow);
  }
  const profiles = table.columns.map((column) => new ColumnProfile(column));
  const marks = new Set<string>(["", "?"]);
  const subjectAt = subject === undefined ? -1 : table.columns.indexOf(subject);
  const ownerless = new Map<string, number>();
  const lookAlikes = new LookAlikes();
  const labelProfile = profiles[table.columns.indexOf(labelName)] as ColumnProfile;
  let rowCount = 0;
  let isCut = false;
  for await (const batch of table.batches) {
    // Rows are often sorted by label.
    const left = labelProfile.counts.size < 2 ? Number.POSITIVE_INFINITY : mostRows - rowCount;
    const rows = batch.length > left ? batch.slice(0, left) : batch;
    isCut = rows.length < batch.length;
    rowCount += rows.length;
    if (subjectAt >= 0) {
      for (const { cells, row } of rows) {
        const id = cells[subjectAt] as Cell;
        countMark(id, ownerless);
        if (id !== null) lookAlikes.add(String(id), row);
      }
    }
    profiles.forEach((profile, i) => {
      if (profile.name !== subject)
        for (const { cells, row } of rows) profile.add(cells[i] as Cell, marks, row);
    });
    if (isCut) break;
  }
  if (rowCount === 0) throw dataError({ file: path }, "at least one row", "none");
  const features = profiles.filter(({ name }) => ![options.label, subject, weight].includes(name));
  const written = await findWritings(file, csv, [...features, labelProfile], rowCount);
  const writing = numberWritingOf(written, labelName);
  const { task, label, notes: labelNotes } = inferLabel(labelProfile, options.task, path, writing);
  const columns = features.map(
    (profile) => draftWritten(written, profile.name) ?? draftColumn(profile, table.nested.has(profile.name)),
  );
  const writingNotes = [...dateNotes(features, written), ...formatNotes(features, written)];
  if (columns.every(({ kind }) => kind === "ignored")) {
    const why = [...ignoredNotes(features, table.nested), ...writingNotes].map((note) => ` ${note}`).join("");
    throw dataError({ file: path }, "at least one column to learn from", "none", why);
  }
  const schema = parseSchema(
    {
      version: 1,
      task,
      label,
      subject: options.subject ?? null,
      ...given({ weight }),
      columns,
      missingMarks: [...marks],
      ...scalingFor(task, columns),
      csv,
    },
    "inferred schema",
  );
  const ownerlessCount = [...marks].reduce((sum, mark) => sum + (ownerless.get(mark) ?? 0), 0);
  return {
    schema,
    notes: [
      ...notesFor(schema, features, table.nested, labelNotes, { rowCount, isCut: isCut || file.isPart }),
      ...fileNotes,
      ...writingNotes,
      ...refusedNote(labelProfile.missing, `a label in "${options.label}"`),
      ...refusedNote(ownerlessCount, `a subject in "${subject}"`),
      ...lookAlikes.notes("none"),
    ],
    text: draftText(
      schema,
      labelNotes[0] ?? "",
      features.map((profile, i) =>
        explainColumn(
          schema.columns[i] as SchemaColumn,
          profile,
          table.nested.has(profile.name),
          numberWritingOf(written, profile.name)?.profile,
        ),
      ),
    ),
  };
}

/** Counts the usual marks in the subject column, and keeps nothing else of it. */
function countMark(cell: Cell, counts: Map<string, number>): void {
  const text = cell === null ? "" : String(cell).trim();
  if (USUAL_MARKS.has(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
}

/** Rows that cannot be used are not passed over in silence: readTable stops at the first of them. */
function refusedNote(count: number, what: string): string[] {
  return count === 0
    ? []
    : [`Rows without ${what}: ${count}. They will be refused; take them out of the file first.`];
}

/** @throws ExpungeError E_OPTION */
function requireOptions({ columns, header, encoding, rows }: InferOptions): void {
  if (rows !== undefined && !(Number.isSafeInteger(rows) && rows >= 1))
    throw optionError("rows", rows, "to be an integer of at least 1");
  if (columns !== undefined && header === true)
    throw optionError("header", header, "to be false or left out where columns are given");
  if (encoding !== undefined && !isEncoding(encoding))
    throw optionError("encoding", encoding, "to be the name of an encoding, such as utf-8 or windows-1252");
}

/** @param isRow whether they are the cells of a first line that is no header: somebody's row, which is not shown */
function unknownColumn(
  path: string,
  column: string,
  columns: readonly string[],
  isRow: boolean,
): ExpungeError {
  const found = isRow
    ? `a first line that looks like a row: does the file begin with a header? If not, its columns are called column1 to column${columns.length}: give header false (--no-header) and one of these, or columns with their names`
    : columns.map((name) => `"${name}"`).join(", ");
  return new ExpungeError("E_SCHEMA", `${path}: expected a column "${column}", found ${found}.`, {
    file: path,
    column,
    ...(isRow ? {} : { found: columns }),
  });
}

/** Expected square of a numeric feature: a Gaussian's, in units of half the distance between its 10% and 90% quantiles. */
const NUMERIC_SQUARE = 0.6;

/**
 * How rows are brought to norm 1. Which class a row is of its direction tells; an amount needs its length too. So for regression a usual row has norm
 * 0.7, half of it the constant's, and only a row of three times the usual square is shortened.
 */
function scalingFor(
  task: Task,
  columns: readonly SchemaColumn[],
): Pick<Schema, "scaling" | "intercept" | "rowScale"> {
  if (task !== "regression") return { scaling: "l2", intercept: 1 };
  const squares = columns.map(
    ({ kind }) => ({ numeric: NUMERIC_SQUARE, categorical: 1, text: 1, hashed: 1, ignored: 0 })[kind],
  );
  const square = squares.reduce((sum, one) => sum + one, 0);
  const rowScale = square === 0 ? 1 : Number((0.5 / Math.sqrt(square)).toPrecision(2));
  return { scaling: "clip", intercept: 0.5, rowScale };
}

function draftColumn(profile: ColumnProfile, isNested: boolean): SchemaColumn {
  const { name, counts } = profile;
  if (whyIgnored(profile, isNested) !== null) return { name, kind: "ignored" };
  const hasMissing = profile.missing > 0;
  const isCode = profile.isNumeric && counts.size <= 2;
  if (profile.isNumeric && !isCode)
    return { name, kind: "numeric", ...profile.spread, missing: hasMissing ? "indicator" : "error" };
  const byCount = [...counts.entries()].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const categories = byCount.slice(0, MAX_CATEGORIES).map(([category]) => category);
  return {
    name,
    kind: "categorical",
    categories: sortTexts(categories, profile.isNumeric),
    unknown: counts.size > MAX_CATEGORIES ? "other" : "ignore",
    missing: hasMissing ? "other" : "ignore",
  };
}
