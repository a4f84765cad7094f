import type { Dataset } from "../data/dataset.js";
import { ExpungeError, optionError, wordedError } from "../errors.js";
import { countAtMost, countBelow } from "../math/sorted.js";
import { ownLabels } from "./known-labels.js";
import { rankScores } from "./metrics-ranking.js";
import type { ModelState } from "./model-state.js";
import { modelOutputs, predict } from "./predict.js";
import type { TuneMeasure } from "./tune-option-table.js";

/** Up to this share of the rarer of two classes, accuracy says little: calling all rows the commoner one is nearly as good. */
const RARE = 0.2;

/** The measure for some rows. @throws ExpungeError E_OPTION where it is not for such labels */
export function measureFor(
  { task, labels }: Pick<Dataset, "task" | "labels">,
  asked?: TuneMeasure,
): TuneMeasure {
  const positive = labels.reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0) / labels.length;
  const isRare = task === "binary" && Math.min(positive, 1 - positive) <= RARE;
  const measure = asked ?? (task === "regression" ? "r2" : isRare ? "auc" : "accuracy");
  const tasks = { accuracy: ["binary", "multiclass"], auc: ["binary"], r2: ["regression"] }[measure];
  if (tasks === undefined) throw optionError("measure", measure, "to be one of accuracy, auc, r2");
  if (tasks.includes(task)) return measure;
  throw wordedError(
    "E_OPTION",
    ({ setting }) => `${setting("measure", measure)} is for ${tasks.join(" and ")} labels, not ${task}.`,
  );
}

type Weighted = Pick<ModelState, "plan" | "weights" | "description">;

/**
 * Scores models on the same rows, in one part or several (hold-outs), of which each has a model of its own. Each row's share of a score is kept, so
 * that two plans can be compared row by row: the standard error of their difference is far smaller than that of either score.
 */
export class Judge {
  readonly measure: TuneMeasure;
  readonly rowCount: number;
  private readonly parts: readonly Dataset[];
  /** Rows whose shares have one mean: all of them; for the area under the curve those of each class. */
  private readonly groups: readonly [readonly number[], ...(readonly number[])[]];
  /** Variance of the labels, in their own units as predictions are. */
  private readonly spread: number;

  /** @throws ExpungeError E_DATA where the measure means nothing on these rows */
  constructor(measure: TuneMeasure, parts: readonly Dataset[]) {
    this.measure = measure;
    this.parts = parts;
    const labels = Float64Array.from(parts.flatMap((part) => Array.from(ownLabels(part))));
    this.rowCount = labels.length;
    this.spread = varianceOf(labels);
    const all = Array.from(labels, (_, i) => i);
    const positive = all.filter((i) => labels[i]! > 0);
    this.groups = measure === "auc" ? [positive, all.filter((i) => !(labels[i]! > 0))] : [all];
    const isTelling = measure === "r2" ? this.spread > 0 : measure !== "auc" || parts.every(hasBothLabels);
    if (isTelling) return;
    throw new ExpungeError(
      "E_DATA",
      `Expected the rows that plans are scored on to have more than one label, for ${measure}: give more rows, or a larger holdOut.`,
    );
  }

  /** What each row adds to the score of models, one for each part; the mean over a group is the score. */
  shares(models: readonly Weighted[]): Float64Array {
    const shares = new Float64Array(this.rowCount);
    let start = 0;
    this.parts.forEach((part, i) => {
      shares.set(this.sharesOf(models[i] as Weighted, part), start);
      start += part.rowCount;
    });
    return shares;
  }

  private sharesOf(model: Weighted, rows: Dataset): Float64Array {
    if (this.measure === "auc") return placements(modelOutputs(model, rows), rows.labels);
    const predicted = predict(model, rows);
    if (this.measure === "accuracy") return predicted.map((label, i) => (label === rows.labels[i] ? 1 : 0));
    const labels = ownLabels(rows);
    return predicted.map((value, i) => 1 - (value - labels[i]!) ** 2 / this.spread);
  }

  score(shares: Float64Array): number {
    return meanOf(shares, this.groups[0]);
  }

  /**
   * Standard error of the difference of two scores on the same rows: sqrt of the sum over groups of var(a - b) / rows.
   *
   * Source: for the area under the curve DeLong, DeLong, Clarke-Pearson 1988, whose structural components `placements` are.
   */
  standardErrorOfDifference(a: Float64Array, b: Float64Array): number {
    const differences = a.map((value, i) => value - b[i]!);
    return Math.sqrt(this.groups.reduce((sum, group) => sum + varianceOfMean(differences, group), 0));
  }
}

function hasBothLabels({ labels }: Dataset): boolean {
  return labels.some((label) => label > 0) && labels.some((label) => label <= 0);
}

/** For each row the share of the other class's rows that its score beats, ties counting half. */
function placements(outputs: Float64Array, labels: Float32Array): Float64Array {
  const { positive, negative } = rankScores(
    labels.length,
    (i) => outputs[i]!,
    (i) => labels[i]! > 0,
  );
  return outputs.map((output, i) => {
    const isPositive = labels[i]! > 0;
    const others = isPositive ? negative : positive;
    const below = (countBelow(others, output) + countAtMost(others, output)) / 2;
    return isPositive ? below / others.length : 1 - below / others.length;
  });
}

function meanOf(values: Float64Array, group: readonly number[]): number {
  return group.reduce((sum, i) => sum + values[i]!, 0) / group.length;
}

function varianceOfMean(values: Float64Array, group: readonly number[]): number {
  const mean = meanOf(values, group);
  const squares = group.reduce((sum, i) => sum + (values[i]! - mean) ** 2, 0);
  return squares / Math.max(1, group.length - 1) / group.length;
}

function varianceOf(labels: Float64Array): number {
  const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  return labels.reduce((sum, label) => sum + (label - mean) ** 2, 0) / labels.length;
}
