/** Long enough for the JIT to finish and for clocks to settle. */
const WARM_UP_MS = 250;
const WARM_UP_RUNS = 3;
/** A turn lasts about this long, so that one interruption does not decide it. */
const TURN_MS = 20;
const MAX_EPOCHS = 200;

/**
 * Times in milliseconds per epoch of every contender. They take turns within each round, so that what else the machine does
 * meets all alike.
 *
 * @returns a list of `rounds` times for each contender, in their order
 */
export async function measure(contenders, rounds) {
  const epochs = [];
  for (const contender of contenders) epochs.push(await warmUp(contender));
  const times = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      await contender.run(1); // brings its rows back into the caches, where another's were
      times[i].push((await contender.run(epochs[i])) / epochs[i]);
    }
  }
  return times;
}

/** @returns how many epochs make a turn */
async function warmUp(contender) {
  const from = performance.now();
  let lastMs = 0;
  for (let runs = 0; runs < WARM_UP_RUNS || performance.now() - from < WARM_UP_MS; runs++) {
    const start = performance.now();
    await contender.run(1);
    // By the clock here, since what a contender counts may be less than what it takes.
    lastMs = performance.now() - start;
  }
  return Math.min(MAX_EPOCHS, Math.max(1, Math.round(TURN_MS / lastMs)));
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const summary = (values) => ({ median: median(values), min: Math.min(...values) });
