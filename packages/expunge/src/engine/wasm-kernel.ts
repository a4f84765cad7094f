import {
  checkParameters,
  checkShape,
  checkSteps,
  checkWeightCount,
  requireAlive,
  requireFiniteWeights,
} from "./check-input.js";
import type { Kernel, NoiseOrigin, PackedRows, ProcessParameters } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { Slots } from "./slots.js";
import { CONTEXT_BYTES, isNormKnown } from "./wasm-context.js";
import { allocate, beginSteps, clearSums, PANEL_ROWS, panelsOf, type WasmMemory } from "./wasm-memory.js";
import {
  instantiateKernel,
  type KernelExports,
  type StepFunctions,
  stepFunctions,
  type WasmPrecision,
} from "./wasm-module.js";

/** What a kernel holds while it lives. Only this and the instance hold the memory, so dropping it frees that. */
interface Live {
  readonly memory: SteppedMemory;
  readonly kernel: Measure;
  readonly step: StepFunctions["step"];
  readonly slots: Pick<Slots, "read" | "write">;
}

/**
 * The process of docs/theory.md, "Learning and unlearning are one process" in SIMD (assembly/), float64 on rows in float32 or all in float32, for which parameters
 * are rounded to float32 on the safe side.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly SIMD is missing or the rows do not fit, and as `createKernel`
 */
export async function createWasmKernel(
  rows: PackedRows,
  parameters: ProcessParameters,
  precision: WasmPrecision = "float64",
): Promise<Kernel> {
  const objective = checkParameters(parameters);
  const { batchSize } = parameters;
  checkShape(rows, batchSize, parameters.weighting);
  const { featureCount } = rows;
  const batchCount = rows.slotCount / batchSize;
  const memory = allocate(
    {
      panelCount: batchCount * panelsOf(batchSize),
      featureCount,
      stagingRows: PANEL_ROWS,
      trials: 1,
      trialsPerPass: 1,
      workers: 1,
      isShared: false,
      precision,
    },
    objective,
    parameters,
  );
  const kernel = await instantiateKernel(memory.memory);
  const slots = new Slots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  const { step } = stepFunctions(kernel, precision);
  return kernelOn({ memory, kernel, step, slots }, precision, batchCount);
}

/** A kernel whose slots are filled; it alone is to hold what it is given. */
export function kernelOn(given: Live, precision: WasmPrecision, batchCount: number, cutEvery = 1): Kernel {
  let live: Live | undefined = given;
  const weightCount = given.memory.outputCount * given.memory.featureCount;

  function requireLive(): Live {
    requireAlive(live === undefined);
    return live!;
  }

  return {
    name: precision,
    precision,
    cutEvery,
    advance(weights, firstStep, stepCount, noise) {
      checkWeightCount(weights, weightCount);
      checkSteps(firstStep, stepCount);
      runSteps(requireLive(), batchCount, { weights, firstStep, stepCount, noise });
    },
    readSlot: (slot) => requireLive().slots.read(slot),
    writeSlot: (slot, record) => requireLive().slots.write(slot, record),
    dispose() {
      if (live === undefined) return;
      new Uint8Array(live.memory.memory.buffer).fill(0);
      live = undefined;
    },
  };
}

/** What of a memory steps of one process run in. */
export type SteppedMemory = HeldWeights & Pick<WasmMemory, "memory" | "noiseStd" | "keys">;

/** Steps to run; the weights are replaced in place. */
interface Steps {
  readonly weights: Float64Array;
  readonly firstStep: number;
  readonly stepCount: number;
  readonly noise: NoiseOrigin | null;
}

/** Runs checked steps: all or nothing, and nothing of the noise is left. @throws ExpungeError E_KERNEL for weights that are not finite */
function runSteps(
  { memory, kernel, step }: Live,
  batchCount: number,
  { weights, firstStep, stepCount, noise }: Steps,
): void {
  const { context, scratch } = memory.workers[0]!;
  beginSteps(memory, noise !== null, firstStep + stepCount - 1);
  takeFiniteWeights(memory, kernel, weights);
  try {
    withNoiseKey(noise, (key) => memory.keys.set(key));
    for (let k = firstStep; k < firstStep + stepCount; k++) {
      step(context, (k - 1) % batchCount, k % 2 ** 32, Math.floor(k / 2 ** 32));
    }
  } catch (error) {
    clearSums(memory);
    throw error;
  } finally {
    memory.keys.fill(0);
    scratch.fill(0);
  }
  requireFiniteAfter(memory, kernel);
  takeWeights(memory, 0, weights);
}

/** What measures weights, faster than JavaScript: of 2^20 weights a call would take as long as many steps. */
type Measure = Pick<KernelExports, "measure64">;

/** Writes the weights of a process into its memory, behind `beginSteps`. @throws ExpungeError E_KERNEL where they are not finite, there or as they come */
export function takeFiniteWeights(memory: HeldWeights, kernel: Measure, weights: Float64Array): void {
  putWeights(memory, 0, weights);
  if (areFinite(memory, kernel)) return;
  requireFiniteWeights(weights, "before");
  requireFiniteWeights(memory.weights, "before");
}

/** @throws ExpungeError E_KERNEL */
export function requireFiniteAfter(memory: SteppedMemory, kernel: Measure): void {
  const { context } = memory.workers[0]!;
  if (isNormKnown(new DataView(memory.memory.buffer, context, CONTEXT_BYTES))) return;
  if (areFinite(memory, kernel)) return;
  requireFiniteWeights(memory.weights, "after");
}

/** Whether all weights in a memory are surely finite. */
function areFinite({ weights, workers }: HeldWeights, kernel: Measure): boolean {
  return weights instanceof Float64Array && Number.isFinite(kernel.measure64(workers[0]!.context));
}

type HeldWeights = Pick<WasmMemory, "weights" | "columns" | "outputCount" | "featureCount" | "workers">;

/** Writes one trial's weights, outputCount x featureCount, into its padded place. */
export function putWeights(memory: Omit<HeldWeights, "workers">, trial: number, from: Float64Array): void {
  const { weights, columns, outputCount, featureCount } = memory;
  const start = trial * outputCount * columns;
  for (let j = 0; j < outputCount; j++) {
    const at = start + j * columns;
    weights.set(from.subarray(j * featureCount, (j + 1) * featureCount), at);
    weights.fill(0, at + featureCount, at + columns);
  }
}

/** Reads one trial's weights out of their padded place. */
export function takeWeights(memory: Omit<HeldWeights, "workers">, trial: number, into: Float64Array): void {
  const { weights, columns, outputCount, featureCount } = memory;
  const start = trial * outputCount * columns;
  for (let j = 0; j < outputCount; j++) {
    const at = start + j * columns;
    into.set(weights.subarray(at, at + featureCount), j * featureCount);
  }
}
