import { ExpungeError } from "../errors.js";
import type { Objective } from "../objective/index.js";
import type { ProcessParameters } from "./kernel.js";
import { CONTEXT, CONTEXT_BYTES, stepNumbers, writeContext } from "./wasm-context.js";
import type { WasmPrecision } from "./wasm-module.js";
import { rowWidthOf } from "./weighting.js";

/** Bytes of one trial's noise key. */
export const KEY_BYTES = 32;
/** Extension words of one group, 16 groups of keystream words and the normals made of them, as much again on the way, and numbers that make them. */
export const SCRATCH_BYTES = 256 + 2 * 16 * 256 + 128;
/** Address 0 stays unused; the module has no static data. */
const FIRST_ADDRESS = 1024;
const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;

/** Of packed rows that are worked on together: a part of L2. */
export const BLOCK_ROW_BYTES = 3 * 2 ** 16;
const BLOCK_OUTPUT_BYTES = 2 ** 13;

/** Rows of a panel; packages/expunge/assembly/context.ts describes the layout. */
export const PANEL_ROWS = 4;
/** Columns of a line. */
export const LINE_COLUMNS = 4;
/** A row is padded with zeros to a multiple of this many columns. */
const COLUMN_MULTIPLE = 16;

export interface MemoryShape {
  /** Panels of rows that the memory holds at a time. */
  readonly panelCount: number;
  readonly featureCount: number;
  /** Rows that the staging area takes: what is packed is copied there first. At least PANEL_ROWS. */
  readonly stagingRows: number;
  /** Processes whose weights the memory holds. */
  readonly trials: number;
  /** Most trials that one call advances. */
  readonly trialsPerPass: number;
  /** Contexts: callers that may step at the same time. */
  readonly workers: number;
  /** Whether other threads see the memory. */
  readonly isShared: boolean;
  /** Of all but the rows and labels, which are float32. */
  readonly precision: WasmPrecision;
}

/** Numbers of a memory's precision. */
type Numbers = Float32Array | Float64Array;

/** What one caller steps with. */
export interface WorkerArea {
  readonly context: number;
  /** trialsPerPass x outputCount x columns. */
  readonly gradient: Float64Array;
  /** As many for the float32 kernel, otherwise none. */
  readonly parts: Float32Array;
  /** Keystream and the normals made from it: wiped after every use. */
  readonly scratch: Uint8Array;
}

/**
 * The memory of one data set and the processes on it, sized once (growing would detach the views), and views on its parts.
 * Numbers of panels, rows and columns are those of the packed layout.
 */
export interface WasmMemory {
  readonly memory: WebAssembly.Memory;
  readonly precision: WasmPrecision;
  /** Of the noise at steps that have some, as the kernel takes it. */
  readonly noiseStd: number;
  readonly columns: number;
  readonly outputCount: number;
  readonly featureCount: number;
  /** Numbers of a row that comes in: its features, and its sample weight where rows have one. */
  readonly rowWidth: number;
  readonly panelsPerBatch: number;
  readonly panelCount: number;
  /** Room for panelCount panels with all their lines, and two more to work in. */
  readonly rows: Uint8Array;
  readonly rowsAddress: number;
  readonly lineCounts: Int32Array;
  /** Byte offset of each panel in `rows`, and of the end. */
  readonly starts: Uint32Array;
  /** Panels packed so far, in order from 0 on. */
  readonly filled: { panels: number };
  readonly labels: Float32Array;
  readonly limits: Numbers;
  /** What each row's gradient is multiplied by; empty where every record counts fully. */
  readonly gradientWeights: Numbers;
  /** Each row's own weight, as it came; empty where rows have none. */
  readonly sampleWeights: Float32Array;
  /** stagingRows x rowWidth, row-major. */
  readonly staging: Float32Array;
  readonly stagingAddress: number;
  /** Squared norms of the rows packed last: of a panel, or of all that are packed at once. */
  readonly squares: Float64Array;
  /** trials x outputCount x columns. */
  readonly weights: Numbers;
  readonly weightsAddress: number;
  /** KEY_BYTES for each trial: wiped after every use. */
  readonly keys: Uint8Array;
  readonly keysAddress: number;
  /** Two numbers that workers share; see trial-loop.ts. */
  readonly control: Int32Array;
  readonly workers: readonly WorkerArea[];
}

