import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { openTable } from "./read-table.js";
import { parseSchema, type Schema, type SchemaColumn } from "./schema.js";
import type { Cell } from "./table.js";

export interface InferOptions {
  /** The column to predict. */
  readonly label: string;
  /** The column that says whose row it is. */
  readonly subject?: string;
  readonly task?: Task;
  /** Column names of a file without a header. */
  readonly columns?: readonly string[];
  readonly delimiter?: string;
  readonly comment?: string;
}

/** Texts that usually mean "missing"; those found in the file are listed in the draft. */
const USUAL_MARKS = ["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-"];
/** More distinct values than this make a column of texts no list of categories. */
const MOST_CATEGORIES = 64;
/** Values kept per column for quantiles: a systematic sample. */
const SAMPLE_SIZE = 50_000;

/** What one pass over a column finds. */
class ColumnProfile {
  readonly name: string;
  readonly counts = new Map<string, number>();
  readonly sample: number[] = [];
  hasOverflown = false;
  isNumeric = true;
  missing = 0;
  present = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(cell: Cell, marks: Set<string>): void {
    const text = cell === null ? "" : String(cell);
    if (cell === null || USUAL_MARKS.includes(text)) {
      if (cell !== null) marks.add(text);
      this.missing++;
      return;
    }
    this.present++;
    const value = Number(text);
    if (!Number.isFinite(value)) this.isNumeric = false;
    else if (this.sample.length < SAMPLE_SIZE) this.sample.push(value);
    else if (this.present % Math.ceil(this.present / SAMPLE_SIZE) === 0)
      this.sample[this.present % SAMPLE_SIZE] = value;
    if (this.counts.size <= 1000) this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
    else this.hasOverflown = true;
  }

  get looksLikeId(): boolean {
    return (
      !this.isNumeric &&
      (this.hasOverflown || this.counts.size > Math.max(MOST_CATEGORIES, 0.5 * this.present))
    );
  }
}

/**
 * Drafts a schema from a file, for a person to read and correct.
 *
 * @returns the draft, and notes that say what must be looked at before it is used
 * @throws ExpungeError E_DATA, E_SCHEMA naming the column that is not there
 */
export async function inferSchema(
  path: string,
  options: InferOptions,
): Promise<{ readonly schema: Schema; readonly notes: readonly string[] }> {
  const csv = {
    header: options.columns === undefined,
    ...(options.columns === undefined ? {} : { columnNames: [...options.columns] }),
    delimiter: options.delimiter ?? ",",
    ...(options.comment === undefined ? {} : { comment: options.comment }),
  };
  const table = await openTable(path, csv);
  for (const column of [options.label, options.subject]) {
    if (column !== undefined && !table.columns.includes(column)) {
      throw new ExpungeError(
        "E_SCHEMA",
        `${path}: expected a column "${column}", found ${table.columns.map((c) => `"${c}"`).join(", ")}.`,
        { column },
      );
    }
  }
  const profiles = table.columns.map((column) => new ColumnProfile(column));
  const marks = new Set<string>(["", "?"]);
  let rowCount = 0;
  for await (const { cells } of table.rows) {
    rowCount++;
    profiles.forEach((profile, i) => {
      profile.add(cells[i], marks);
    });
  }
  if (rowCount === 0) throw new ExpungeError("E_DATA", `${path}: expected at least one row, found none.`);
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  const labelProfile = byName.get(options.label) as ColumnProfile;
  const { task, label, note } = inferLabel(labelProfile, options.task, path);
  const features = profiles.filter(({ name }) => name !== options.label && name !== options.subject);
  const columns = features.map(draftColumn);
  const schema = parseSchema(
    {
      version: 1,
      task,
      label,
      subject: options.subject ?? null,
      columns,
      missingMarks: [...marks],
      scaling: "l2",
      intercept: 1,
      csv,
    },
    "inferred schema",
  );
  return { schema, notes: notesFor(schema, features, note, rowCount) };
}

function inferLabel(profile: ColumnProfile, asked: Task | undefined, path: string) {
  const values = [...profile.counts.entries()]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([value]) => value);
  if (values.length < 2) {
    throw new ExpungeError(
      "E_DATA",
      `${path}: column "${profile.name}": expected at least two different labels, found ${values.length}.`,
    );
  }
  const few = !profile.hasOverflown && values.length <= MOST_CATEGORIES;
  const task: Task =
    asked ?? (values.length === 2 ? "binary" : profile.isNumeric && !few ? "regression" : "multiclass");
  const column = profile.name;
  if (task === "regression") {
    const { centre, scale } = spread(profile.sample);
    return {
      task,
      label: { column, centre, scale },
      note: `The label is (${column} - ${centre}) / ${scale}.`,
    };
  }
  if (task === "multiclass")
    return {
      task,
      label: { column, classes: values.sort() },
      note: `The classes of "${column}" are those found in the file.`,
    };
  if (values.length !== 2)
    throw new ExpungeError(
      "E_DATA",
      `${path}: column "${column}": expected two labels for a binary task, found ${values.length}.`,
    );
  const positive =
    values.find((value) => /^(1|yes|true|y|t|\+1|positive|pos|>.*)$/i.test(value)) ?? values[1];
  const negative = values.filter((value) => value !== positive);
  return {
    task,
    label: { column, positive: [positive], negative },
    note: `"${positive}" counts as the positive label of "${column}"; swap if it should not.`,
  };
}

function draftColumn(profile: ColumnProfile): SchemaColumn {
  const { name } = profile;
  if (profile.present === 0 || profile.looksLikeId) return { name, kind: "ignored" };
  const hasMissing = profile.missing > 0;
  const isCode = profile.isNumeric && profile.counts.size <= 2 && !profile.hasOverflown;
  if (profile.isNumeric && !isCode) {
    return { name, kind: "numeric", ...spread(profile.sample), missing: hasMissing ? "indicator" : "error" };
  }
  return {
    name,
    kind: "categorical",
    categories: [...profile.counts.keys()].sort(),
    unknown: "ignore",
    missing: hasMissing ? "other" : "ignore",
  };
}

/** Middle and spread, to two digits: median and the distance between the 10% and 90% quantiles, halved. */
function spread(sample: readonly number[]): { readonly centre: number; readonly scale: number } {
  const sorted = [...sample].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const half = (at(0.9) - at(0.1)) / 2;
  const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  const deviation = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
  const scale = half > 0 ? half : deviation;
  return { centre: Number(at(0.5).toPrecision(2)), scale: scale > 0 ? Number(scale.toPrecision(2)) : 1 };
}

function notesFor(
  schema: Schema,
  features: readonly ColumnProfile[],
  labelNote: string,
  rowCount: number,
): string[] {
  const ignored = features.filter((profile) => profile.looksLikeId).map(({ name }) => `"${name}"`);
  const empty = features.filter(({ present }) => present === 0).map(({ name }) => `"${name}"`);
  return [
    `Drafted from ${rowCount} rows. Centres, scales and category lists were read off these rows, and every certificate treats the schema as PUBLIC: it does not cover what the schema reveals. Replace them by values that you know without the data (units, plausible ranges, official lists).`,
    labelNote,
    ...(ignored.length > 0
      ? [`Ignored, because almost every value is different (an identifier?): ${ignored.join(", ")}.`]
      : []),
    ...(empty.length > 0 ? [`Ignored, because it is always missing: ${empty.join(", ")}.`] : []),
    ...(schema.subject === null
      ? ["No subject column: rows can be forgotten by number only. Name one with --subject."]
      : []),
  ];
}
