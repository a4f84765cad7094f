import type { RegressionEvaluation } from "./metrics-record.js";

/**
 * Errors of a regression, beside those of always predicting the labels' mean.
 *
 *   R^2 = 1 - sum (y - f)^2 / sum (y - mean y)^2
 *
 * @param labels at least one
 * @returns all but the notes
 */
export function regressionScores(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
): Omit<RegressionEvaluation, "notes"> {
  const rowCount = labels.length;
  const over = (term: (row: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < rowCount; i++) sum += term(i);
    return sum / rowCount;
  };
  const first = labels[0]!;
  // Shifted by the first, so that labels that are all equal have exactly that mean, and large ones lose little.
  const mean = first + over((i) => labels[i]! - first);
  const square = over((i) => (labels[i]! - predicted[i]!) ** 2);
  const total = over((i) => (labels[i]! - mean) ** 2);
  return {
    task: "regression",
    rowCount,
    r2: total === 0 ? null : 1 - square / total,
    meanAbsoluteError: over((i) => Math.abs(labels[i]! - predicted[i]!)),
    rootMeanSquaredError: Math.sqrt(square),
    baseline: Object.freeze({
      mean,
      meanAbsoluteError: over((i) => Math.abs(labels[i]! - mean)),
      rootMeanSquaredError: Math.sqrt(total),
    }),
  };
}
