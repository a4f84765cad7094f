import { given } from "../given.js";
import type { Task } from "../objective/objective.js";
import type { ColumnProfile } from "./column-profile.js";
import { dataError } from "./data-error.js";
import { classNotes } from "./describe-labels.js";
import type { NumberWriting } from "./find-writings.js";
import { groupLabels, type LabelGroup } from "./label-groups.js";
import { canBeClasses } from "./label-profile.js";
import { roundedLogOdds } from "./label-scaling.js";
import { parseDecimal } from "./table.js";

/** More categories, or classes that nobody asked for, than this are not drafted. */
export const MAX_CATEGORIES = 64;

/**
 * Drafts what is to be learnt: the task, how its labels are read, and what to look at.
 *
 * @param asked what the task is to be; left out, the labels say
 * @param writing how labels are written that are numbers, but not plain ones
 * @throws ExpungeError E_DATA for labels that do not fit the task, are all the same, or are too many for classes that nobody asked for
 */
export function inferLabel(
  profile: ColumnProfile,
  asked: Task | undefined,
  path: string,
  writing: NumberWriting | undefined,
) {
  const column = profile.name;
  const groups = groupLabels(profile.counts);
  const numbers = profile.isNumeric ? profile : writing?.profile;
  const canBeListed = !profile.hasOverflown && canBeClasses(groups.length, profile.present);
  const few = canBeListed && groups.length <= MAX_CATEGORIES;
  const task: Task =
    asked ?? (groups.length === 2 ? "binary" : numbers !== undefined && !few ? "regression" : "multiclass");
  const fail = (expected: string, found: string, hint = ""): never => {
    throw dataError({ file: path, column }, expected, found, hint);
  };
  if (groups.length < 2) fail("at least two different labels", String(groups.length));
  if (task === "regression") {
    if (numbers === undefined)
      return fail("numbers, for a regression task", profile.isNearlyNumeric ? profile.oddText : "texts");
    const { centre, scale } = numbers.spread;
    const mayBeClasses = asked === undefined && groups.length <= MAX_CATEGORIES;
    return {
      task,
      label: { column, centre, scale, ...given({ number: writing?.number }) },
      notes: [
        `Labels: amounts, learned as (${column} - ${centre}) / ${scale} and predicted in their own units.${mayBeClasses ? " If they are classes, ask for task multiclass." : ""}`,
        ...(writing === undefined
          ? []
          : [
              `The labels are read as ${JSON.stringify(writing.number)}, because of ${profile.oddText}; correct "number" of the label if they mean something else.`,
            ]),
      ],
    };
  }
  const isMixed = profile.isNearlyNumeric && numbers === undefined;
  if (asked === undefined && task === "multiclass" && !(isMixed ? few : canBeListed))
    return fail(
      "numbers, or few different labels (more than ten only with ten rows each on average)",
      manyText(profile, groups.length),
      " If they are classes, ask for task multiclass (--task multiclass); certificates take all of them for public.",
    );
  if (task === "multiclass") {
    if (profile.hasOverflown)
      fail("labels of a multiclass task", `more than ${groups.length} different ones`);
    // Numbers are read by their value; texts only as they are spelt.
    const classes = profile.isNumeric ? groups.map(({ name }) => name) : groups.flatMap((g) => g.spellings);
    return {
      task,
      label: { column, classes: sortTexts(classes, profile.isNumeric) },
      notes: [
        `The classes of "${column}" are those found in the file.${numbers === undefined ? "" : " If they are amounts, ask for task regression."}`,
        ...(profile.hasStrayTexts
          ? [
              `Not all labels are numbers: ${profile.oddText}. If these cells mean that a label is missing, take their rows out of the file.`,
            ]
          : []),
        ...variantNotes(
          groups,
          profile.isNumeric
            ? "each of these is one class"
            : "each is a class of its own; give the same ones one spelling in the file",
        ),
        ...rowNotes(groups),
      ],
    };
  }
  const [first, second] = groups;
  if (first === undefined || second === undefined || groups.length > 2)
    return fail("two different labels, for a binary task", String(groups.length));
  const positive = positiveOf(first, second);
  const negative = positive === first ? second : first;
  const mayBeAmounts = asked === undefined && groups.some(({ name }) => parseDecimal(name) % 1 !== 0);
  const rate = coarseRate(positive, negative);
  return {
    task,
    label: {
      column,
      positive: [...positive.spellings],
      negative: [...negative.spellings],
      ...given({ rate }),
    },
    notes: [
      `Labels: binary; "${negative.name}" and, as the positive label of "${column}", "${positive.name}"; swap them if it should not be.${mayBeAmounts && profile.isNumeric ? " If they are amounts, ask for task regression." : ""}`,
      ...(rate === undefined ? [] : [rateNote(positive, negative, rate)]),
      ...variantNotes(groups, "the draft takes them for one class; take them apart if they are not"),
      ...rowNotes(groups),
    ],
  };
}

/** How many labels there are. They themselves, names of people perhaps, are not shown. */
function manyText(profile: ColumnProfile, labels: number): string {
  const { hasOverflown, present, isNearlyNumeric, oddText } = profile;
  const what = isNearlyNumeric ? `; not all are numbers: ${oddText}` : "";
  return `${hasOverflown ? `more than ${labels}` : labels} different ones in ${present} rows${what}`;
}

/** Of two numbers the larger one, as for labels in .npy; of texts what says yes, else the rarer one. */
function positiveOf(first: LabelGroup, second: LabelGroup): LabelGroup {
  const [a, b] = [parseDecimal(first.name), parseDecimal(second.name)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a > b ? first : second;
  return POSITIVE.test(first.name.trim()) ? first : second;
}

const POSITIVE = /^(1|1\.0*|yes|true|y|t|on|\+1|positive|pos|>.*)$/i;

/** The share of positive labels as far as whole nats of log odds tell it; nothing where that is a half. */
function coarseRate(positive: LabelGroup, negative: LabelGroup): number | undefined {
  const logOdds = roundedLogOdds(positive.rows, negative.rows);
  if (logOdds === 0) return undefined;
  // Of the rarer label two digits: of the other one they would soon be 1.
  const rarer = Number((1 / (1 + Math.exp(Math.abs(logOdds)))).toPrecision(2));
  return logOdds < 0 ? rarer : Number((1 - rarer).toPrecision(12));
}

/** The share itself is for whoever has the file, and no part of the draft. */
function rateNote({ rows }: LabelGroup, negative: LabelGroup, rate: number): string {
  const share = Number((rows / (rows + negative.rows)).toPrecision(3));
  return `${share} of the labels are positive; the schema says ${rate}, rounded coarsely (to whole nats of log odds) so that it reveals little.`;
}

function variantNotes(groups: readonly LabelGroup[], what: string): string[] {
  const listed = groups
    .filter(({ spellings }) => spellings.length > 1)
    .map(({ spellings }) =>
      spellings
        .slice(0, 8)
        .map((text) => JSON.stringify(text))
        .join(", "),
    );
  return listed.length === 0 ? [] : [`Labels in several spellings, ${what}: ${listed.join("; ")}.`];
}

function rowNotes(groups: readonly LabelGroup[]): readonly string[] {
  return classNotes(new Map(groups.map(({ name, rows }) => [name, rows])));
}

/** Numbers by their value, texts by their characters. */
export function sortTexts(texts: readonly string[], isNumeric: boolean): string[] {
  return [...texts].sort((a, b) => (isNumeric ? Number(a) - Number(b) : a < b ? -1 : 1));
}