/** Byte offsets of the fields of a context block that change from call to call. */
export const CALL_FIELDS = {
  weights: CONTEXT.weights,
  trials: CONTEXT.trials,
  keys: CONTEXT.keys,
  normBound: CONTEXT.normBound,
} as const;

/**
 * Allocates the memory of a process and writes its context blocks.
 *
 * @throws ExpungeError E_KERNEL where the rows do not fit in 4 GiB or the memory cannot be had
 */
export function allocate(
  shape: MemoryShape,
  objective: Objective,
  parameters: ProcessParameters,
): WasmMemory {
  const { featureCount, panelCount, trials, trialsPerPass, precision } = shape;
  const Numbers = precision === "float64" ? Float64Array : Float32Array;
  const size = Numbers.BYTES_PER_ELEMENT;
  const vectorBytes = PANEL_ROWS * size;
  const { outputCount } = objective;
  const columns = paddedColumns(featureCount);
  const panelsPerBatch = panelsOf(parameters.batchSize);
  const rowCount = panelCount * PANEL_ROWS;
  const panelBytes = 4 * PANEL_ROWS * columns;
  const block = blockPanels(columns, vectorBytes * trialsPerPass * outputCount);
  const packedAtOnce = Math.min(rowCount, PANEL_ROWS * panelsOf(shape.stagingRows));
  const passCount = trialsPerPass * outputCount * columns;
  const partCount = precision === "float32" ? passCount : 0;
  const { weighting } = parameters;
  const rowWidth = rowWidthOf(featureCount, weighting);
  const weightCount = weighting ? rowCount : 0;
  const sampleWeightCount = weighting?.samples ? rowCount : 0;

  const { reserve, end } = layout();
  // Workers write to these all the time: each has cache lines of its own, as `reserve` rounds up.
  const areas = Array.from({ length: shape.workers }, () => ({
    context: reserve(CONTEXT_BYTES),
    scratch: reserve(SCRATCH_BYTES),
    outputs: reserve(vectorBytes * trialsPerPass * outputCount * block),
    gradient: reserve(8 * passCount),
    parts: reserve(4 * partCount),
  }));
  const control = reserve(8);
  const keys = reserve(KEY_BYTES * trials);
  const weights = reserve(size * trials * outputCount * columns);
  const labels = reserve(4 * rowCount);
  const limits = reserve(size * rowCount);
  const gradientWeights = reserve(size * weightCount);
  const sampleWeights = reserve(4 * sampleWeightCount);
  const lineCounts = reserve(4 * panelCount);
  const starts = reserve(4 * (panelCount + 1));
  const squares = reserve(8 * packedAtOnce);
  const staging = reserve(4 * shape.stagingRows * rowWidth);
  const rows = reserve(panelBytes * (panelCount + 2));

  const memory = memoryOf(end(), shape.isShared);
  const { buffer } = memory;
  const sizes = { outputCount, featureCount, columns, panelsPerBatch, trials: trialsPerPass, block };
  // Address 0, which nothing has, means none.
  const weighted = { gradientWeights: weighting ? gradientWeights : 0 };
  const addresses = { rows, labels, limits, weights, keys, lineCounts, starts, ...weighted };
  const numbers = stepNumbers(precision, objective.spec, parameters);
  for (const { context, scratch, outputs, gradient, parts } of areas) {
    const integers = { ...sizes, ...addresses, scratch, outputs, gradient, parts };
    writeContext(new DataView(buffer, context, CONTEXT_BYTES), integers, objective.spec, numbers);
  }
  return {
    memory,
    precision,
    noiseStd: numbers.noiseStd,
    columns,
    outputCount,
    featureCount,
    rowWidth,
    panelsPerBatch,
    panelCount,
    rows: new Uint8Array(buffer, rows, panelBytes * (panelCount + 2)),
    rowsAddress: rows,
    lineCounts: new Int32Array(buffer, lineCounts, panelCount),
    starts: new Uint32Array(buffer, starts, panelCount + 1),
    filled: { panels: 0 },
    labels: new Float32Array(buffer, labels, rowCount),
    limits: new Numbers(buffer, limits, rowCount),
    gradientWeights: new Numbers(buffer, gradientWeights, weightCount),
    sampleWeights: new Float32Array(buffer, sampleWeights, sampleWeightCount),
    staging: new Float32Array(buffer, staging, shape.stagingRows * rowWidth),
    stagingAddress: staging,
    squares: new Float64Array(buffer, squares, packedAtOnce),
    weights: new Numbers(buffer, weights, trials * outputCount * columns),
    weightsAddress: weights,
    keys: new Uint8Array(buffer, keys, KEY_BYTES * trials),
    keysAddress: keys,
    control: new Int32Array(buffer, control, 2),
    workers: areas.map(({ context, scratch, gradient, parts }) => ({
      context,
      gradient: new Float64Array(buffer, gradient, passCount),
      parts: new Float32Array(buffer, parts, partCount),
      scratch: new Uint8Array(buffer, scratch, SCRATCH_BYTES),
    })),
  };
}

