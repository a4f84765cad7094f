/** Scores of the rows that have a label and of those that do not, each ascending. */
export interface Ranked {
  readonly positive: Float64Array;
  readonly negative: Float64Array;
}

/** Sorts scores by whether their row is positive. */
export function rankScores(
  rowCount: number,
  scoreOf: (row: number) => number,
  isPositive: (row: number) => boolean,
): Ranked {
  let count = 0;
  for (let i = 0; i < rowCount; i++) if (isPositive(i)) count++;
  const positive = new Float64Array(count);
  const negative = new Float64Array(rowCount - count);
  let [p, n] = [0, 0];
  for (let i = 0; i < rowCount; i++) {
    if (isPositive(i)) positive[p++] = scoreOf(i);
    else negative[n++] = scoreOf(i);
  }
  return { positive: positive.sort(), negative: negative.sort() };
}

/**
 * Area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half.
 *
 *   AUC = (#{s+ > s-} + #{s+ = s-} / 2) / (n+ n-)
 *
 * the same as by midranks, AUC = (R+ - n+ (n+ + 1) / 2) / (n+ n-), and counted in whole and half pairs: exact but for the last division
 * while n+ n- < 2^52.
 *
 * Source: Hanley, McNeil 1982, section III.
 *
 * @returns null where there are no positive or no negative rows
 */
export function areaUnderRoc({ positive, negative }: Ranked): number | null {
  if (positive.length === 0 || negative.length === 0) return null;
  let pairs = 0;
  let [below, upTo] = [0, 0];
  for (const score of positive) {
    while (below < negative.length && negative[below]! < score) below++;
    while (upTo < negative.length && negative[upTo]! <= score) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (positive.length * negative.length);
}

/**
 * Average precision: precision at every distinct score, weighted by the recall that it adds.
 *
 *   AP = sum_k (R_k - R_(k-1)) P_k,   scores falling, rows of one score together
 *
 * No interpolation, so that it never flatters; ranking by chance gets the share of positive rows.
 *
 * @returns null where there are no positive or no negative rows
 */
export function averagePrecision({ positive, negative }: Ranked): number | null {
  if (positive.length === 0 || negative.length === 0) return null;
  let sum = 0;
  let [p, n] = [positive.length, negative.length];
  while (p > 0) {
    const score = positive[p - 1]!;
    const before = p;
    while (p > 0 && positive[p - 1] === score) p--;
    while (n > 0 && negative[n - 1]! >= score) n--;
    const right = positive.length - p;
    sum += ((before - p) * right) / (right + negative.length - n);
  }
  return sum / positive.length;
}
