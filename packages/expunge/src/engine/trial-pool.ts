import { gridFor } from "../accounting/grid.js";
import { ExpungeError, throwIfAborted } from "../errors.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import {
  checkAdvance,
  checkParameters,
  checkShape,
  checkWeights,
  requireAlive,
  requireFiniteWeights,
} from "./check-input.js";
import { releaseWithKey } from "./grid-release.js";
import type { NoiseOrigin, PackedRows, ProcessParameters, Row } from "./kernel.js";
import type { PoolMemory } from "./pool-memory.js";
import { checkStorage } from "./sparse-kernel.js";
import { drawTrialKeys, withTrialKeys } from "./trial-keys.js";
import { type TrialJob, trialLoop } from "./trial-loop.js";
import type { TrialPool, TrialPoolOptions } from "./trial-pool-options.js";
import { denseRows, type Held, sparseRows } from "./trial-rows.js";
import { availableThreads, startTrialWorker, type TrialWorker } from "./trial-workers.js";
import { putWeights, takeWeights } from "./wasm-kernel.js";
import { beginSteps, CALL_FIELDS, clearSums, KEY_BYTES } from "./wasm-memory.js";
import { type KernelExports, kernelModule, requireWasmKernel, type WasmPrecision } from "./wasm-module.js";

export type { TrialPool, TrialPoolOptions } from "./trial-pool-options.js";

const MAX_TRIALS = 2 ** 20;
const MAX_PER_PASS = 64;
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
  const { trials, workers = availableThreads(), kernel: precision = "float64", sparse } = options;
  requireWasmKernel(precision);
  requireCount("trials", trials, 1, MAX_TRIALS);
  requireCount("workers", workers, 0, 1024);
  const threads = Math.min(workers, trials);
  const perWorker = Math.ceil(trials / Math.max(1, threads));
  const trialsPerPass = options.trialsPerPass ?? (sparse ? 1 : Math.min(DEFAULT_PER_PASS, perWorker));
  requireCount("trialsPerPass", trialsPerPass, 1, MAX_PER_PASS);

  const layout = { trials, trialsPerPass, workers: Math.max(1, threads), isShared: threads > 0 };
  if (sparse) requireSparse(rows, precision, trialsPerPass, sparse);
  const width = sparse ? pairsWidth(sparse) : rows.featureCount;
  checkShape({ ...rows, featureCount: width }, parameters.batchSize, parameters.weighting);
  const held = sparse
    ? await sparseRows(rows, parameters, objective, { ...layout, ...sparse })
    : await denseRows(rows, parameters, objective, { ...layout, precision });
  const { memory } = held.memory;
  const module = await kernelModule(layout.isShared ? "shared" : "own");
  const team = Array.from({ length: threads }, () => startTrialWorker(module, memory));
  return new WasmTrialPool(held, team, trials, trialsPerPass, parameters.radius);
}

function requireSparse(
  { featureCount }: PackedRows,
  precision: WasmPrecision,
  trialsPerPass: number,
  sparse: SparseStorage,
): void {
  checkStorage(featureCount, sparse);
  if (precision !== "float64")
    throw new ExpungeError("E_OPTION", `Expected kernel = ${precision} to be "float64" for sparse rows.`);
  requireCount("trialsPerPass", trialsPerPass, 1, 1);
}

class WasmTrialPool implements TrialPool {
  readonly trials: number;
  readonly workers: number;
  private readonly team: readonly TrialWorker[];
  private readonly trialsPerPass: number;
  private readonly radius: number;
  private live: Held | undefined;
  private state: "ready" | "running" | "failed" = "ready";

  constructor(
    held: Held,
    team: readonly TrialWorker[],
    trials: number,
    trialsPerPass: number,
    radius: number,
  ) {
    this.live = held;
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
    const held = this.requireReady();
    const { memory } = held;
    const { outputCount, featureCount } = memory;
    checkAdvance(
      new Float64Array(outputCount * featureCount),
      outputCount * featureCount,
      firstStep,
      stepCount,
    );
    throwIfAborted(signal);
    this.state = "running";
    beginSteps(memory, noise !== null, firstStep + stepCount - 1);
    try {
      drawTrialKeys(memory, noise);
      await this.run(held, firstStep, stepCount, signal);
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
    withTrialKeys(noise, this.trials, (key, trial) => releaseWithKey(released[trial]!, release, step, key));
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

  readSlot(slot: number): Row {
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
    { memory, kernel, stepName, batchCount }: Held,
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
        stepName,
        context,
        control: control.byteOffset,
        trials: this.trials,
        trialsPerPass: this.trialsPerPass,
        firstStep,
        stepCount,
        batchCount,
        weightsAddress: memory.weightsAddress,
        weightBytes: memory.weights.BYTES_PER_ELEMENT * memory.outputCount * memory.columns,
        keysAddress: memory.keysAddress,
        keyBytes: KEY_BYTES,
        fields: CALL_FIELDS,
      };
    });
    try {
      if (this.workers === 0) await this.runHere(memory, kernel, jobs[0] as TrialJob);
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

  private async runHere(memory: PoolMemory, kernel: KernelExports, job: TrialJob): Promise<void> {
    const steps = trialLoop(kernel[job.stepName], memory.memory.buffer, job);
    let pause = performance.now() + SLICE_MS;
    while (!steps.next().done) {
      if (performance.now() < pause) continue;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      pause = performance.now() + SLICE_MS;
    }
  }

  private requireReady(): Held {
    requireAlive(this.live === undefined);
    if (this.state === "ready") return this.live as Held;
    throw new ExpungeError(
      "E_KERNEL",
      this.state === "running"
        ? "The trials are running; wait for them to end."
        : "A run of these trials failed, so they stand at different steps; make a new pool.",
    );
  }
}

function requireCount(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected ${field} = ${String(value)} to be an integer from ${least} to ${most}.`,
    { field, found: value },
  );
}