/** Panels whose rows fit in a part of L2, and their outputs in L1. @param outputBytes of one panel */
export function blockPanels(columns: number, outputBytes: number): number {
  const most = Math.min(BLOCK_ROW_BYTES / (4 * PANEL_ROWS * columns), BLOCK_OUTPUT_BYTES / outputBytes);
  return Math.max(1, Math.floor(most));
}

/** Panels that a batch takes, the last perhaps not full. */
export function panelsOf(batchSize: number): number {
  return Math.ceil(batchSize / PANEL_ROWS);
}

/** Numbers that a row takes up when packed. */
export function paddedColumns(featureCount: number): number {
  return COLUMN_MULTIPLE * Math.ceil(featureCount / COLUMN_MULTIPLE);
}

/** Clears the sums of gradients: a run that failed may have left some. */
export function clearSums(memory: Pick<WasmMemory, "memory" | "workers">): void {
  for (const { context, gradient, parts } of memory.workers) {
    gradient.fill(0);
    parts.fill(0);
    new DataView(memory.memory.buffer, context, CONTEXT_BYTES).setInt32(CONTEXT.partPanels, 0, true);
  }
}

/**
 * Makes ready for steps, for every caller.
 *
 * @param hasNoise whether they have the process's noise, or none
 * @param lastStep the last of them, behind which kernels of sparse rows leave the weights as they are to be read
 */
export function beginSteps(
  memory: Pick<WasmMemory, "memory" | "workers" | "noiseStd">,
  hasNoise: boolean,
  lastStep: number,
): void {
  for (const { context } of memory.workers) {
    const block = new DataView(memory.memory.buffer, context, CONTEXT_BYTES);
    block.setFloat64(CONTEXT.noiseStd, hasNoise ? memory.noiseStd : 0, true);
    block.setFloat64(CONTEXT.scale, 1, true);
    block.setFloat64(CONTEXT.normBound, -1, true);
    block.setFloat64(CONTEXT.lastStep, lastStep, true);
  }
}

/** Addresses of a memory, from the front. */
interface Layout {
  /** @returns the address of so many bytes, in cache lines of their own */
  reserve(bytes: number): number;
  /** Behind all that was reserved. */
  end(): number;
}

export function layout(): Layout {
  let end = FIRST_ADDRESS;
  return {
    reserve(bytes) {
      const address = end;
      end += 64 * Math.ceil(bytes / 64);
      return address;
    },
    end: () => end,
  };
}

/** @throws ExpungeError E_KERNEL where it does not fit in 4 GiB or cannot be had */
export function memoryOf(bytes: number, isShared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > MAX_PAGES) {
    throw new ExpungeError(
      "E_KERNEL",
      `Expected packed rows of ${bytes} bytes to fit in the 4 GiB of a WebAssembly memory.`,
      { bytes },
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared });
  } catch (cause) {
    throw new ExpungeError(
      "E_KERNEL",
      `No WebAssembly memory of ${bytes} bytes can be had: ${String(cause)}.`,
      { bytes },
    );
  }
}
