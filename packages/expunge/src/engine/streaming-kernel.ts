import { ExpungeError } from "../errors.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import {
  checkParameters,
  checkSlot,
  checkSteps,
  checkWeightCount,
  featuresOf,
  requireAlive,
} from "./check-input.js";
import type { NoiseOrigin, ProcessParameters, Row, SlotSource, StreamingKernel } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { type Piece, piecesOf, STAGES } from "./slot-window.js";
import { checkStorage } from "./sparse-kernel.js";
import { denseWindow, type SteppingWindow, sparseWindow } from "./stepping-window.js";
import { requireFiniteAfter, takeFiniteWeights, takeWeights } from "./wasm-kernel.js";
import { beginSteps, clearSums } from "./wasm-memory.js";
import { requireWasmKernel, type WasmPrecision } from "./wasm-module.js";
import { rowWidthOf } from "./weighting.js";

/** Which kernel runs, and how many rows it holds in memory. */
export interface StreamingOptions {
  /** Default "float64". */
  readonly kernel?: WasmPrecision;
  /** Bytes that rows in memory may take, in [1 MiB, 4 GiB); default 8 MiB, which stays in the caches; more is slower. */
  readonly memoryLimit?: number;
  /** The columns of sparse rows, and the room that each has; left out, rows have all their numbers. Kernel float64 only. */
  readonly sparse?: SparseStorage & { readonly featureCount: number };
}

const MIN_MEMORY = 2 ** 20;
const DEFAULT_MEMORY = 2 ** 23;
const MAX_MEMORY = 2 ** 32 - 2 ** 24;
/**
 * The process of docs/theory.md, "Learning and unlearning are one process" in SIMD on rows that are read as they are visited, the next ones on their way
 * meanwhile. Steps take the same numbers in the same order as `createWasmKernel`'s, or those of `createSparseKernel` where rows are sparse, bit
 * for bit, whatever the memory. Every row is measured each time it is read: a source that changed under way is refused, not trained on.
 *
 * Sparse rows come from their source in pairs, as `createSparseKernel` takes them. Where a batch has few entries for the columns, all of it is
 * packed at once, whatever the limit: that takes no more than an output's weights, and what is noted of its rows.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly SIMD is missing, E_OPTION for a bad memoryLimit or kernel, and as `createKernel`
 */
