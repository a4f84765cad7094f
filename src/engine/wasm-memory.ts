import { ExpungeError } from "../errors.js";
import type { Objective, ObjectiveSpec } from "../objective/index.js";
import { float32AtLeast, float32AtMost } from "./float32.js";
import type { ProcessParameters } from "./kernel.js";

/** Byte offsets into the context block; assembly/context.ts says what each holds. */
const CONTEXT = {
  objective: 0,
  outputCount: 4,
  featureCount: 8,
  columns: 12,
  panelsPerBatch: 16,
  rows: 20,
  labels: 24,
  limits: 28,
  weights: 32,
  gradient: 36,
  outputs: 40,
  scratch: 44,
  decay: 48,
  gain: 52,
  noiseStd: 56,
  shape: 60,
  radius: 64,
  key: 72,
  lineCounts: 104,
  lines: 108,
} as const;

const CONTEXT_BYTES = 128;
const KEY_BYTES = 32;
/** Extension words of one group, then 16 groups of keystream words and the normals made of them. */
const SCRATCH_BYTES = 256 + 16 * 256;
/** Address 0 stays unused; the module has no static data. */
const FIRST_ADDRESS = 1024;
const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;

/** Rows of a panel; assembly/context.ts describes the layout. */
export const PANEL_ROWS = 4;
/** Columns of a line. */
export const LINE_COLUMNS = 4;
/** A row is padded with zeros to a multiple of this many columns. */
const COLUMN_MULTIPLE = 16;

export interface WasmShape {
  readonly slotCount: number;
  readonly featureCount: number;
}

/**
 * The memory of one process, sized once (growing would detach the views), and views on its parts. Numbers of panels,
 * rows and columns are those of the packed layout.
 */
export interface WasmMemory {
  readonly memory: WebAssembly.Memory;
  readonly context: number;
  readonly columns: number;
  readonly panelsPerBatch: number;
  /** Panels of PANEL_ROWS x columns numbers; see panels.ts. */
  readonly rows: Float32Array;
  readonly lineCounts: Int32Array;
  readonly lines: Uint32Array;
  readonly labels: Float32Array;
  readonly limits: Float32Array;
  /** outputCount x columns. */
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly key: Uint8Array;
  /** The key, the keystream and the normals made from it: wiped after every use. */
  readonly secrets: readonly Uint8Array[];
}

/**
 * Allocates the memory of a process and writes its context block.
 *
 * @throws ExpungeError E_KERNEL where the rows do not fit in 4 GiB or the memory cannot be had
 */
export function allocate(shape: WasmShape, objective: Objective, parameters: ProcessParameters): WasmMemory {
  const { batchSize } = parameters;
  const { outputCount } = objective;
  const columns = COLUMN_MULTIPLE * Math.ceil(shape.featureCount / COLUMN_MULTIPLE);
  const panelsPerBatch = Math.ceil(batchSize / PANEL_ROWS);
  const panelCount = (shape.slotCount / batchSize) * panelsPerBatch;
  const rowCount = panelCount * PANEL_ROWS;

  let end = FIRST_ADDRESS;
  const reserve = (bytes: number): number => {
    const address = end;
    end += 64 * Math.ceil(bytes / 64);
    return address;
  };
  const context = reserve(CONTEXT_BYTES);
  const scratch = reserve(SCRATCH_BYTES);
  const outputs = reserve(16 * outputCount);
  const weights = reserve(4 * outputCount * columns);
  const gradient = reserve(4 * outputCount * columns);
  const labels = reserve(4 * rowCount);
  const limits = reserve(4 * rowCount);
  const lineCounts = reserve(4 * panelCount);
  const lines = reserve(panelCount * columns);
  const rows = reserve(4 * rowCount * columns);

  const memory = memoryOf(end);
  const { buffer } = memory;
  const block = new DataView(buffer, context, CONTEXT_BYTES);
  const sizes = { outputCount, columns, panelsPerBatch };
  const addresses = { rows, labels, limits, weights, gradient, outputs, scratch, lineCounts, lines };
  const integers = { ...sizes, ...addresses };
  for (const [field, value] of Object.entries(integers)) {
    block.setUint32(CONTEXT[field as keyof typeof integers], value, true);
  }
  block.setInt32(CONTEXT.objective, OBJECTIVE_NUMBER[objective.spec.kind], true);
  block.setInt32(CONTEXT.featureCount, shape.featureCount, true);
  block.setFloat32(CONTEXT.decay, float32AtLeast(parameters.eta * parameters.l2), true);
  block.setFloat32(CONTEXT.gain, float32AtMost(parameters.eta / batchSize), true);
  block.setFloat32(CONTEXT.noiseStd, float32AtLeast(parameters.noiseStd), true);
  block.setFloat32(CONTEXT.shape, float32AtMost(shapeOf(objective.spec)), true);
  block.setFloat64(CONTEXT.radius, parameters.radius, true);

  const key = new Uint8Array(buffer, context + CONTEXT.key, KEY_BYTES);
  return {
    memory,
    context,
    columns,
    panelsPerBatch,
    rows: new Float32Array(buffer, rows, rowCount * columns),
    lineCounts: new Int32Array(buffer, lineCounts, panelCount),
    lines: new Uint32Array(buffer, lines, (panelCount * columns) / LINE_COLUMNS),
    labels: new Float32Array(buffer, labels, rowCount),
    limits: new Float32Array(buffer, limits, rowCount),
    weights: new Float32Array(buffer, weights, outputCount * columns),
    gradient: new Float32Array(buffer, gradient, outputCount * columns),
    key,
    secrets: [key, new Uint8Array(buffer, scratch, SCRATCH_BYTES)],
  };
}

/** Numbers as in assembly/context.ts. */
const OBJECTIVE_NUMBER = { logistic: 0, softmax: 1, smoothedHinge: 2, huberRegression: 3 } as const;

function shapeOf(spec: ObjectiveSpec): number {
  switch (spec.kind) {
    case "smoothedHinge":
      return 1 / spec.width;
    case "huberRegression":
      return spec.threshold;
    default:
      return 0;
  }
}

function memoryOf(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > MAX_PAGES) {
    throw new ExpungeError(
      "E_KERNEL",
      `Expected packed rows of ${bytes} bytes to fit in the 4 GiB of a WebAssembly memory.`,
      {
        bytes,
      },
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new ExpungeError(
      "E_KERNEL",
      `No WebAssembly memory of ${bytes} bytes can be had: ${String(cause)}.`,
      { bytes },
    );
  }
}
