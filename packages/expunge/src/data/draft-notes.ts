import type { ColumnProfile } from "./column-profile.js";
import { MAX_CATEGORIES } from "./infer-label.js";
import type { Schema } from "./schema.js";

/** A category with fewer rows may point at a person. */
const RARE_ROWS = 5;

/** A note on the chosen columns, if there are any. */
function listed(
  features: readonly ColumnProfile[],
  chosen: (profile: ColumnProfile) => boolean,
  text: string,
): string[] {
  const names = features.filter(chosen).map(({ name }) => `"${name}"`);
  return names.length === 0 ? [] : [`${text}: ${names.join(", ")}.`];
}

/** Which columns are ignored, and why. */
export function ignoredNotes(features: readonly ColumnProfile[], nested: ReadonlySet<string>): string[] {
  return [
    ...listed(
      features,
      (profile) => profile.isTextId || profile.isNumberId,
      'Ignored, because almost every value is different (a text to learn from, which may be declared "text", or an identifier?)',
    ),
    ...listed(features, ({ name }) => nested.has(name), "Ignored, because it holds lists or records"),
    ...listed(features, ({ isConstant }) => isConstant, "Ignored, because it is the same in every row"),
    ...listed(
      features,
      ({ name, present }) => present === 0 && !nested.has(name),
      "Ignored, because it is always missing",
    ),
  ];
}

/** What must be looked at before a draft is used. */
export function notesFor(
  schema: Schema,
  features: readonly ColumnProfile[],
  nested: ReadonlySet<string>,
  labelNotes: readonly string[],
  { rowCount, isCut }: { readonly rowCount: number; readonly isCut: boolean },
): string[] {
  const kinds = new Map(schema.columns.map(({ name, kind }) => [name, kind]));
  const hasRare = ({ name, counts }: ColumnProfile): boolean =>
    kinds.get(name) === "categorical" && [...counts.values()].some((count) => count < RARE_ROWS);
  const isShortened = ({ name, counts }: ColumnProfile): boolean =>
    kinds.get(name) === "categorical" && counts.size > MAX_CATEGORIES;
  return [
    `Drafted from ${isCut ? "the first " : ""}${rowCount} rows${isCut ? ", though there are more (--rows of the command line reads more of them)" : ""}. Centres, scales, category lists and the base rate were read off these rows, and every certificate treats the schema as PUBLIC: it does not cover what the schema reveals. Replace them by values that you know without the data (units, plausible ranges, official lists).`,
    ...labelNotes,
    ...ignoredNotes(features, nested),
    ...listed(
      features,
      (profile) => profile.isNearlyDistinct && !profile.isNumberId,
      "Whole numbers that almost all differ; ignore them if they identify somebody",
    ),
    ...listed(
      features,
      ({ name, mayBeCode }) => kinds.get(name) === "numeric" && mayBeCode,
      "Whole numbers of few different values; where they are codes, not amounts, declare them categorical",
    ),
    ...listed(
      features,
      isShortened,
      `More than ${MAX_CATEGORIES} categories, cut to the most frequent; the rest is "other" (kind "hashed" takes any number)`,
    ),
    ...features
      .filter(({ name, hasStrayTexts }) => kinds.get(name) === "categorical" && hasStrayTexts)
      .map(
        ({ name, oddText }) =>
          `Most cells of "${name}" are numbers, but for ${oddText}: taken for categories. If they are amounts, mend these cells or list them in missingMarks.`,
      ),
    ...(rowCount >= 10 * RARE_ROWS
      ? listed(
          features,
          hasRare,
          `Has categories with fewer than ${RARE_ROWS} rows, which may point at a person`,
        )
      : []),
    ...(schema.weight === undefined
      ? []
      : [
          `Weights of column "${schema.weight}": certificates take it that a row's weight depends on no other row. Weights computed from all rows do.`,
        ]),
    ...(schema.subject === null
      ? ["No subject column: rows can be forgotten by number only. Name one with --subject."]
      : []),
  ];
}
