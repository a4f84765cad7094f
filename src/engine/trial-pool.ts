import { sha256 } from "@noble/hashes/sha2.js";
import { gridFor } from "../accounting/grid.js";
import { ExpungeError, throwIfAborted } from "../errors.js";
import {
  checkAdvance,
  checkParameters,
  checkShape,
  checkWeights,
  requireAlive,
  requireFiniteWeights,
} from "./boundary.js";
import { releaseWithKey } from "./grid-release.js";
import type { NoiseOrigin, PackedRows, ProcessParameters } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { type SlotContents, Slots } from "./slots.js";
import { type TrialJob, trialLoop } from "./trial-loop.js";
import { availableThreads, startTrialWorker, type TrialWorker } from "./trial-workers.js";
import { putWeights, takeWeights } from "./wasm-kernel.js";
import {
  allocate,
  CALL_FIELDS,
  clearSums,
  KEY_BYTES,
  PANEL_ROWS,
  panelsOf,
  setNoise,
  type WasmMemory,
} from "./wasm-memory.js";
import {
  instantiateKernel,
  type KernelExports,
  kernelModule,
  requireWasmKernel,
  type WasmPrecision,
} from "./wasm-module.js";

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
  /** Trials that one pass over the rows advances, 1 to 64. Default: up to 8, so that every worker has some. */
  readonly trialsPerPass?: number;
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
  readSlot(slot: number): SlotContents;
  /** Replaces one slot's record for all trials; null makes it empty. */
  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void;
  /** Ends the threads, wipes the rows and lets the memory go. */
  dispose(): void;
}

const MOST_TRIALS = 2 ** 20;
const MOST_PER_PASS = 64;
const DEFAULT_PER_PASS = 8;
/** How long the calling thread works before it gives way. */
const SLICE_MS = 40;

/**
 * @throws ExpungeError E_OPTION for a bad count, E_WORKER where threads are asked for and not to be had, and as
 *   `createKernel`
 */
export async function createTrialPool(
  rows: PackedRows,
  parameters: ProcessParameters,
  options: TrialPoolOptions,
): Promise<TrialPool> {
  const objective = checkParameters(parameters);
  checkShape(rows, parameters.batchSize);
  const { trials, workers = availableThreads(), kernel: precision = "float64" } = options;
  requireWasmKernel(precision);
  requireCount("trials", trials, 1, MOST_TRIALS);
  requireCount("workers", workers, 0, 1024);
  const threads = Math.min(workers, trials);
  const perWorker = Math.ceil(trials / Math.max(1, threads));
  const trialsPerPass = options.trialsPerPass ?? Math.min(DEFAULT_PER_PASS, perWorker);
  requireCount("trialsPerPass", trialsPerPass, 1, MOST_PER_PASS);

  const kind = threads > 0 ? "shared" : "own";
  const memory = allocate(
    {
      panelCount: (rows.slotCount / parameters.batchSize) * panelsOf(parameters.batchSize),
      featureCount: rows.featureCount,
      stagingRows: PANEL_ROWS,
      trials,
      trialsPerPass,
      workers: Math.max(1, threads),
      isShared: threads > 0,
      precision,
    },
    objective,
    parameters,
  );
  const kernel = await instantiateKernel(memory.memory, kind);
  const slots = new Slots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  const module = await kernelModule(kind);
  const team = Array.from({ length: threads }, () => startTrialWorker(module, memory.memory));
  return new WasmTrialPool(memory, kernel, slots, team, trials, trialsPerPass, parameters.radius);
}

class WasmTrialPool implements TrialPool {
  readonly trials: number;
  readonly workers: number;
  private readonly team: readonly TrialWorker[];
  private readonly trialsPerPass: number;
  private readonly radius: number;
  private readonly kernel: KernelExports;
  private live: { readonly memory: WasmMemory; readonly slots: Slots } | undefined;
  private state: "ready" | "running" | "failed" = "ready";

  constructor(
    memory: WasmMemory,
    kernel: KernelExports,
    slots: Slots,
    team: readonly TrialWorker[],
    trials: number,
    trialsPerPass: number,
    radius: number,
  ) {
    this.live = { memory, slots };
    this.kernel = kernel;
    this.team = team;
    this.trials = trials;
    this.workers = team.length;
    this.trialsPerPass = trialsPerPass;
    this.radius = radius;
  }

  async advance(
    firstStep: number,
    stepCount: number,
    noise: NoiseOrigin | null,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { memory } = this.requireReady();
    const { outputCount, featureCount } = memory;
    checkAdvance(
      new Float64Array(outputCount * featureCount),
      outputCount * featureCount,
      firstStep,
      stepCount,
    );
    throwIfAborted(signal);
    this.state = "running";
    setNoise(memory, noise !== null);
    try {
      drawKeys(memory, noise);
      await this.run(memory, firstStep, stepCount, signal);
      requireFiniteWeights(memory.weights, "after");
      this.state = "ready";
    } catch (error) {
      this.state = "failed";
      throw error;
    } finally {
      memory.keys.fill(0);
      for (const { scratch } of memory.workers) scratch.fill(0);
    }
  }

