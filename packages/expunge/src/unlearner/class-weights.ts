import { countLabels } from "../data/count-labels.js";
import type { Dataset } from "../data/dataset.js";
import { isWeight } from "../engine/index.js";
import { optionError } from "../errors.js";
import { MAX_CLASS_WEIGHTS } from "../records/certificate.js";
import type { Weighting } from "../records/training-plan.js";

/**
 * How much the rows of each label count: a number in (0, 1] for each, in the order of the labels ([negative, positive], or by class number)
 * or by name, where labels that are not named count fully; or "balanced".
 */
export type ClassWeights = "balanced" | readonly number[] | Readonly<Record<string, number>>;

/** What weights must know of the data. */
export type Weighable = Pick<Dataset, "task" | "labelNames"> &
  Partial<Pick<Dataset, "labels" | "hasSampleWeights" | "sampleWeights">> & {
    /** Rows of each label, in place of the labels. */
    readonly labelCounts?: readonly number[];
  };

/** Digits of a balanced weight: a row more or less seldom changes it. */
const DIGITS = 2;

/**
 * The weights of a plan, undefined where every row counts fully.
 *
 * @throws ExpungeError E_OPTION naming the class and what was expected
 */
export function weightingOf(dataset: Weighable, given: ClassWeights | undefined): Weighting | undefined {
  const samples = dataset.hasSampleWeights === true || dataset.sampleWeights !== undefined;
  if (given === undefined && !samples) return undefined;
  const classes = given === undefined ? null : classWeightsOf(dataset, given);
  return Object.freeze({ classes, isBalanced: given === "balanced", samples });
}

/**
 * The log odds of the positive label where rows count by their class, in whole nats like those that are read off labels. None where weights balance the
 * labels, whatever the base rate; and none where no base rate is known, which weights then say nothing about.
 */
export function weighedLogOdds(
  { logOdds = 0 }: Pick<Dataset, "logOdds">,
  weighting: Weighting | undefined,
): number {
  const classes = weighting?.classes;
  if (classes?.length !== 2) return logOdds;
  if (weighting?.isBalanced || logOdds === 0) return 0;
  const [negative, positive] = classes;
  return Math.round(logOdds + Math.log(positive! / negative!)) + 0;
}

function classWeightsOf(dataset: Weighable, given: ClassWeights): readonly number[] {
  const { task, labelNames } = dataset;
  if (task === "regression")
    throw optionError(
      "classWeights",
      given,
      "to be left out: labels of a regression are no classes",
      shown(given),
    );
  if (labelNames.length > MAX_CLASS_WEIGHTS)
    throw optionError(
      "classWeights",
      "given",
      `to be for at most ${MAX_CLASS_WEIGHTS} labels: certificates list them`,
    );
  if (given === "balanced") return Object.freeze(balancedWeights(countsOf(dataset)));
  const weights = Array.isArray(given) ? listed(given, labelNames) : named(given, labelNames);
  weights.forEach((weight, label) => {
    if (!isWeight(weight))
      throw optionError(`classWeights["${labelNames[label]}"]`, weight, "in (0, 1]", shown(weight));
  });
  return Object.freeze(weights);
}

/** 1 for the rarest class, less for the others as they abound, so that all classes count alike; of classes without a row, 1. */
function balancedWeights(counts: readonly number[]): number[] {
  const least = Math.min(...counts.filter((count) => count > 0));
  return counts.map((count) => (count === 0 ? 1 : Number((least / count).toPrecision(DIGITS))));
}

function countsOf(dataset: Weighable): readonly number[] {
  const { labels, labelCounts } = dataset;
  if (labelCounts) return labelCounts;
  if (labels) return countLabels(dataset, labels);
  throw optionError("classWeights", "balanced", "to be numbers here, where no labels are known to balance");
}

function listed(given: readonly number[], labelNames: readonly string[]): number[] {
  if (given.length === labelNames.length) return [...given];
  throw optionError("classWeights.length", given.length, `to be ${labelNames.length}, one a label`);
}

function named(given: unknown, labelNames: readonly string[]): number[] {
  if (typeof given !== "object" || given === null)
    throw optionError("classWeights", given, 'to be "balanced", a list, or weights by label');
  const weights = given as Readonly<Record<string, number>>;
  const stranger = Object.keys(weights).find((name) => !labelNames.includes(name));
  if (stranger !== undefined)
    throw optionError(
      "classWeights",
      `{"${stranger}": ${String(weights[stranger])}}`,
      `to name labels of the data (${labelNames.join(", ")})`,
    );
  return labelNames.map((name) => (Object.hasOwn(weights, name) ? weights[name]! : 1));
}

function shown(found: unknown): string {
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}
