import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { quoteValue } from "./data-error.js";
import { plainText } from "./label-groups.js";
import type { Schema } from "./schema.js";
import { plainNumber } from "./table.js";

/* A file of rows for a trained model may be written otherwise than the training data were: its own schema says how. */

/** What a file's schema may have otherwise than the model's (`requireSameFeatures`), in words. */
export const MAY_DIFFER = "csv, number, date.order and the spellings of labels";

type Label = Schema["label"];
type Column = Schema["columns"][number];

/**
 * Whether a file's schema says other than the model's only how the file is written: `csv`, how numbers are written (`number`), the order
 * of dates (`date.order`), and how labels are spelt. The i-th class is the i-th of the model, in whatever spelling.
 *
 * @param own the model's
 * @param source what errors call the other
 * @throws ExpungeError E_SCHEMA naming the first difference that makes other features or labels
 */
export function requireSameFeatures(own: Schema, other: Schema, source: string): void {
  const difference = firstDifference(own, writtenAs(own, other));
  if (difference === null) return;
  const { path, expected, found } = difference;
  throw new ExpungeError(
    "E_SCHEMA",
    `${source}: ${path} is not as in the schema that the model was trained with: expected ${quoteValue(expected)}, found ${quoteValue(found)}. In the schema of a file that is written otherwise, only ${MAY_DIFFER} may differ.`,
    { file: source, path, expected, found },
  );
}

/** Labels that a file spells otherwise than its model, with the model's name of their class; none for a regression. */
export function respeltLabels(own: Schema, other: Schema): readonly (readonly [string, string])[] {
  const [names, spellings] = [classesOf(own.label), classesOf(other.label)];
  return spellings.flatMap((texts, i) =>
    texts.filter((text) => !names[i]!.includes(text)).map((text) => [text, names[i]![0]!] as const),
  );
}

/** A label without what a spelling may differ in: as `plainText`, the way of writing a number, and a dot or the like at its end. */
function plainLabel(text: string): string {
  return plainNumber(plainText(text).replace(/[\s.,;:!]+$/, ""));
}

/** The other schema, written as the model's own. */
function writtenAs(own: Schema, other: Schema): Schema {
  return {
    ...other,
    csv: own.csv,
    label: labelAs(own.label, other.label),
    columns: other.columns.map((column, i) => columnAs(own.columns[i], column)),
  };
}

function columnAs(own: Column | undefined, column: Column): Column {
  if (own?.kind !== "numeric" || column.kind !== "numeric") return column;
  const { number: _number, date, ...rest } = column;
  const asOwn = date && own.date ? given({ ...date, order: own.date.order }) : date;
  return { ...rest, ...given({ number: own.number, date: asOwn }) };
}

function labelAs(own: Label, label: Label): Label {
  if ("centre" in own && "centre" in label) {
    const { number: _number, ...rest } = label;
    return { ...rest, ...given({ number: own.number }) };
  }
  if ("centre" in own || "centre" in label || !areSameClasses(classesOf(own), classesOf(label))) return label;
  if ("positive" in own && "positive" in label)
    return { ...label, positive: own.positive, negative: own.negative };
  return "classes" in own && "classes" in label ? { ...label, classes: own.classes } : label;
}

/** The texts of each class. */
function classesOf(label: Label): readonly (readonly string[])[] {
  if ("positive" in label) return [label.negative, label.positive];
  return "classes" in label ? label.classes.map((name) => [name]) : [];
}

/** As many, and none is called what another one of the model's is. */
function areSameClasses(own: readonly (readonly string[])[], other: readonly (readonly string[])[]): boolean {
  const placeOf = new Map(own.flatMap((texts, i) => texts.map((text) => [plainLabel(text), i] as const)));
  const exactly = new Map(own.flatMap((texts, i) => texts.map((text) => [text, i] as const)));
  return (
    own.length === other.length &&
    other.every((texts, i) =>
      texts.every((text) => (exactly.get(text) ?? placeOf.get(plainLabel(text)) ?? i) === i),
    )
  );
}

interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** The first value that is not the same in both; null where there is none. */
function firstDifference(expected: unknown, found: unknown, path = ""): Difference | null {
  if (Object.is(expected, found)) return null;
  if (typeof expected !== "object" || typeof found !== "object" || expected === null || found === null)
    return { path, expected, found };
  const [left, right] = [expected, found] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const difference = firstDifference(left[key], right[key], path === "" ? key : `${path}.${key}`);
    if (difference !== null) return difference;
  }
  return null;
}
