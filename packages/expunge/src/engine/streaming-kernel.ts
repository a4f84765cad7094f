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
import { FasterWay } from "./reading-way.js";
import { type Piece, piecesOf, STAGES } from "./slot-window.js";
import { checkStorage } from "./sparse-kernel.js";
import { putWritten, type RowRoom, roomOfSource } from "./staged-rows.js";
import { denseWindow, type SteppingWindow, sparseWindow } from "./stepping-window.js";
import { requireFiniteAfter, takeFiniteWeights, takeWeights } from "./wasm-kernel.js";
import { beginSteps, clearSums } from "./wasm-memory.js";
import { requireWasmKernel, type WasmPrecision } from "./wasm-module.js";
import { rowWidthOf } from "./weighting.js";
import { WrittenSlots } from "./written-slots.js";

/** Which kernel runs, and how many rows it holds in memory. */
export interface StreamingOptions {
  /** Default "float64". */
  readonly kernel?: WasmPrecision;
  /** Bytes that rows in memory may take, in [1 MiB, 4 GiB); default 8 MiB, which stays in the caches; more is slower. */
  readonly memoryLimit?: number;
  /** The columns of sparse rows, and the room that each has; left out, rows have all their numbers. Kernel float64 only. */
  readonly sparse?: SparseStorage & { readonly featureCount: number };
}

/** Steps from which on a call tells how long reading takes. */
const LEAST_TIMED = 8;
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
  private readonly written: WrittenSlots;
  private readonly ways = new FasterWay();
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
    this.written = new WrittenSlots(window.rowWidth);
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
    beginSteps(memory, noise !== null, firstStep + stepCount - 1);
    takeFiniteWeights(memory, kernel, weights);
    this.isRunning = true;
    try {
      withNoiseKey(noise, (key) => memory.keys.set(key));
      this.requireLive().begin();
      await this.run(firstStep, stepCount);
      this.requireLive().end();
      requireFiniteAfter(memory, kernel);
      takeWeights(memory, 0, weights);
    } catch (error) {
      clearSums(memory);
      throw error;
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
    await this.readSource(slot, { features, labels });
    return { features, label: labels[0]! };
  }

  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void {
    this.requireReady();
    checkSlot(slot, this.slotCount);
    const window = this.requireLive();
    if (record === null) {
      this.written.set(slot, null);
      return;
    }
    const features = featuresOf(record.features, window.rowWidth);
    const label = Math.fround(record.label);
    window.check(features, label, slot);
    this.written.set(slot, { features, label });
  }

  resize(slotCount: number): void {
    this.requireReady();
    this.written.dropFrom(slotCount);
    this.slotCount = slotCount;
  }

  dispose(): void {
    if (this.live === undefined) return;
    new Uint8Array(this.live.memory.memory.buffer).fill(0);
    this.written.clear();
    this.live = undefined;
  }

  /** Runs steps on the slots that they visit, read in the way that took less time lately: the bits are the same. */
  private async run(firstStep: number, stepCount: number): Promise<void> {
    const { mostSlots } = this.requireLive();
    const pieces = piecesOf(this.slotCount, this.batchSize, mostSlots, firstStep, stepCount);
    const way = this.source.readNow ? this.ways.pick() : "ahead";
    const start = performance.now();
    if (way === "ahead") await this.runAhead(pieces);
    else for (const piece of pieces) this.work(piece, 0, this.readNow(piece));
    if (stepCount >= LEAST_TIMED) this.ways.note(way, (performance.now() - start) / stepCount);
  }

  /** Reads pieces ahead of the one that is worked on. */
  private async runAhead(pieces: Iterator<Piece>): Promise<void> {
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

  private async read(piece: Piece, stage: number): Promise<Float32Array> {
    const room = this.roomFor(piece, stage);
    await this.readSource(piece.firstSlot, room);
    this.requireLive();
    putWritten(this.written, piece.firstSlot, room);
    return room.labels;
  }

  private readNow(piece: Piece): Float32Array {
    const room = this.roomFor(piece, 0);
    const { features, labels } = roomOfSource(this.source, piece.firstSlot, room);
    if (labels.length > 0) this.source.readNow?.(piece.firstSlot, features, labels);
    putWritten(this.written, piece.firstSlot, room);
    return room.labels;
  }

  private roomFor({ slotCount }: Piece, stage: number): RowRoom {
    const window = this.requireLive();
    const features = window.stage(stage).subarray(0, slotCount * window.rowWidth);
    return { features, labels: new Float32Array(slotCount) };
  }

  /** Reads slots of the source; those behind it are empty. */
  private async readSource(firstSlot: number, room: RowRoom): Promise<void> {
    const { features, labels } = roomOfSource(this.source, firstSlot, room);
    if (labels.length > 0) await this.source.read(firstSlot, features, labels);
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
