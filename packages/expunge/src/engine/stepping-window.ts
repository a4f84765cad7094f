import type { Objective } from "../objective/index.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import { checkRecord, normOf } from "./check-input.js";
import type { ProcessParameters, SlotSource } from "./kernel.js";
import { heldSlots, heldSparseSlots, STAGES, windowSlots } from "./slot-window.js";
import { Slots } from "./slots.js";
import { allocateSparse, rowWordsOf } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import type { SteppedMemory } from "./wasm-kernel.js";
import { allocate, PANEL_ROWS, paddedColumns, panelsOf } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports, stepFunctions, type WasmPrecision } from "./wasm-module.js";
import { checkSampleWeight, rowWidthOf } from "./weighting.js";

/**
 * Weights from which on it pays to list the columns that rows of a batch share, anew at each visit: the sums of gradients are then looked up at these
 * columns alone. Fewer weights stay in the caches, with their sums behind them.
 */
const LISTED_FROM = 2 ** 19;

/** Columns that are worked on together where rows are not packed: of fewer there is nothing to gain. */
const CHUNK_COLUMNS = 16;

/** Slots in a WebAssembly memory, and steps on them: rows are brought in by stages, some while others are packed and worked on. */
export interface SteppingWindow {
  readonly memory: SteppedMemory & { readonly precision: WasmPrecision };
  readonly kernel: Pick<KernelExports, "measure64">;
  /** Numbers of a row as its source gives it. */
  readonly rowWidth: number;
  /** As of kernels. */
  readonly cutEvery: number;
  /** Slots of a stage: whole batches, or a part of one. */
  readonly mostSlots: number;
  /** Slots that are taken at a time: a batch, or a part of one that fills its groups of four. */
  readonly mostTaken: number;
  /** Where the rows of a stage are brought to, row-major: mostSlots x rowWidth. */
  stage(stage: number): Float32Array;
  /**
   * Takes rows of a stage for the next step, behind those that were taken since the last: all of a batch, one part after the other.
   *
   * @throws DomainError E_DOMAIN naming the slot
   */
  take(rows: StagedRows): void;
  /** Checks a record as `take` does. @throws DomainError E_DOMAIN */
  check(features: Float32Array, label: number, slot: number): void;
  /** Takes the step on the batch of which all rows were taken. */
  step(step: number): void;
  /** Makes weights that were written ready for steps, and for being read behind the last. */
  begin(): void;
  end(): void;
  /** Wipes the rows that are held. */
  clearRows(): void;
}

/** Rows of a stage, which belong to one batch. */
export interface StagedRows {
  readonly stage: number;
  /** The first of them among the stage's. */
  readonly first: number;
  /** Of each of them. */
  readonly labels: Float32Array;
  /** What errors call the first of them. */
  readonly slot: number;
  /** The first of them among its batch's. */
  readonly place: number;
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
  const size = precision === "float64" ? 8 : 4;
  const mostTaken = heldSlots(featureCount, size * PANEL_ROWS * objective.outputCount, batchSize);
  const heldBytes = 4 * mostTaken * paddedColumns(featureCount);
  const mostSlots = windowSlots(source, heldBytes, batchSize, memoryLimit);
  const shape = {
    panelCount: panelsOf(mostTaken),
    stagingRows: STAGES * mostSlots,
    ...{ featureCount, trials: 1, trialsPerPass: 1, workers: 1, isShared: false, precision },
  };
  const memory = allocate(shape, objective, parameters);
  const kernel = await instantiateKernel(memory.memory);
  const slots = new Slots(memory, kernel, objective, parameters);
  const steps = stepFunctions(kernel, precision);
  const context = memory.workers[0]!.context;
  // Several outputs share what packing takes.
  const isDirect = objective.outputCount === 1 && featureCount >= CHUNK_COLUMNS;
  return {
    ...{ memory, kernel, rowWidth, mostSlots, mostTaken, cutEvery: 1 },
    stage: (stage) =>
      memory.staging.subarray(stage * mostSlots * rowWidth, (stage + 1) * mostSlots * rowWidth),
    take({ stage, first, labels, slot }) {
      const row = stage * mostSlots + first;
      if (isDirect) {
        slots.addStaged(row, labels, slot);
        return;
      }
      slots.refill(row, labels, slot);
      steps.addPanels(context, 0, panelsOf(labels.length));
    },
    check(features, label, slot) {
      const norm = normOf(features.subarray(0, featureCount));
      checkRecord(norm, label, slot, objective);
      if (rowWidth > featureCount) checkSampleWeight(features[featureCount]!, norm, slot);
    },
    begin() {},
    end() {},
    step: (step) => steps.update(context, ...wordsOf(step)),
    clearRows() {
      memory.staging.fill(0);
      memory.rows.fill(0);
    },
  };
}

/** A window on rows in pairs. @throws ExpungeError E_KERNEL */
export async function sparseWindow(
  { source, parameters, objective, memoryLimit }: WindowOptions,
  shape: SparseStorage & { readonly featureCount: number },
): Promise<SteppingWindow> {
  const { batchSize, weighting } = parameters;
  const rowWidth = rowWidthOf(pairsWidth(shape), weighting);
  const mostTaken = heldSparseSlots(shape, batchSize);
  const heldBytes = 4 * rowWordsOf(shape) * mostTaken;
  const mostSlots = windowSlots(source, heldBytes, batchSize, memoryLimit);
  const isListed = objective.outputCount * shape.featureCount >= LISTED_FROM;
  const memory = allocateSparse({ ...shape, slotCount: mostTaken }, objective, parameters, {
    stagingRows: STAGES * mostSlots,
    isListed,
    isPaired: !isListed,
  });
  const kernel = await instantiateKernel(memory.memory);
  const slots = new SparseSlots(memory, kernel, objective, parameters);
  const { staging } = memory;
  const context = memory.workers[0]!.context;
  // A step that looks up a batch column by column needs all of it; others add up as well what comes in parts.
  const isWhole = mostTaken === batchSize;
  return {
    ...{ memory, kernel, rowWidth, mostSlots, mostTaken, cutEvery: memory.cutEvery },
    stage: (stage) => staging.subarray(stage * mostSlots * rowWidth, (stage + 1) * mostSlots * rowWidth),
    take({ stage, first, labels, slot, place }) {
      slots.refill(isWhole ? place : 0, stage * mostSlots + first, labels, slot);
      if (isWhole) return;
      for (let row = 0; row < labels.length; row += PANEL_ROWS) kernel.addGroup(context, row);
    },
    check: (features, label, slot) => void slots.check(features, label, slot),
    begin() {
      if (memory.isPaired) kernel.spread64(context);
    },
    end() {
      if (memory.isPaired) kernel.close64(context);
    },
    step(step) {
      if (isWhole) kernel.stepSparse64(context, 0, ...wordsOf(step));
      else kernel.update64(context, ...wordsOf(step));
    },
    clearRows() {
      staging.fill(0);
      memory.offsets.fill(0);
      memory.columnLists.fill(0);
    },
  };
}

/** The two 32-bit words of a step's number, the lower first. */
function wordsOf(step: number): [number, number] {
  return [step % 2 ** 32, Math.floor(step / 2 ** 32)];
}
