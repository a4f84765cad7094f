import { DomainError, ExpungeError } from "../errors.js";

/** The fewest runs a side that leave each of the three parts something to work on. */
export const MIN_RUNS = 50;

/** Continuous noise hardly ever repeats a vector; more repeats than this say that noise was reused, or that there was none. */
const MAX_REPEATED_SHARE = 0.1;

/** Coordinates in which runs at one place of the two lists are compared. */
const COMPARED_COORDINATES = 16;
/** Standard errors of a correlation that independent runs do not reach: 2e-9 a coordinate. */
const MAX_CORRELATION = 6;

/**
 * Checks that both samples hold as many runs, all finite, of one dimension, hardly ever the same twice, and not correlated pair by pair.
 *
 * The bounds need 2m independent runs. Copies show that they are not: a seed used again, or no noise at all. So does a correlation
 * between the runs at one place of the two lists: one key for both samples.
 *
 * @returns the dimension
 * @throws ExpungeError E_OPTION for samples of the wrong shape or with copies
 * @throws DomainError E_DOMAIN for a weight that is not finite
 */
export function checkSamples(unlearned: readonly Float64Array[], retrained: readonly Float64Array[]): number {
  if (unlearned.length !== retrained.length || unlearned.length < MIN_RUNS) {
    const found = { unlearned: unlearned.length, retrained: retrained.length };
    throw new ExpungeError(
      "E_OPTION",
      `Expected as many unlearned as retrained runs, at least ${MIN_RUNS} each; found ${found.unlearned} and ${found.retrained}.`,
      found,
    );
  }
  const dimension = unlearned[0]!.length;
  if (dimension === 0) throw new ExpungeError("E_OPTION", "Expected weights of length >= 1, found none.");
  checkWeights("unlearned", unlearned, dimension);
  checkWeights("retrained", retrained, dimension);
  const own = [distinct(unlearned), distinct(retrained)] as const;
  own.forEach((vectors, i) => {
    const name = i === 0 ? "unlearned" : "retrained";
    if (vectors.size >= unlearned.length * (1 - MAX_REPEATED_SHARE)) return;
    throw new ExpungeError(
      "E_OPTION",
      `Expected ${name} runs with noise of their own; only ${vectors.size} of ${unlearned.length} differ. ` +
        "Was a seed used twice, or the noise left out?",
      { sample: name, runs: unlearned.length, distinct: vectors.size },
    );
  });
  let shared = 0;
  for (const key of own[0]) if (own[1].has(key)) shared++;
  if (shared > unlearned.length * MAX_REPEATED_SHARE)
    throw new ExpungeError(
      "E_OPTION",
      `Expected retrained runs with noise of their own; ${shared} of ${unlearned.length} equal an unlearned run.`,
      { runs: unlearned.length, shared },
    );
  requireUncorrelated(unlearned, retrained, dimension);
  return dimension;
}

function requireUncorrelated(
  unlearned: readonly Float64Array[],
  retrained: readonly Float64Array[],
  dimension: number,
): void {
  const limit = MAX_CORRELATION / Math.sqrt(unlearned.length);
  const compared = Math.min(dimension, COMPARED_COORDINATES);
  for (let i = 0; i < compared; i++) {
    const j = Math.floor((i * dimension) / compared);
    const found = correlation(
      unlearned.map((weights) => weights[j]!),
      retrained.map((weights) => weights[j]!),
    );
    if (Math.abs(found) <= limit) continue;
    throw new ExpungeError(
      "E_OPTION",
      `Expected retrained runs with noise of their own; weight ${j} of runs at one place of the two lists has correlation ${found.toPrecision(3)}. ` +
        "Was one key used for both?",
      { coordinate: j, correlation: found },
    );
  }
}

/** 0 where one of the two does not vary. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const meanA = a.reduce((sum, x) => sum + x, 0) / a.length;
  const meanB = b.reduce((sum, x) => sum + x, 0) / b.length;
  let [squareA, squareB, product] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const offsetA = a[i]! - meanA;
    const offsetB = b[i]! - meanB;
    squareA += offsetA ** 2;
    squareB += offsetB ** 2;
    product += offsetA * offsetB;
  }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0;
}

function checkWeights(name: string, runs: readonly Float64Array[], dimension: number): void {
  runs.forEach((weights, i) => {
    if (weights.length !== dimension)
      throw new ExpungeError(
        "E_OPTION",
        `Expected ${name}[${i}] of length ${weights.length} to have length ${dimension}, like the first run.`,
        { sample: name, run: i, found: weights.length, expected: dimension },
      );
    for (let j = 0; j < dimension; j++)
      if (!Number.isFinite(weights[j]))
        throw new DomainError(`${name}[${i}][${j}]`, weights[j], "to be finite");
  });
}

/** Two 32-bit hashes (FNV-1a and a multiplier of its own) of every vector. */
function distinct(runs: readonly Float64Array[]): Set<string> {
  return new Set(
    runs.map((weights) => {
      const words = new Uint32Array(weights.slice().buffer);
      let first = 0x811c9dc5;
      let second = 0x9e3779b9;
      for (const word of words) {
        first = Math.imul(first ^ word, 0x01000193);
        first ^= first >>> 15;
        second = Math.imul(second ^ (word >>> 16) ^ (word << 16), 0x85ebca6b);
        second ^= second >>> 13;
      }
      return `${first}:${second}`;
    }),
  );
}
