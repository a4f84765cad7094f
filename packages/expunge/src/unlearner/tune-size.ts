import { type Candidate, scaledTo } from "./tune-candidates.js";

/** Fewer rows than this tell little of a plan for more. */
const MIN_ROWS = 1000;
const MIN_CANDIDATES = 8;

/** Plans that requests are simulated for, at the most. */
export const MAX_FINALISTS = 6;

export interface Size {
  /** Hold-outs, each with models of its own. */
  readonly parts: number;
  readonly candidates: readonly Candidate[];
  /** Rows that trials learn from. */
  readonly rowCount: number;
}

/**
 * As many hold-outs, then as many rows, then as many candidates (the nearest to the defaults), as the work allows.
 *
 * @param planned for `planRows` rows, the default first
 * @param numbersPerRow columns times outputs
 */
export function sizeWithin(
  maxWork: number,
  planned: readonly Candidate[],
  facts: {
    readonly planRows: number;
    readonly mostRows: number;
    readonly mostParts: number;
    readonly numbersPerRow: number;
    readonly trials: number;
    readonly requests: number;
  },
): Size {
  const { planRows, mostRows, mostParts, numbersPerRow, trials, requests } = facts;
  const workOf = (candidates: readonly Candidate[], rowCount: number): number => {
    const trainings = candidates.map((one) => {
      const { batchSize, epochs } = scaledTo(one, planRows, rowCount);
      return 4 * numbersPerRow * epochs * Math.ceil(rowCount / batchSize) * batchSize;
    });
    const served = candidates.map(
      ({ stepsPerRequest, steps }, i) => trials * trainings[i]! * (1 + (requests * stepsPerRequest) / steps),
    );
    // A training that is the first part of a longer one is no work of its own.
    const longest = trainings.map((training, i) =>
      candidates.some((other) => isLonger(other, candidates[i]!)) ? 0 : training,
    );
    // Which plans will get requests is not known yet: the default, and such as most are.
    return sumOf(longest) + served[0]! + (MAX_FINALISTS - 1) * medianOf(served);
  };
  const parts = Math.min(mostParts, Math.max(1, Math.floor(maxWork / workOf(planned, mostRows))));
  let rowCount = mostRows;
  while (rowCount >= 2 * MIN_ROWS && workOf(planned, rowCount) > maxWork) rowCount = Math.floor(rowCount / 2);
  let count = planned.length;
  while (count > MIN_CANDIDATES && workOf(planned.slice(0, count), rowCount) > maxWork) count--;
  return { parts, candidates: planned.slice(0, count), rowCount };
}

function isLonger(a: Candidate, b: Candidate): boolean {
  return a.l2 === b.l2 && a.batchSize === b.batchSize && a.epochs > b.epochs;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
