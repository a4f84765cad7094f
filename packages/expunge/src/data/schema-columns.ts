import { z } from "zod";
import { HASH_BITS } from "./hashed-tokens.js";

/* Columns of a schema: their shapes, their names as features, and what shapes cannot say of them. */

export const name = z.string().min(1);
export const finite = z.number();
/** Why it is so, for whoever edits the file; `parseSchema` leaves it out. */
export const note = z.string().optional();

/** How numbers are written, where not as 1234.5: `{ decimal: ",", thousands: "." }`, `{ percent: true }` (12% is 0.12). */
export const numberFormat = z
  .strictObject({
    decimal: z.enum([".", ","]).optional(),
    thousands: z.enum([",", ".", "'", " ", "_"]).optional(),
    percent: z.boolean().optional(),
  })
  .optional();

const numericColumn = z.strictObject({
  name,
  kind: z.literal("numeric"),
  /** The feature is (value - centre) / scale. */
  centre: finite,
  scale: finite.positive(),
  number: numberFormat,
  /** The column holds dates: the number is the days since `origin`, a time of day (UTC) as a fraction. Default order: year first. */
  date: z.strictObject({ origin: z.iso.date(), order: z.enum(["YMD", "DMY", "MDY"]).optional() }).optional(),
  /** Values beyond are pulled to the nearer end; in the column's own units. */
  clip: z.tuple([finite, finite]).optional(),
  /** error; centre: feature 0; indicator: feature 0 and a further feature that is 1 where the value is missing. */
  missing: z.enum(["error", "centre", "indicator"]).default("error"),
  note,
});

const categoricalColumn = z.strictObject({
  name,
  kind: z.literal("categorical"),
  /** One feature each: 1 where the cell is this text. */
  categories: z.array(z.string()).min(1),
  /** error; ignore: all features 0; other: a further feature. */
  unknown: z.enum(["error", "ignore", "other"]).default("error"),
  missing: z.enum(["error", "ignore", "other"]).default("error"),
  note,
});

const bits = z.int().min(HASH_BITS.min).max(HASH_BITS.max);
const MAX_WORDS = 5;
const MAX_CHARACTERS = 10;
const characterCount = z.int().min(1).max(MAX_CHARACTERS);

const hashedColumn = z.strictObject({
  name,
  kind: z.literal("hashed"),
  /** 2^bits features: the text of a cell is hashed to one of them, which is 1 or -1. Nothing is listed, so that no text is unknown. */
  bits: bits.default(10),
  /** error; ignore: all features 0. */
  missing: z.enum(["error", "ignore"]).default("error"),
  note,
});

const textColumn = z.strictObject({
  name,
  kind: z.literal("text"),
  /** 2^bits features: every token is hashed to one of them, with a sign; what comes out is scaled to norm 1. */
  bits: bits.default(12),
  /** Word n-grams of up to so many words; 0 for none. */
  words: z.int().min(0).max(MAX_WORDS).default(2),
  /** Character n-grams within words: least and most characters. */
  characters: z.tuple([characterCount, characterCount]).optional(),
  /** error; ignore: all features 0. */
  missing: z.enum(["error", "ignore"]).default("ignore"),
  note,
});

const ignoredColumn = z.strictObject({ name, kind: z.literal("ignored"), note });

/** Any column. */
export const schemaColumn = z.discriminatedUnion("kind", [
  numericColumn,
  categoricalColumn,
  textColumn,
  hashedColumn,
  ignoredColumn,
]);

type Column = Readonly<z.infer<typeof schemaColumn>>;

/** Names of the features that a column makes, in order. */
export function namesOfColumn(column: Column): readonly string[] {
  switch (column.kind) {
    case "ignored":
      return [];
    case "text":
    case "hashed":
      return Array.from({ length: 2 ** column.bits }, (_, i) => `${column.name} #${i}`);
    case "numeric":
      return column.missing === "indicator" ? [column.name, `${column.name} is missing`] : [column.name];
    case "categorical":
      return [
        ...column.categories.map((category) => `${column.name} = ${category}`),
        ...(hasOther(column) ? [`${column.name} is other`] : []),
      ];
  }
}

/** How many features a column makes. */
export function widthOfColumn(column: Column): number {
  if (column.kind === "ignored") return 0;
  if (column.kind === "text" || column.kind === "hashed") return 2 ** column.bits;
  if (column.kind === "numeric") return column.missing === "indicator" ? 2 : 1;
  return column.categories.length + (hasOther(column) ? 1 : 0);
}

function hasOther({ unknown, missing }: Extract<Column, { kind: "categorical" }>): boolean {
  return unknown === "other" || missing === "other";
}

/** Fails where what a column says does not fit together. */
export function requireColumn(
  column: Column,
  missingMarks: readonly string[],
  fail: (message: string) => never,
): void {
  if (column.kind === "categorical") {
    const double = duplicateOf(column.categories);
    if (double !== undefined) fail(`"${column.name}" lists the category "${double}" twice.`);
    const marks = new Set(missingMarks);
    const mark = column.categories.find((category) => marks.has(category));
    if (mark !== undefined)
      fail(`"${column.name}" lists "${mark}" as a category, but missingMarks says it means missing.`);
  }
  if (column.kind === "text") {
    const { words, characters } = column;
    if (words === 0 && characters === undefined)
      fail(`"${column.name}": expected words > 0 or characters, or there are no tokens.`);
    if (characters && characters[0] > characters[1])
      fail(`"${column.name}": characters: expected [least, most], found [${characters.join(", ")}].`);
  }
  if (column.kind !== "numeric") return;
  const { number, date, clip } = column;
  if (number && date) fail(`"${column.name}": expected number or date, found both.`);
  requireNumberFormat(number, (text) => fail(`"${column.name}": ${text}`));
  if (clip && clip[0] >= clip[1])
    fail(`"${column.name}": clip: expected [low, high], found [${clip.join(", ")}].`);
}

/** Fails where a format would not tell fractions from groups of digits. */
export function requireNumberFormat(
  number: z.infer<typeof numberFormat>,
  fail: (message: string) => never,
): void {
  if (number?.thousands === (number?.decimal ?? "."))
    fail("number: decimal and thousands are the same character.");
}

/** The first name that is there twice. */
export function duplicateOf(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((item) => seen.size === seen.add(item).size);
}