  release(step: number, noiseStd: number, noise: NoiseOrigin): void {
    const { memory } = this.requireReady();
    const release = { noiseStd, grid: gridFor(noiseStd, this.radius), radius: this.radius };
    // Copied back only when all are done: all or nothing.
    const released = Array.from({ length: this.trials }, (_, trial) => this.weights(trial));
    withNoiseKey(noise, (key) => {
      for (const [trial, weights] of released.entries()) {
        const own = trialKey(key, trial);
        releaseWithKey(weights, release, step, own);
        own.fill(0);
      }
    });
    for (const [trial, weights] of released.entries()) putWeights(memory, trial, weights);
  }

  putWeights(trial: number, weights: Float64Array): void {
    const { memory } = this.requireReady();
    requireCount("trial", trial, 0, this.trials - 1);
    checkWeights(weights, memory.outputCount * memory.featureCount);
    putWeights(memory, trial, weights);
  }

  weights(trial: number): Float64Array {
    const { memory } = this.requireReady();
    requireCount("trial", trial, 0, this.trials - 1);
    const weights = new Float64Array(memory.outputCount * memory.featureCount);
    takeWeights(memory, trial, weights);
    return weights;
  }

  readSlot(slot: number): SlotContents {
    return this.requireReady().slots.read(slot);
  }

  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void {
    this.requireReady().slots.write(slot, record);
  }

  dispose(): void {
    for (const worker of this.team) worker.terminate();
    if (this.live) new Uint8Array(this.live.memory.memory.buffer).fill(0);
    this.live = undefined;
  }

  private async run(
    memory: WasmMemory,
    firstStep: number,
    stepCount: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const control = memory.control.fill(0);
    const stop = (): void => void Atomics.store(control, 1, 1);
    signal?.addEventListener("abort", stop);
    clearSums(memory);
    const jobs = memory.workers.map(({ context }): TrialJob => {
      return {
        stepName: memory.precision === "float64" ? "step64" : "step32",
        context,
        control: control.byteOffset,
        trials: this.trials,
        trialsPerPass: this.trialsPerPass,
        firstStep,
        stepCount,
        batchCount: memory.panelCount / memory.panelsPerBatch,
        weightsAddress: memory.weightsAddress,
        weightBytes: memory.weights.BYTES_PER_ELEMENT * memory.outputCount * memory.columns,
        keysAddress: memory.keysAddress,
        keyBytes: KEY_BYTES,
        fields: CALL_FIELDS,
      };
    });
    try {
      if (this.workers === 0) await this.runHere(memory, jobs[0] as TrialJob);
      else await this.runOnTeam(jobs, stop);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    throwIfAborted(signal);
  }

  private async runOnTeam(jobs: readonly TrialJob[], stop: () => void): Promise<void> {
    const runs = this.team.map((worker, i) => worker.run(jobs[i] as TrialJob));
    // Where one dies the others are told to stop, and waited for: they write to memory that is about to be wiped.
    for (const run of runs) run.catch(stop);
    const outcomes = await Promise.allSettled(runs);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  private async runHere(memory: WasmMemory, job: TrialJob): Promise<void> {
    const steps = trialLoop(this.kernel[job.stepName], memory.memory.buffer, job);
    let pause = performance.now() + SLICE_MS;
    while (!steps.next().done) {
      if (performance.now() < pause) continue;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      pause = performance.now() + SLICE_MS;
    }
  }

  private requireReady(): { readonly memory: WasmMemory; readonly slots: Slots } {
    requireAlive(this.live === undefined);
    if (this.state === "ready") return this.live as { memory: WasmMemory; slots: Slots };
    throw new ExpungeError(
      "E_KERNEL",
      this.state === "running"
        ? "The trials are running; wait for them to end."
        : "A run of these trials failed, so they stand at different steps; make a new pool.",
    );
  }
}

/** A key for each trial. */
function drawKeys(memory: WasmMemory, noise: NoiseOrigin | null): void {
  if (noise === null) return;
  const trials = memory.keys.length / KEY_BYTES;
  withNoiseKey(noise, (key) => {
    for (let trial = 0; trial < trials; trial++) {
      const own = trialKey(key, trial);
      memory.keys.set(own, trial * KEY_BYTES);
      own.fill(0);
    }
  });
}

/** SHA-256 of a domain, the pool's key and the trial's number: as independent as keys drawn one by one. */
function trialKey(key: Uint8Array, trial: number): Uint8Array {
  const hash = sha256.create().update(new TextEncoder().encode("expunge trial v1\0"));
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, trial);
  return hash.update(key).update(number).digest();
}

function requireCount(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected ${field} = ${String(value)} to be an integer from ${least} to ${most}.`,
    { field, found: value },
  );
}
