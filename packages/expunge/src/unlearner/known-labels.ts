import { listText } from "../data/data-error.js";
import type { Dataset, DatasetFacts } from "../data/dataset.js";
import { inOwnUnits } from "../data/label-scaling.js";
import { parseDecimal, plainNumber } from "../data/table.js";
import { ExpungeError } from "../errors.js";
import { classOf } from "../objective/index.js";

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
 * What a model calls each of some classes, NaN for one that it does not know; null where codes stand as they are. They do where either side's names are
 * only the codes, and the other's are no numbers.
 */
function codesFor(
  { task, labelNames: known }: LabelNames,
  names: readonly string[],
): readonly number[] | null {
  if (task === "regression" || isSameList(known, names)) return null;
  const areCodes = (list: readonly string[]): boolean =>
    list.every((name, i) => Number(name) === (task === "binary" && list[0] !== "0" ? 2 * i - 1 : i));
  const areNumbers = (list: readonly string[]): boolean =>
    list.every((name) => !Number.isNaN(parseDecimal(name)));
  const stand =
    (areCodes(names) && (!areNumbers(known) || (task === "binary" && areCodes(known)))) ||
    (areCodes(known) && !areNumbers(names));
  const place = new Map(known.map((name, i) => [plainNumber(name), i]));
  return names.map((name, i) => {
    const at = stand ? (i < known.length ? i : undefined) : place.get(plainNumber(name));
    if (at === undefined) return Number.NaN;
    return task === "binary" ? 2 * at - 1 : at;
  });
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
