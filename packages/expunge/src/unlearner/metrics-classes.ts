import { areaUnderRoc, averagePrecision, rankScores } from "./metrics-ranking.js";
import type { ClassScores } from "./metrics-record.js";

/** Rows by what is true of them and what was said, as class numbers. */
export interface Judged {
  readonly labelNames: readonly string[];
  readonly truth: Uint32Array;
  readonly predicted: Uint32Array;
}

/** A square of more classes than this is no picture of anything. */
const MAX_CONFUSED = 256;

/** counts[true][predicted], or null where the classes are too many. */
export function confusionMatrix({ labelNames, truth, predicted }: Judged): readonly number[][] | null {
  if (labelNames.length > MAX_CONFUSED) return null;
  const counts = labelNames.map(() => labelNames.map(() => 0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]!]![predicted[i]!]!++;
  return Object.freeze(counts.map((row) => Object.freeze(row) as number[]));
}

/** Of each class its rows, those that were said to be of it, and those of which that is right. */
export function countClasses({ labelNames, truth, predicted }: Judged) {
  const rows = labelNames.map(() => 0);
  const called = labelNames.map(() => 0);
  const right = labelNames.map(() => 0);
  for (let i = 0; i < truth.length; i++) {
    const label = truth[i]!;
    const answer = predicted[i]!;
    rows[label]!++;
    called[answer]!++;
    if (label === answer) right[label]!++;
  }
  return { rows, called, right };
}

/**
 * Every class against the rest.
 *
 *   precision = TP / (TP + FP),   recall = TP / (TP + FN),   F1 = 2 TP / (2 TP + FP + FN)
 *
 * @param scoreOf a number that is the larger, the more the model takes the row for the class
 */
export function classScores(
  judged: Judged,
  scoreOf: (row: number, label: number) => number,
): readonly ClassScores[] {
  const { labelNames, truth } = judged;
  const { rows, called, right } = countClasses(judged);
  return Object.freeze(
    labelNames.map((label, j) => {
      const [rowCount, predictedCount, rightCount] = [rows[j]!, called[j]!, right[j]!];
      const isMixed = rowCount > 0 && rowCount < truth.length;
      const ranked = isMixed
        ? rankScores(
            truth.length,
            (row) => scoreOf(row, j),
            (row) => truth[row] === j,
          )
        : null;
      return Object.freeze({
        label,
        rowCount,
        predictedCount,
        precision: share(rightCount, predictedCount),
        recall: share(rightCount, rowCount),
        f1: share(2 * rightCount, rowCount + predictedCount),
        auc: ranked && areaUnderRoc(ranked),
        averagePrecision: ranked && averagePrecision(ranked),
      });
    }),
  );
}

/** Mean over classes; none where there are none. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

/** The commonest label of the rows; of several, the first. */
export function commonest(classes: readonly ClassScores[]): ClassScores {
  return classes.reduce((best, next) => (next.rowCount > best.rowCount ? next : best));
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