export async function createStreamingKernel(
  source: SlotSource,
  parameters: ProcessParameters,
  options: StreamingOptions = {},
): Promise<StreamingKernel> {
  const objective = checkParameters(parameters);
  const { memoryLimit = DEFAULT_MEMORY, kernel: precision = "float64", sparse } = options;
  requireWasmKernel(precision);
  if (!(Number.isSafeInteger(memoryLimit) && memoryLimit >= MIN_MEMORY && memoryLimit <= MAX_MEMORY)) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected memoryLimit = ${String(memoryLimit)} to be an integer from ${MIN_MEMORY} to ${MAX_MEMORY} bytes.`,
      { field: "memoryLimit", found: memoryLimit },
    );
  }
  const given = { source, parameters, objective, memoryLimit };
  if (sparse === undefined)
    return new WasmStreamingKernel(source, parameters.batchSize, await denseWindow(given, precision));
  requireSparseSource(source, parameters, precision, sparse);
  return new WasmStreamingKernel(source, parameters.batchSize, await sparseWindow(given, sparse));
}

function requireSparseSource(
  { featureCount: found }: SlotSource,
  { weighting }: ProcessParameters,
  precision: WasmPrecision,
  sparse: SparseStorage & { readonly featureCount: number },
): void {
  checkStorage(sparse.featureCount, sparse);
  if (precision !== "float64")
    throw new ExpungeError("E_OPTION", `Expected kernel = ${precision} to be "float64" for sparse rows.`);
  const width = rowWidthOf(pairsWidth(sparse), weighting);
  if (found === width) return;
  throw new ExpungeError("E_KERNEL", `Expected a source of rows of ${width} numbers, found ${found}.`);
}

class WasmStreamingKernel implements StreamingKernel {
  readonly name: WasmPrecision;
  readonly precision: WasmPrecision;
  readonly cutEvery: number;
  private readonly source: SlotSource;
  private readonly batchSize: number;
  private slotCount: number;
  /** What slots hold instead of what the source says; an entry goes once the source is read and says the same. */
  private readonly written = new Map<number, Row>();
  /** Of all slots that were emptied. */
  private readonly nothing: Float32Array;
  private live: SteppingWindow | undefined;
  private isRunning = false;

  constructor(source: SlotSource, batchSize: number, window: SteppingWindow) {
    this.name = window.memory.precision;
    this.precision = window.memory.precision;
    this.cutEvery = window.cutEvery;
    this.source = source;
    this.batchSize = batchSize;
    this.slotCount = source.slotCount;
    this.live = window;
    this.nothing = new Float32Array(window.rowWidth);
  }

  async advance(
    weights: Float64Array,
    firstStep: number,
    stepCount: number,
    noise: NoiseOrigin | null,
  ): Promise<void> {
    const { memory, kernel, clearRows } = this.requireReady();
    checkWeightCount(weights, memory.outputCount * memory.featureCount);
    checkSteps(firstStep, stepCount);
    takeFiniteWeights(memory, kernel, weights);
    beginSteps(memory, noise !== null, firstStep + stepCount - 1);
    this.isRunning = true;
    try {
      clearSums(memory);
      withNoiseKey(noise, (key) => memory.keys.set(key));
      await this.run(firstStep, stepCount);
      requireFiniteAfter(memory, kernel);
      takeWeights(memory, 0, weights);
    } finally {
      this.isRunning = false;
      memory.keys.fill(0);
      memory.workers[0]?.scratch.fill(0);
      clearRows();
    }
  }

  async readSlot(slot: number): Promise<Row> {
    this.requireReady();
    checkSlot(slot, this.slotCount);
    const written = this.written.get(slot);
    if (written) return { features: written.features.slice(), label: written.label };
    const features = new Float32Array(this.source.featureCount);
    const labels = new Float32Array(1);
    await this.readSource(slot, features, labels);
    return { features, label: labels[0]! };
  }

  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void {
    this.requireReady();
    checkSlot(slot, this.slotCount);
    const window = this.requireLive();
    const { rowWidth } = window;
    const features = record === null ? this.nothing : featuresOf(record.features, rowWidth);
    const label = Math.fround(record?.label ?? 0);
    window.check(features, label, slot);
    this.drop(slot);
    this.written.set(slot, { features, label });
  }

  resize(slotCount: number): void {
    this.requireReady();
    for (const slot of [...this.written.keys()]) if (slot >= slotCount) this.drop(slot);
    this.slotCount = slotCount;
  }

  dispose(): void {
    if (this.live === undefined) return;
    new Uint8Array(this.live.memory.memory.buffer).fill(0);
    for (const { features } of this.written.values()) features.fill(0);
    this.written.clear();
    this.live = undefined;
  }

  /** What a slot held may be somebody's who is forgotten. */
  private drop(slot: number): void {
    this.written.get(slot)?.features.fill(0);
    this.written.delete(slot);
  }

  /** Reads pieces ahead of the one that is worked on. */
  private async run(firstStep: number, stepCount: number): Promise<void> {
    const { mostSlots } = this.requireLive();
    const pieces = piecesOf(this.slotCount, this.batchSize, mostSlots, firstStep, stepCount);
    const waiting: { piece: Piece; stage: number; labels: Promise<Float32Array> }[] = [];
    let stage = 0;
    const fetch = (): void => {
      const next = pieces.next();
      if (next.done) return;
      const labels = this.read(next.value, stage);
      // Handled where it is awaited; until then it must not count as unhandled.
      labels.catch(() => {});
      waiting.push({ piece: next.value, stage, labels });
      stage = (stage + 1) % STAGES;
    };
    for (let i = 0; i < STAGES; i++) fetch();
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        this.work(next.piece, next.stage, await next.labels);
        fetch();
      }
    } finally {
      // Reads under way write to the staging area, which is about to be wiped.
      await Promise.allSettled(waiting.map(({ labels }) => labels));
    }
  }

  private async read({ firstSlot, slotCount }: Piece, stage: number): Promise<Float32Array> {
    const window = this.requireLive();
    const { rowWidth } = window;
    const labels = new Float32Array(slotCount);
    const features = window.stage(stage).subarray(0, slotCount * rowWidth);
    await this.readSource(firstSlot, features, labels);
    this.requireLive();
    if (this.written.size === 0) return labels;
    for (let row = 0; row < slotCount; row++) {
      const record = this.written.get(firstSlot + row);
      if (!record) continue;
      const stored = features.subarray(row * rowWidth, (row + 1) * rowWidth);
      if (isSame(record, stored, labels[row] as number)) {
        this.drop(firstSlot + row);
        continue;
      }
      stored.set(record.features);
      labels[row] = record.label;
    }
    return labels;
  }

  /** Reads slots of the source; those behind it are empty. */
  private async readSource(firstSlot: number, features: Float32Array, labels: Float32Array): Promise<void> {
    const { slotCount, featureCount } = this.source;
    const count = Math.max(0, Math.min(labels.length, slotCount - firstSlot));
    features.fill(0, count * featureCount);
    labels.fill(0, count);
    if (count > 0)
      await this.source.read(
        firstSlot,
        features.subarray(0, count * featureCount),
        labels.subarray(0, count),
      );
  }

  /** Takes a stage's rows, and each step where its batch is complete. */
  private work({ firstSlot, slotCount, firstStep }: Piece, stage: number, labels: Float32Array): void {
    const window = this.requireLive();
    const { batchSize } = this;
    let step = firstStep;
    for (let first = 0; first < slotCount; ) {
      const slot = firstSlot + first;
      const place = slot % batchSize;
      const end = first + Math.min(window.mostTaken, batchSize - place, slotCount - first);
      window.take({ stage, first, labels: labels.subarray(first, end), slot, place });
      if (place + end - first === batchSize) window.step(step++);
      first = end;
    }
  }

  private requireLive(): SteppingWindow {
    requireAlive(this.live === undefined);
    return this.live as SteppingWindow;
  }

  private requireReady(): SteppingWindow {
    if (this.isRunning)
      throw new ExpungeError("E_KERNEL", "The kernel is running; wait for `advance` to end.");
    return this.requireLive();
  }
}

/** Whether a slot's record is, bit for bit, what its source says. */
function isSame({ features, label }: Row, stored: Float32Array, storedLabel: number): boolean {
  if (!Object.is(label, storedLabel)) return false;
  const bits = bitsOf(stored);
  return bitsOf(features).every((word, i) => word === bits[i]);
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
