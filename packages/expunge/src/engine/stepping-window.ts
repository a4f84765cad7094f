import type { Objective } from "../objective/index.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import { checkRecord, normOf } from "./check-input.js";
import type { ProcessParameters, SlotSource } from "./kernel.js";
import { STAGES, sparseWindowSlots, windowPanels, windowSlots } from "./slot-window.js";
import { Slots } from "./slots.js";
import { allocateSparse } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import type { SteppedMemory } from "./wasm-kernel.js";
import { allocate, PANEL_ROWS } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports, stepFunctions, type WasmPrecision } from "./wasm-module.js";
import { checkSampleWeight, rowWidthOf } from "./weighting.js";

/** A stretch of slots in a WebAssembly memory, and steps on it: rows are brought in by stages, some while others are worked on. */
export interface SteppingWindow {
  readonly memory: SteppedMemory & { readonly precision: WasmPrecision };
  readonly kernel: Pick<KernelExports, "areFinite64">;
  /** Numbers of a row as its source gives it. */
  readonly rowWidth: number;
  /** As of kernels. */
  readonly cutEvery: number;
  /** Slots of a stretch: whole batches, or a part of one. */
  readonly mostSlots: number;
  /** Where the rows of a stage are brought to, row-major: mostSlots x rowWidth. */
  stage(stage: number): Float32Array;
  /**
   * Takes a stage's rows in place of all that were held.
   *
   * @param labels    of as many rows as there are
   * @param firstSlot what errors call the first of them
   * @throws DomainError E_DOMAIN naming the slot
   */
  refill(stage: number, labels: Float32Array, firstSlot: number): void;
  /** Checks a record as `refill` does. @throws DomainError E_DOMAIN */
  check(features: Float32Array, label: number, slot: number): void;
  /** A whole step, on the batch of this number in the window. */
  step(batch: number, step: number): void;
  /** Adds the gradients of the rows that are held, a part of a batch, to the sums. */
  addPart(slotCount: number): void;
  /** Ends a step on a batch that came in parts. */
  endStep(step: number): void;
  /** Wipes what the stages hold. */
  clearStages(): void;
}

/** What a window is made of. */
export interface WindowOptions {
  readonly source: SlotSource;
  readonly parameters: ProcessParameters;
  readonly objective: Objective;
  readonly memoryLimit: number;
}

/** A window on rows with all their numbers. @throws ExpungeError E_KERNEL */
export async function denseWindow(
  { source, parameters, objective, memoryLimit }: WindowOptions,
  precision: WasmPrecision,
): Promise<SteppingWindow> {
  const { batchSize, weighting } = parameters;
  const rowWidth = source.featureCount;
  const featureCount = rowWidth - (weighting?.samples ? 1 : 0);
  const mostSlots = windowSlots(source, featureCount, batchSize, memoryLimit);
  const shape = {
    panelCount: windowPanels(mostSlots, batchSize),
    stagingRows: STAGES * mostSlots,
    ...{ featureCount, trials: 1, trialsPerPass: 1, workers: 1, isShared: false, precision },
  };
  const memory = allocate(shape, objective, parameters);
  const kernel = await instantiateKernel(memory.memory);
  const slots = new Slots(memory, kernel, objective, parameters);
  const steps = stepFunctions(kernel, precision);
  const context = memory.workers[0]!.context;
  return {
    ...{ memory, kernel, rowWidth, mostSlots, cutEvery: 1 },
    stage: (stage) =>
      memory.staging.subarray(stage * mostSlots * rowWidth, (stage + 1) * mostSlots * rowWidth),
    refill: (stage, labels, firstSlot) => slots.refill(stage * mostSlots, labels, firstSlot),
    check(features, label, slot) {
      const norm = normOf(features.subarray(0, featureCount));
      checkRecord(norm, label, slot, objective);
      if (rowWidth > featureCount) checkSampleWeight(features[featureCount]!, norm, slot);
    },
    step: (batch, step) => steps.step(context, batch, ...wordsOf(step)),
    addPart: (slotCount) => steps.addPanels(context, 0, Math.ceil(slotCount / PANEL_ROWS)),
    endStep: (step) => steps.update(context, ...wordsOf(step)),
    clearStages: () => void memory.staging.fill(0),
  };
}

/** A window on rows in pairs. @throws ExpungeError E_KERNEL */
export async function sparseWindow(
  { source, parameters, objective, memoryLimit }: WindowOptions,
  shape: SparseStorage & { readonly featureCount: number },
): Promise<SteppingWindow> {
  const { batchSize, weighting } = parameters;
  const rowWidth = rowWidthOf(pairsWidth(shape), weighting);
  const mostSlots = sparseWindowSlots(source, shape, batchSize, memoryLimit);
  const memory = allocateSparse({ ...shape, slotCount: mostSlots }, objective, parameters);
  const kernel = await instantiateKernel(memory.memory);
  const slots = new SparseSlots(memory, kernel, objective, parameters);
  const staging = new Float32Array(STAGES * mostSlots * rowWidth);
  const stageOf = (stage: number): Float32Array =>
    staging.subarray(stage * mostSlots * rowWidth, (stage + 1) * mostSlots * rowWidth);
  const context = memory.workers[0]!.context;
  return {
    ...{ memory, kernel, rowWidth, mostSlots, cutEvery: memory.cutEvery },
    stage: stageOf,
    refill: (stage, labels, firstSlot) => slots.fill(stageOf(stage), labels, firstSlot),
    check: (features, label, slot) => void slots.check(features, label, slot),
    step: (batch, step) => kernel.stepSparse64(context, batch, ...wordsOf(step)),
    addPart(slotCount) {
      for (let row = 0; row < slotCount; row += PANEL_ROWS) kernel.addGroup(context, row);
    },
    // As the kernel itself ends a step on a batch that is not looked up column by column; one that is never comes in parts.
    endStep: (step) => kernel.update64(context, ...wordsOf(step)),
    clearStages: () => void staging.fill(0),
  };
}

/** The two 32-bit words of a step's number, the lower first. */
function wordsOf(step: number): [number, number] {
  return [step % 2 ** 32, Math.floor(step / 2 ** 32)];
}
