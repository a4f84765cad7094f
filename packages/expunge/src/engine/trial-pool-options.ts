import type { SparseStorage } from "../records/sparse-rows.js";
import type { NoiseOrigin, Row } from "./kernel.js";
import type { WasmPrecision } from "./wasm-module.js";

/** How many processes run, and on how many threads. */
export interface TrialPoolOptions {
  /** Default "float64". */
  readonly kernel?: WasmPrecision;
  /** Independent processes over the same rows, 1 to 2^20. */
  readonly trials: number;
  /**
   * Threads; 0 runs on the calling thread, which gives way to others every so often. Default: one a core, or 0 in a page
   * that is not cross-origin isolated.
   */
  readonly workers?: number;
  /** Trials that one pass over the rows advances, 1 to 64. Default: up to 8, so that every worker has some; 1 where rows are sparse. */
  readonly trialsPerPass?: number;
  /** The room of sparse rows, which come in pairs; left out, rows have all their numbers. Kernel float64 only. */
  readonly sparse?: SparseStorage;
}

/**
 * Many independent runs of one process over the same rows in the same batch order, each with noise of its own: what
 * experiments and audits are made of. All start at zero weights.
 */
export interface TrialPool {
  readonly trials: number;
  readonly workers: number;
  /**
   * Runs the same steps on every trial. Once it has failed, for whatever reason, the trials stand at different steps, and
   * every later call throws.
   *
   * @param noise null runs these steps without noise; "system" gives each trial a fresh key from the operating system; "seed" a key made from the seed's and
   *   the trial's number, so that the result does not depend on workers, passes, or how the steps are cut into calls
   * @throws ExpungeError E_WORKER where a thread dies, E_ABORTED, E_KERNEL for weights that overflow
   */
  advance(
    firstStep: number,
    stepCount: number,
    noise: NoiseOrigin | null,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Releases every trial's weights on the grid, each with noise of its own, as `releaseOnGrid` does; float32 trials go on from
   * the float32 next to it.
   *
   * @param step     the step that is released
   * @param noiseStd of this release
   * @throws as `releaseOnGrid`
   */
  release(step: number, noiseStd: number, noise: NoiseOrigin): void;
  /** A copy of one trial's weights, outputCount x featureCount, row-major. */
  weights(trial: number): Float64Array;
  /** Replaces one trial's weights; float32 trials round them. @throws ExpungeError E_KERNEL, E_OPTION */
  putWeights(trial: number, weights: Float64Array): void;
  /** A copy of one slot's record. */
  readSlot(slot: number): Row;
  /** Replaces one slot's record for all trials; null makes it empty. */
  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void;
  /** Ends the threads, wipes the rows and lets the memory go. */
  dispose(): void;
}
