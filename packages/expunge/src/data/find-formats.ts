import { ColumnProfile, USUAL_MARKS } from "./column-profile.js";
import { type NumberFormat, numberParser, TRIED_FORMATS } from "./parse-number.js";
import { openTable } from "./read-table.js";
import type { SchemaColumn } from "./schema.js";

/** Columns whose numbers are written in another way, with the way and what the numbers are. */
export type Formats = ReadonlyMap<string, { readonly number: NumberFormat; readonly profile: ColumnProfile }>;

/** Reads the columns of oddly written numbers once more, in every way at once; the first that fits all cells is it. */
export async function findFormats(
  path: string,
  csv: Parameters<typeof openTable>[1],
  features: readonly ColumnProfile[],
): Promise<Formats> {
  const found = new Map<string, { number: NumberFormat; profile: ColumnProfile }>();
  const odd = features.filter(({ areNumbersSomehow }) => areNumbersSomehow);
  if (odd.length === 0) return found;
  const table = await openTable(path, csv);
  const trials = odd.map(({ name }) => ({
    at: table.columns.indexOf(name),
    ways: TRIED_FORMATS.map((number) => ({
      number,
      parse: numberParser(number),
      profile: new ColumnProfile(name),
    })),
  }));
  for await (const rows of table.batches) {
    for (const trial of trials) {
      for (const { cells, row } of rows) {
        const cell = cells[trial.at];
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
  odd.forEach(({ name }, i) => {
    const [first] = trials[i].ways;
    if (first && first.profile.present > 0) found.set(name, first);
  });
  return found;
}

/** Marks are gathered in the first pass. */
const NO_MARKS = new Set<string>();

export function formatNotes(features: readonly ColumnProfile[], written: Formats): string[] {
  return features.flatMap((profile) => {
    const { name, isNearlyNumeric, oddText } = profile;
    if (!isNearlyNumeric) return [];
    const format = written.get(name);
    return format
      ? [
          `The numbers of "${name}" are read as ${JSON.stringify(format.number)}, because of ${oddText}; correct "number" if they mean something else.`,
        ]
      : [
          `Ignored, because not all cells are numbers: "${name}": ${oddText}. Mend these cells or list them in missingMarks; "number": {"decimal", "thousands", "percent"} reads other ways of writing.`,
        ];
  });
}

/** Nobody writes identifiers in this way. */
export function draftWritten({
  number,
  profile,
}: {
  number: NumberFormat;
  profile: ColumnProfile;
}): SchemaColumn {
  const { name, spread, missing } = profile;
  return { name, kind: "numeric", ...spread, number, missing: missing > 0 ? "indicator" : "error" };
}
