import { ColumnProfile, USUAL_MARKS } from "./column-profile.js";
import type { DraftFile } from "./open-draft.js";
import { cellParser, type DateFormat, type NumberFormat, TRIED_FORMATS } from "./parse-number.js";
import type { Schema, SchemaColumn } from "./schema.js";
import type { Cell } from "./table.js";

/** How the cells of a numeric column are written, where not as plain numbers; as a schema declares it. */
interface Writing {
  readonly number?: NumberFormat;
  readonly date?: DateFormat;
}

/** A way that fits all cells of a column, and what the numbers are. */
interface ReadWriting extends Writing {
  readonly profile: ColumnProfile;
}

/** By column, the ways that fit, in the order in which they were tried. */
export type Writings = ReadonlyMap<string, readonly ReadWriting[]>;

/** Any day would do: the centre of the column makes up for it. */
const ORIGIN = "2020-01-01";
const DATES: readonly Writing[] = (["YMD", "DMY", "MDY"] as const).map((order) => ({
  date: { origin: ORIGIN, order },
}));
const NUMBERS: readonly Writing[] = TRIED_FORMATS.map((number) => ({ number }));

/** Marks are gathered in the first pass. */
const NO_MARKS = new Set<string>();

/** Reads the columns of dates and of oddly written numbers once more, in every way at once, in the first `rowCount` rows. */
export async function findWritings(
  file: DraftFile,
  csv: Schema["csv"],
  features: readonly ColumnProfile[],
  rowCount: number,
): Promise<Writings> {
  const trials = features.flatMap((feature) => {
    const tried = feature.isDate ? DATES : feature.areNumbersSomehow ? NUMBERS : [];
    if (tried.length === 0) return [];
    const { name } = feature;
    const ways = tried.map((way) => ({ ...way, parse: cellParser(way), profile: new ColumnProfile(name) }));
    return [{ name, at: -1, ways }];
  });
  if (trials.length === 0) return new Map();
  const table = await file.open(csv);
  for (const trial of trials) trial.at = table.columns.indexOf(trial.name);
  for await (const batch of table.batches) {
    const rows = batch.filter(({ row }) => row <= rowCount);
    if (rows.length === 0) break;
    for (const trial of trials) {
      for (const { cells, row } of rows) {
        const cell = cells[trial.at] as Cell;
        const isMissing = cell === null || USUAL_MARKS.has(String(cell));
        for (const { parse, profile } of trial.ways) {
          const value = isMissing ? null : parse(String(cell));
          // NaN would count as missing.
          profile.add(Number.isNaN(value) ? Number.POSITIVE_INFINITY : value, NO_MARKS, row);
        }
      }
      trial.ways = trial.ways.filter(({ profile }) => profile.isNumeric);
    }
  }
  return new Map(trials.map(({ name, ways }) => [name, ways]));
}

/** How numbers of a column are written, and what they are. */
export interface NumberWriting {
  readonly number: NumberFormat;
  readonly profile: ColumnProfile;
}

/** The first format that fits a column of oddly written numbers. */
export function numberWritingOf(written: Writings, name: string): NumberWriting | undefined {
  const [first] = written.get(name) ?? [];
  return first?.number === undefined ? undefined : { number: first.number, profile: first.profile };
}

/** How each column of dates would be declared: as a whole column, to be put into the schema in place of the ignored one. */
export function dateNotes(features: readonly ColumnProfile[], written: Writings): readonly string[] {
  return features.flatMap(({ name, isDate }) => {
    if (!isDate) return [];
    const [first, second] = written.get(name) ?? [];
    if (first === undefined)
      return [
        `Ignored, because it holds dates in a form that is not read (years of four digits, one order): "${name}".`,
      ];
    const { date, profile } = first;
    const missing = profile.missing > 0 ? "indicator" : "error";
    const column = { name, kind: "numeric", date, ...profile.spread, missing };
    const doubt = second === undefined ? "" : ` The order may be ${second.date?.order} as well: look at it.`;
    return [
      `Ignored, because it holds dates: "${name}". To use them as days since ${ORIGIN}, declare ${JSON.stringify(column)}.${doubt}`,
    ];
  });
}

export function formatNotes(features: readonly ColumnProfile[], written: Writings): string[] {
  return features.flatMap((profile) => {
    const { name, isNearlyNumeric, oddText } = profile;
    if (!isNearlyNumeric) return [];
    const found = numberWritingOf(written, name);
    return found
      ? [
          `The numbers of "${name}" are read as ${JSON.stringify(found.number)}, because of ${oddText}; correct "number" if they mean something else.`,
        ]
      : [
          `Ignored, because not all cells are numbers: "${name}": ${oddText}. Mend these cells or list them in missingMarks; "number": {"decimal", "thousands", "percent"} reads other ways of writing. If the cells are codes, declare the column "categorical" or "hashed".`,
        ];
  });
}

/** The column as its numbers are written; null where no way fits. Nobody writes identifiers in this way. */
export function draftWritten(written: Writings, name: string): SchemaColumn | null {
  const found = numberWritingOf(written, name);
  if (found === undefined) return null;
  const { number, profile } = found;
  const missing = profile.missing > 0 ? "indicator" : "error";
  return { name, kind: "numeric", ...profile.spread, number, missing };
}
