import { IS_LAZY, LAST_STEP, NOISE_STD, PANELS_PER_BATCH } from "./context";
import { addGroup } from "./groups";
import { SETTLED_EVERY, stepLazily } from "./lazy";
import { updateWithNoise, updateWithoutNoise } from "./update";

/*
 * A step on rows of which only the numbers other than 0 are held. All is float64 but those numbers, which are float32: the arithmetic of
 * step64, with the products by zeros left out.
 *
 * The context block is that of context.ts, for one trial, but for the rows. They stand in groups of 4; each batch has PANELS_PER_BATCH
 * groups of its own. A row is a run of entries of 8 bytes: a u32, 8 times the column (its offset into the weights of an output), and
 * an f32, the number. Entries are counted in fours, the last of them filled up with entries of 0 at column 0. columns.ts
 * tells columns that a batch's rows share from others.
 *
 * Steps without noise may leave most weights alone: lazy.ts.
 */

export function stepSparse64(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const groups = load<i32>(context, PANELS_PER_BATCH);
  const isLazy = load<f64>(context, NOISE_STD) == 0 && load<i32>(context, IS_LAZY) != 0;
  if (isLazy) {
    const isSettled = isLast(context, stepLow, stepHigh) || (stepLow & (SETTLED_EVERY - 1)) == 0;
    stepLazily(context, batch, groups, isSettled);
    return;
  }
  addBatch(context, batch, groups);
  if (load<f64>(context, NOISE_STD) > 0) updateWithNoise<f64>(context, stepLow, stepHigh);
  else updateWithoutNoise<f64>(context);
}

/** Whether a step is the last of a call. */
function isLast(context: usize, stepLow: i32, stepHigh: i32): bool {
  const last = load<f64>(context, LAST_STEP);
  return last == 0 || <f64>(<u32>stepLow) + <f64>(<u32>stepHigh) * 4294967296 == last;
}

/** Adds the clipped gradients of a batch to the sums. */
function addBatch(context: usize, batch: i32, groups: i32): void {
  const first = (batch * groups) << 2;
  for (let row = first; row < first + (groups << 2); row += 4) addGroup(context, row);
}
