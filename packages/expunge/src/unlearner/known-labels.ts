import { listText } from "../data/data-error.js";
import type { Dataset, DatasetFacts } from "../data/dataset.js";
import { inOwnUnits } from "../data/label-scaling.js";
import { parseDecimal, plainNumber } from "../data/table.js";
import { ExpungeError } from "../errors.js";
import { classOf } from "../objective/index.js";
import type { Task } from "../objective/objective.js";

/** The labels of a data set or a model by name. */
export type LabelNames = Pick<DatasetFacts, "task" | "labelNames">;
/** Labels of rows, with their names. */
export type NamedLabels = LabelNames & Pick<Dataset, "labels" | "labelScaling">;

/** Labels as the data had them: regression's in their own units. */
export function ownLabels({
  labels,
  labelScaling,
}: Pick<Dataset, "labels" | "labelScaling">): ArrayLike<number> {
  return labelScaling === undefined ? labels : inOwnUnits(labels, labelScaling);
}

/**
 * The labels of rows as a model knows them: its own codes of classes, values in their own units. Rows to judge a model by may have some of
 * its classes only, and then number them otherwise: a class is known by its name.
 *
 * @throws ExpungeError E_DATA where the task is another, or a row's label is none of the model's
 */
export function labelsFor(known: LabelNames, rows: NamedLabels): ArrayLike<number> {
  if (rows.task !== known.task)
    throw new ExpungeError(
      "E_DATA",
      `The data set does not fit the model: expected labels of task ${known.task}, found ${rows.task}.`,
    );
  const codes = codesFor(known, rows.labelNames);
  if (codes === null) return ownLabels(rows);
  const { labels, labelNames, task } = rows;
  return Float64Array.from(labels, (label, row) => {
    const name = classOf(task, label);
    const code = codes[name] ?? Number.NaN;
    if (!Number.isNaN(code)) return code;
    throw new ExpungeError(
      "E_DATA",
      `Row ${row + 1}: expected a label that the model knows (${listText(known.labelNames)}), found ${labelNames[name] ?? label}.`,
      { row: row + 1, found: labelNames[name] ?? label, expected: known.labelNames },
    );
  });
}

/** The names among those of some rows that a model does not know. */
export function strangersAmong(known: LabelNames, names: readonly string[]): readonly string[] {
  const codes = codesFor(known, names);
  return codes === null ? [] : names.filter((_, i) => Number.isNaN(codes[i]));
}

/**
 * What a model calls each of some classes, NaN for one that it does not know; null where codes stand as they are. A class is known by its name. Where
 * the model's names are words, a number is a code of a class; where they are only the codes, words are its classes in their order.
 */
function codesFor(
  { task, labelNames: known }: LabelNames,
  names: readonly string[],
): readonly number[] | null {
  if (task === "regression" || isSameList(known, names)) return null;
  const codeAt = (at: number | undefined): number => {
    if (at === undefined || known[at] === undefined) return Number.NaN;
    return task === "binary" ? 2 * at - 1 : at;
  };
  if (areNumbers(names) && !areNumbers(known)) {
    const places = placesOfCodes(task, names.map(parseDecimal));
    return places.map(codeAt);
  }
  const areTwins = task === "binary" && areCodes(task, known) && areCodes(task, names);
  if (areTwins || (areCodes(task, known) && names.every(isWord))) return names.map((_, i) => codeAt(i));
  const place = new Map(known.map((name, i) => [plainNumber(name), i]));
  return names.map((name) => codeAt(place.get(plainNumber(name))));
}

/** The places of classes among a model's that are called by their codes: 0 is the negative one of two unless -1 is. */
function placesOfCodes(task: Task, codes: readonly number[]): readonly (number | undefined)[] {
  if (task === "multiclass") return codes;
  const negative = codes.includes(-1) ? -1 : 0;
  return codes.map((code) => (code === 1 ? 1 : code === negative ? 0 : undefined));
}

/** Whether classes are called by their own codes: -1 and 1 or 0 and 1 for two, else 0, 1, ... */
function areCodes(task: Task, names: readonly string[]): boolean {
  const isSigned = task === "binary" && names[0] !== "0";
  return names.every((name, i) => Number(name) === (isSigned ? 2 * i - 1 : i));
}

function areNumbers(names: readonly string[]): boolean {
  return !names.some(isWord);
}

function isWord(name: string): boolean {
  return Number.isNaN(parseDecimal(name));
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
