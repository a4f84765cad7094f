import { definitionOf, type ObjectiveSpec, objectiveFrom } from "../objective/index.js";
import { float32AtLeast, float32AtMost } from "./float32.js";
import type { ProcessParameters } from "./kernel.js";
import type { WasmPrecision } from "./wasm-module.js";

/** Byte offsets into the context block; packages/expunge/assembly/context.ts says what each holds. */
export const CONTEXT = {
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
  gain: 56,
  noiseStd: 64,
  shape: 72,
  radius: 80,
  lineCounts: 88,
  starts: 92,
  trials: 96,
  keys: 100,
  block: 104,
  parts: 108,
  partPanels: 112,
  gradientWeights: 116,
  scale: 120,
  normBound: 128,
  lastStep: 136,
  coefficientSum: 144,
  isLazy: 152,
  columnCounts: 156,
  columnLists: 160,
  columnListBytes: 164,
  factors: 168,
  columnMarks: 184,
} as const;

export const CONTEXT_BYTES = 192;

/** Writes all that stays the same from call to call. */
export function writeContext(
  block: DataView,
  integers: Readonly<Record<string, number>>,
  spec: ObjectiveSpec,
  numbers: StepNumbers,
): void {
  for (const [field, value] of Object.entries(integers)) {
    block.setUint32(CONTEXT[field as keyof typeof CONTEXT], value, true);
  }
  block.setInt32(CONTEXT.objective, definitionOf(spec.kind).kernelNumber, true);
  for (const [field, value] of Object.entries(numbers)) {
    block.setFloat64(CONTEXT[field as keyof StepNumbers], value, true);
  }
}

/** Whether the last step of a call left a bound on the norm of the weights, so that all of them are finite. */
export function isNormKnown(block: DataView): boolean {
  const bound = block.getFloat64(CONTEXT.normBound, true);
  return block.getInt32(CONTEXT.isLazy, true) !== 0 && bound >= 0 && bound < Number.POSITIVE_INFINITY;
}

/** What a step computes with. */
export interface StepNumbers {
  readonly decay: number;
  readonly gain: number;
  readonly noiseStd: number;
  readonly shape: number;
  readonly radius: number;
}

/** @returns float64 numbers as they are, float32 ones rounded to the safe side */
export function stepNumbers(
  precision: WasmPrecision,
  spec: ObjectiveSpec,
  parameters: ProcessParameters,
): StepNumbers {
  return precision === "float64" ? exactNumbers(spec, parameters) : safeNumbers(spec, parameters);
}

function exactNumbers(
  spec: ObjectiveSpec,
  { eta, l2, batchSize, noiseStd, radius }: ProcessParameters,
): StepNumbers {
  return { decay: eta * l2, gain: eta / batchSize, noiseStd, shape: objectiveFrom(spec).shape, radius };
}

/** The same as float32, rounded to the safe side. */
function safeNumbers(spec: ObjectiveSpec, parameters: ProcessParameters): StepNumbers {
  const { decay, gain, noiseStd, shape, radius } = exactNumbers(spec, parameters);
  return {
    decay: float32AtLeast(decay),
    gain: float32AtMost(gain),
    noiseStd: float32AtLeast(noiseStd),
    shape: float32AtMost(shape),
    radius,
  };
}
