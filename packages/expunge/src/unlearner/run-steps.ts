import type { NoiseOrigin } from "../engine/kernel.js";
import { throwIfAborted } from "../errors.js";
import type { ProcessKernel } from "./process-kernel.js";

/** How far a training or a request is. Counts are of steps. */
export interface Progress {
  readonly stage: "train" | "forget" | "learn";
  readonly stepsDone: number;
  readonly stepsTotal: number;
}

/** How to watch and to stop a run of steps. */
export interface RunOptions {
  /** Stops the run with E_ABORTED; the model stands as before. */
  readonly signal?: AbortSignal;
  /** Called about every 40 ms while steps run. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Where a run of steps stands between two of its steps. */
export interface StepsReached {
  readonly stepsDone: number;
  readonly weights: Float64Array;
}

/** A run whose keeper looks in now and then. */
export interface WatchedRun extends RunOptions {
  /**
   * Awaited about every 40 ms between steps. The weights are the run's own: whoever keeps them copies them. Where it throws, the run ends with
   * that.
   */
  readonly onSlice?: (reached: StepsReached) => Promise<void>;
}

/** The run options among others. */
export function runOptionsOf({ signal, onProgress }: RunOptions): RunOptions {
  return { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
}

/** Steps of a slice of at least so many, which ends where the kernel may be cut: how long steps take must not decide a bit. */
function sliceTo(firstStep: number, count: number, cutEvery: number): number {
  return cutEvery * Math.ceil((firstStep + count - 1) / cutEvery) - firstStep + 1;
}

/** How long one uninterrupted stretch of steps should take: short enough for a progress bar and a quick abort. */
const SLICE_MS = 40;

/**
 * Runs steps on a copy of the weights, in slices, so that progress is seen and an AbortSignal heeded between them.
 *
 * @returns the new weights; those given are left alone, whatever happens
 * @throws ExpungeError E_ABORTED
 */
export async function runSteps(
  kernel: ProcessKernel,
  weights: Float64Array,
  firstStep: number,
  stepCount: number,
  noise: NoiseOrigin | null,
  stage: Progress["stage"],
  { signal, onProgress, onSlice }: WatchedRun,
): Promise<Float64Array> {
  const working = Float64Array.from(weights);
  let done = 0;
  let slice = 8;
  while (done < stepCount) {
    throwIfAborted(signal);
    const count = Math.min(sliceTo(firstStep + done, slice, kernel.cutEvery), stepCount - done);
    const start = performance.now();
    await kernel.advance(working, firstStep + done, count, noise);
    const elapsed = Math.max(performance.now() - start, 0.01);
    done += count;
    slice = Math.max(1, Math.min(2 * slice, Math.floor((count * SLICE_MS) / elapsed)));
    onProgress?.({ stage, stepsDone: done, stepsTotal: stepCount });
    if (onSlice) await onSlice({ stepsDone: done, weights: working });
    // Only long work gives way: a warm request of a few steps should not wait for the event loop.
    if (done < stepCount) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  throwIfAborted(signal);
  return working;
}
