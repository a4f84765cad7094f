import type { KernelName } from "../accounting/choices.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { Weighting } from "./weighting.js";

/** Everything that fixes one step of PNSGD, apart from the rows (docs/theory.md, "Learning and unlearning are one process"). */
export interface ProcessParameters {
  readonly objective: ObjectiveSpec;
  readonly batchSize: number;
  /** Per-record gradient bound M; the kernel clips the scalar derivative so that no record's gradient exceeds it. */
  readonly clip: number;
  readonly l2: number;
  readonly eta: number;
  /** Standard deviation of the noise on each weight at each step that has noise: sqrt(2 eta) sigma. 0 for none. */
  readonly noiseStd: number;
  /** Radius of the ball that every step projects onto, finite and > 0. */
  readonly radius: number;
  /** Weights of records; left out, every record counts fully. */
  readonly weighting?: Weighting;
}

/**
 * `reference`: plain TypeScript in float64, what the others are tested against. `float64`: WebAssembly on rows in float32, all
 * else in float64. `float32`: WebAssembly, all in float32.
 */
export type { KernelName };

/**
 * Training rows in visiting order: slot p belongs to batch floor(p / batchSize). slotCount is a multiple of
 * batchSize; an empty slot (padding, tombstone) is a row of zeros, which contributes exactly nothing to any GLM.
 */
export interface PackedRows {
  readonly slotCount: number;
  readonly featureCount: number;
  /** slotCount x featureCount, row-major, every row norm <= 1. Where rows have sample weights, each is followed by its own. */
  readonly features: Float32Array;
  /** slotCount numbers. */
  readonly labels: Float32Array;
}

/** One record as a slot holds it: features, followed by the sample weight where rows have one, and the label. */
export interface Row {
  readonly features: Float32Array;
  readonly label: number;
}

/**
 * Where noise comes from. `system`: every call of `advance` draws a fresh key from the operating system's CSPRNG and
 * wipes it afterwards. `seed`: 32 bytes that fix the noise of every step number, for experiments only.
 */
export type NoiseOrigin = { readonly kind: "system" } | { readonly kind: "seed"; readonly key: Uint8Array };

/** One implementation of the process. Holds its own copy of the rows; the caller owns the weights. */
export interface Kernel {
  readonly name: KernelName;
  readonly precision: "float64" | "float32";
  /**
   * Where a run of steps may be cut into calls and end in the same bits: behind steps whose numbers are multiples of this. 1, or 64 for sparse
   * rows, whose weights keep a common factor between.
   */
  readonly cutEvery: number;
  /**
   * Runs steps firstStep..firstStep+stepCount-1 (1-based; step k uses batch (k-1) mod batchCount), replacing the
   * weights in place. float32 kernels round the weights to float32. All or nothing: if it throws, the weights are as
   * they were. With seeded noise the result does not depend on how the steps are cut into calls, behind
   * multiples of `cutEvery`.
   *
   * @param weights outputCount x featureCount, row-major, all finite
   * @param noise   null runs these steps without noise, whatever `noiseStd` is
   * @throws ExpungeError E_KERNEL for weights of the wrong length or not finite, before or after the steps
   * @throws DomainError E_DOMAIN for a step or count that is no safe integer in range
   */
  advance(weights: Float64Array, firstStep: number, stepCount: number, noise: NoiseOrigin | null): void;
  /** A copy of one slot's features, followed by its sample weight where rows have one. */
  readSlot(slot: number): Row;
  /**
   * Replaces one slot's record, features as `readSlot` gives them; null makes it empty (all zeros) and leaves no trace of the old one
   * in memory.
   */
  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void;
  /** Wipes the rows and lets the memory go. Every later call throws E_KERNEL; disposing twice is harmless. */
  dispose(): void;
}

/** The same process on rows that are not all in memory: calls wait for them. One at a time. */
export interface StreamingKernel {
  readonly name: Kernel["name"];
  readonly precision: Kernel["precision"];
  readonly cutEvery: Kernel["cutEvery"];
  /** As `Kernel.advance`; also rejects with whatever the source of the rows does. */
  advance(
    weights: Float64Array,
    firstStep: number,
    stepCount: number,
    noise: NoiseOrigin | null,
  ): Promise<void>;
  /** As `Kernel.readSlot`. */
  readSlot(slot: number): Promise<Row>;
  /** As `Kernel.writeSlot`, for this kernel only: its keeper changes the source when the time has come. */
  writeSlot(
    slot: number,
    record: { readonly features: ArrayLike<number>; readonly label: number } | null,
  ): void;
  /**
   * Gives the process more slots, or fewer again, as many batches as they make. Slots beyond those of the source are empty until they are written;
   * what was written to those that are gone is gone.
   */
  resize(slotCount: number): void;
  /** Frees the rows. */
  dispose(): void;
}

/** Rows in visiting order, on disk or in a database. */
export interface SlotSource {
  readonly slotCount: number;
  /** Numbers of a row: its features, and its sample weight where rows have one. */
  readonly featureCount: number;
  /**
   * Fills the views with whole slots firstSlot.., as many as there are labels. Several calls may be waiting at a time. The
   * views may lie in a WebAssembly memory.
   */
  read(firstSlot: number, features: Float32Array, labels: Float32Array): Promise<void>;
  /** The same before it returns, where a source can do so. */
  readNow?(firstSlot: number, features: Float32Array, labels: Float32Array): void;
}

/** Makes a kernel over packed rows. */
export type CreateKernel = (rows: PackedRows, parameters: ProcessParameters) => Promise<Kernel>;
