/** Runs of one sample, by what they are used for; no run serves twice. */
export interface SplitRuns {
  /** The choosing half, first part: directions are built on it. */
  readonly fitting: readonly Float64Array[];
  /** The choosing half, second part: statistic, side and threshold are chosen on it, free of the directions' overfitting. */
  readonly selecting: readonly Float64Array[];
  /** The other half, looked at once, by the rule chosen. */
  readonly judged: readonly Float64Array[];
}

/** Part of the choosing half that directions are built on; they need more runs than a threshold does. */
const FITTING_SHARE = 0.6;

/** Splits the runs at random; the same seed gives the same split. */
export function splitRuns(runs: readonly Float64Array[], seed: number): SplitRuns {
  const shuffled = shuffle(runs, seed);
  const choosing = Math.floor(runs.length / 2);
  const fitting = Math.floor(choosing * FITTING_SHARE);
  return {
    fitting: shuffled.slice(0, fitting),
    selecting: shuffled.slice(fitting, choosing),
    judged: shuffled.slice(choosing),
  };
}

/**
 * Fisher and Yates's shuffle by splitmix32; a new array.
 *
 * @param seed an integer; only its lowest 32 bits count
 */
function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = items.slice();
  let counter = seed | 0;
  const uniform = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}
