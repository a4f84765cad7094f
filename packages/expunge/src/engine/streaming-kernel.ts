import { ExpungeError } from "../errors.js";
import type { Objective } from "../objective/index.js";
import {
  checkAdvance,
  checkParameters,
  checkRecord,
  checkSlot,
  featuresOf,
  normOf,
  requireAlive,
  requireFiniteWeights,
} from "./check-input.js";
import type { NoiseOrigin, ProcessParameters, Row, SlotSource, StreamingKernel } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { type Piece, piecesOf, STAGES, windowPanels, windowSlots } from "./slot-window.js";
import { Slots } from "./slots.js";
import { putWeights, takeWeights } from "./wasm-kernel.js";
import { allocate, beginSteps, clearSums, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";
import {
  instantiateKernel,
  requireWasmKernel,
  type StepFunctions,
  stepFunctions,
  type WasmPrecision,
} from "./wasm-module.js";
import { checkSampleWeight } from "./weighting.js";

/** Which kernel runs, and how many rows it holds in memory. */
export interface StreamingOptions {
  /** Default "float64". */
  readonly kernel?: WasmPrecision;
  /** Bytes that rows in memory may take, in [1 MiB, 4 GiB); default 8 MiB, which stays in the caches; more is slower. */
  readonly memoryLimit?: number;
}

const MIN_MEMORY = 2 ** 20;
const DEFAULT_MEMORY = 2 ** 23;
const MAX_MEMORY = 2 ** 32 - 2 ** 24;
/**
 * The process of docs/theory.md, "Learning and unlearning are one process" in SIMD on rows that are read as they are visited, the next ones on their way
 * meanwhile. Steps take the same numbers in the same order as `createWasmKernel`'s, bit for bit, whatever the memory. Every
 * row is measured each time it is read: a source that changed under way is refused, not trained on.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly SIMD is missing, E_OPTION for a bad memoryLimit or kernel, and as `createKernel`
 */
export async function createStreamingKernel(
  source: SlotSource,
  parameters: ProcessParameters,
  options: StreamingOptions = {},
): Promise<StreamingKernel> {
  const objective = checkParameters(parameters);
  const { memoryLimit = DEFAULT_MEMORY, kernel: precision = "float64" } = options;
  requireWasmKernel(precision);
  if (!(Number.isSafeInteger(memoryLimit) && memoryLimit >= MIN_MEMORY && memoryLimit <= MAX_MEMORY)) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected memoryLimit = ${String(memoryLimit)} to be an integer from ${MIN_MEMORY} to ${MAX_MEMORY} bytes.`,
      { field: "memoryLimit", found: memoryLimit },
    );
  }
  const featureCount = source.featureCount - (parameters.weighting?.samples ? 1 : 0);
  const mostSlots = windowSlots(source, featureCount, parameters.batchSize, memoryLimit);
  const memory = allocate(
    {
      panelCount: windowPanels(mostSlots, parameters.batchSize),
      featureCount,
      stagingRows: STAGES * mostSlots,
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
  return new WasmStreamingKernel(
    source,
    parameters,
    objective,
    memory,
    slots,
    stepFunctions(kernel, precision),
    mostSlots,
  );
}

class WasmStreamingKernel implements StreamingKernel {
  readonly name: WasmPrecision;
  readonly precision: WasmPrecision;
  readonly cutEvery = 1;
  private readonly source: SlotSource;
  private readonly batchSize: number;
  private readonly objective: Objective;
  private readonly steps: StepFunctions;
  private readonly mostSlots: number;
  private slotCount: number;
  /** What slots hold instead of what the source says. */
  private readonly written = new Map<number, Row>();
  private live: { readonly memory: WasmMemory; readonly slots: Slots } | undefined;
  private isRunning = false;

  constructor(
    source: SlotSource,
    parameters: ProcessParameters,
    objective: Objective,
    memory: WasmMemory,
    slots: Slots,
    steps: StepFunctions,
    mostSlots: number,
  ) {
    this.name = memory.precision;
    this.precision = memory.precision;
    this.source = source;
    this.batchSize = parameters.batchSize;
    this.objective = objective;
    this.steps = steps;
    this.mostSlots = mostSlots;
    this.slotCount = source.slotCount;
    this.live = { memory, slots };
  }

  async advance(
    weights: Float64Array,
    firstStep: number,
    stepCount: number,
    noise: NoiseOrigin | null,
  ): Promise<void> {
    const { memory } = this.requireReady();
    checkAdvance(weights, memory.outputCount * memory.featureCount, firstStep, stepCount);
    putWeights(memory, 0, weights);
    requireFiniteWeights(memory.weights, "before");
    beginSteps(memory, noise !== null, firstStep + stepCount - 1);
    this.isRunning = true;
    try {
      clearSums(memory);
      withNoiseKey(noise, (key) => memory.keys.set(key));
      await this.run(firstStep, stepCount);
      requireFiniteWeights(memory.weights, "after");
      takeWeights(memory, 0, weights);
    } finally {
      this.isRunning = false;
      memory.keys.fill(0);
      memory.workers[0]?.scratch.fill(0);
      memory.staging.fill(0);
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
    const { featureCount, rowWidth } = this.requireLive().memory;
    const features = featuresOf(record?.features ?? new Float32Array(rowWidth), rowWidth);
    const label = Math.fround(record?.label ?? 0);
    const norm = normOf(features.subarray(0, featureCount));
    checkRecord(norm, label, slot, this.objective);
    if (rowWidth > featureCount) checkSampleWeight(features[featureCount]!, norm, slot);
    // What a slot held may be somebody's who is forgotten.
    this.written.get(slot)?.features.fill(0);
    this.written.set(slot, { features, label });
  }

  resize(slotCount: number): void {
    this.requireReady();
    for (const [slot, { features }] of this.written) {
      if (slot < slotCount) continue;
      features.fill(0);
      this.written.delete(slot);
    }
    this.slotCount = slotCount;
  }

  dispose(): void {
    if (this.live === undefined) return;
    new Uint8Array(this.live.memory.memory.buffer).fill(0);
    for (const { features } of this.written.values()) features.fill(0);
    this.written.clear();
    this.live = undefined;
  }

  /** Reads pieces ahead of the one that is worked on. */
  private async run(firstStep: number, stepCount: number): Promise<void> {
    const { slotCount, batchSize, mostSlots } = this;
    const pieces = piecesOf(slotCount, batchSize, mostSlots, firstStep, stepCount);
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
    const { staging, rowWidth } = this.requireLive().memory;
    const start = stage * this.mostSlots * rowWidth;
    const labels = new Float32Array(slotCount);
    const features = staging.subarray(start, start + slotCount * rowWidth);
    await this.readSource(firstSlot, features, labels);
    this.requireLive();
    if (this.written.size === 0) return labels;
    for (let row = 0; row < slotCount; row++) {
      const record = this.written.get(firstSlot + row);
      if (!record) continue;
      features.set(record.features, row * rowWidth);
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

  private work(piece: Piece, stage: number, labels: Float32Array): void {
    const { memory, slots } = this.requireLive();
    const context = memory.workers[0]?.context as number;
    slots.refill(stage * this.mostSlots, labels, piece.firstSlot);
    for (let i = 0; i < piece.stepCount; i++) {
      const step = piece.firstStep + i;
      this.steps.step(context, i, step % 2 ** 32, Math.floor(step / 2 ** 32));
    }
    if (piece.stepCount === 0) this.steps.addPanels(context, 0, Math.ceil(piece.slotCount / PANEL_ROWS));
    if (!piece.endsStep) return;
    this.steps.update(context, piece.firstStep % 2 ** 32, Math.floor(piece.firstStep / 2 ** 32));
  }

  private requireLive(): { readonly memory: WasmMemory; readonly slots: Slots } {
    requireAlive(this.live === undefined);
    return this.live as { memory: WasmMemory; slots: Slots };
  }

  private requireReady(): { readonly memory: WasmMemory; readonly slots: Slots } {
    if (this.isRunning)
      throw new ExpungeError("E_KERNEL", "The kernel is running; wait for `advance` to end.");
    return this.requireLive();
  }
}
