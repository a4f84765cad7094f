import type { Calibration, CalibrationBin, Interval } from "./metrics-record.js";

/** Probabilities are kept this far from 0 and 1 in the log loss: one certain error must not make it infinite. */
export const MIN_PROBABILITY = 2 ** -52;

/** Mean of -log(probability given to what is true), clipped to [2^-52, 1 - 2^-52]. In nats. */
export function logLoss(rowCount: number, probabilityOfTruth: (row: number) => number): number {
  let sum = 0;
  for (let i = 0; i < rowCount; i++) {
    const probability = Math.min(Math.max(probabilityOfTruth(i), MIN_PROBABILITY), 1 - MIN_PROBABILITY);
    sum -= Math.log(probability);
  }
  return sum / rowCount;
}

/** Two-sided 95% point of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95% interval of a share.
 *
 *   (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 *
 * Source: Wilson 1927. Sensible at 0 and at n, where p +- z sqrt(p (1 - p) / n) is a point.
 */
export function wilsonInterval(successes: number, count: number): Interval {
  const share = successes / count;
  const stretch = 1 + (Z * Z) / count;
  const centre = share + (Z * Z) / (2 * count);
  const half = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  // At the ends the formula is exact and rounding is not.
  const low = successes === 0 ? 0 : (centre - half) / stretch;
  const high = successes === count ? 1 : (centre + half) / stretch;
  return Object.freeze([low, high] as const);
}

/**
 * Calibration by bins of nearly equal count.
 *
 *   ECE = sum_b (n_b / n) |observed_b - predicted_b|
 *
 * Rows of one probability are never torn apart, so that nothing depends on the order of rows: bins may then be fewer and uneven. Bins make ECE
 * positive even for true probabilities; `chanceError` is what it would then be, E|N(0, p (1 - p) / n_b)| a bin.
 *
 * Source: Naeini, Cooper, Hauskrecht 2015 (ECE); Nixon et al. 2019, section 3 (bins of equal count).
 *
 * @param hits   ascending probabilities of rows where the event came
 * @param misses those of the other rows
 */
export function calibrate(
  of: Calibration["of"],
  hits: Float64Array,
  misses: Float64Array,
  binCount = 10,
): Calibration {
  const rowCount = hits.length + misses.length;
  const bins: CalibrationBin[] = [];
  let open = newBin();
  let target = rowCount / binCount;
  let [h, m] = [0, 0];
  while (h + m < rowCount) {
    const probability = Math.min(hits[h] ?? Number.POSITIVE_INFINITY, misses[m] ?? Number.POSITIVE_INFINITY);
    if (open.count === 0) open.low = probability;
    open.high = probability;
    const before = h + m;
    for (; hits[h] === probability; h++) open.hits++;
    while (misses[m] === probability) m++;
    open.count += h + m - before;
    open.sum += (h + m - before) * probability;
    const left = rowCount - h - m;
    // What is less than half a bin joins the last one.
    if (left > 0 && (open.count < target || 2 * left * binCount < rowCount)) continue;
    bins.push(closeBin(open));
    open = newBin();
    target = left / Math.min(binCount - bins.length, Math.ceil((left * binCount) / rowCount));
  }
  const weighted = (error: (bin: CalibrationBin) => number): number =>
    bins.reduce((sum, bin) => sum + bin.count * error(bin), 0) / rowCount;
  return Object.freeze({
    of,
    bins: Object.freeze(bins),
    expectedError: weighted(({ observedShare, meanPredicted }) => Math.abs(observedShare - meanPredicted)),
    chanceError: weighted(({ meanPredicted: p, count }) => Math.sqrt((2 * p * (1 - p)) / (Math.PI * count))),
  });
}

interface OpenBin {
  count: number;
  hits: number;
  sum: number;
  low: number;
  high: number;
}

const newBin = (): OpenBin => ({ count: 0, hits: 0, sum: 0, low: 0, high: 0 });

function closeBin({ count, hits, sum, low, high }: OpenBin): CalibrationBin {
  return Object.freeze({
    count,
    // Rounding must not put the mean outside of what it is the mean of.
    meanPredicted: Math.min(Math.max(sum / count, low), high),
    observedShare: hits / count,
    predicted: Object.freeze([low, high] as const),
    observed: wilsonInterval(hits, count),
  });
}
