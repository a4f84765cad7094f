import type { ColumnProfile } from "./column-profile.js";
import type { NumberSample } from "./number-sample.js";
import type { Schema, SchemaColumn } from "./schema.js";

/**
 * Why a column is drafted as it is, in a line that names no value.
 *
 * @param numbers what its numbers are, where they are not written plainly
 */
export function explainColumn(
  column: SchemaColumn,
  profile: ColumnProfile,
  isNested: boolean,
  { numbers }: ColumnProfile = profile,
): string {
  if (column.kind === "ignored") return whyIgnored(profile, isNested) ?? "ignored";
  const { present, missing, counts, hasOverflown } = profile;
  const absent = missing === 0 ? "none missing" : `${missing} missing`;
  if (column.kind === "numeric")
    return `${present} numbers, ${absent}; centre: their median; scale: ${scaleText(numbers)}`;
  if (column.kind !== "categorical") return `${present} texts, ${absent}`;
  const least = Math.min(...counts.values());
  const others =
    hasOverflown || counts.size > column.categories.length ? "; the most frequent are listed" : "";
  return `${counts.size}${hasOverflown ? " or more" : ""} different values in ${present} rows, ${absent}; the rarest in ${least}${others}`;
}

function scaleText({ areMostlyEqual, spread }: NumberSample): string {
  if (!areMostlyEqual) return "half the distance between their 10% and 90% quantiles";
  return spread > 0
    ? "their standard deviation, since their 10% and 90% quantiles are equal"
    : "1, since they are equal";
}

/** Why a column is not drafted as numbers or categories, or null where it is. Dates and numbers with a way of writing are looked for before. */
export function whyIgnored(profile: ColumnProfile, isNested: boolean): string | null {
  if (isNested) return "ignored: lists or records";
  if (profile.present === 0) return "ignored: always missing";
  if (profile.isDate) return "ignored: dates; a note of the draft says how to declare them";
  if (profile.isTextId || profile.isNumberId)
    return 'ignored: almost every value is different (a text, which may be declared "text", or an identifier?)';
  if (profile.isNearlyNumeric) return `ignored: not all cells are numbers: ${profile.oddText}`;
  return profile.isConstant ? "ignored: the same in every row" : null;
}

/**
 * A draft as a file to edit: JSON, a line for each column and for each other field, with a note on the label and on every column.
 * `parseSchema` leaves the notes out.
 *
 * @param columnNotes in the order of the columns
 */
export function draftText(schema: Schema, labelNote: string, columnNotes: readonly string[]): string {
  const columns = schema.columns.map(
    (column, i) => `    ${JSON.stringify({ ...column, note: columnNotes[i] })}`,
  );
  const fields = Object.entries({ ...schema, label: { ...schema.label, note: labelNote } }).map(
    ([key, value]) =>
      key === "columns"
        ? `  "columns": [\n${columns.join(",\n")}\n  ]`
        : `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${fields.join(",\n")}\n}\n`;
}
