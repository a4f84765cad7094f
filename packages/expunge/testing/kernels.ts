import { KERNELS } from "../src/accounting/choices.js";
import { createKernel, createSparseKernel, rowWidthOf } from "../src/engine/index.js";
import type { Kernel, NoiseOrigin, PackedRows, ProcessParameters } from "../src/engine/kernel.js";
import { noiseKeyFromSeed } from "../src/engine/noise-key.js";
import { type Objective, type ObjectiveSpec, objectiveFrom } from "../src/objective/index.js";
import { expandPairs } from "../src/records/sparse-rows.js";

/*
 * Data for tests. Nothing here is exported from the package.
 */

export const KERNEL_NAMES = KERNELS;

export const SEED: NoiseOrigin = Object.freeze({ kind: "seed", key: noiseKeyFromSeed("contract") });

/** A linear congruential generator of numbers in [0, 1): tests need repeatable data, not good randomness. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/**
 * Random rows with norms in [0.2, 1], one in ten empty, and labels that fit the objective. Of all runs of 4 features the
 * share `density` is not zero.
 */
export function randomRows(
  objective: Objective,
  slotCount: number,
  featureCount: number,
  random: () => number,
  density = 1,
): PackedRows {
  const features = new Float32Array(slotCount * featureCount);
  const labels = new Float32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot++) {
    let isZero = false;
    const row = Array.from({ length: featureCount }, (_, i) => {
      if (i % 4 === 0) isZero = random() >= density;
      return isZero ? 0 : random() - 0.5;
    });
    const length = (0.2 + 0.8 * random()) * (random() < 0.1 ? 0 : 1);
    const norm = Math.hypot(...row) || 1;
    for (let i = 0; i < featureCount; i++) features[slot * featureCount + i] = (length * row[i]!) / norm;
    if (objective.task === "binary") labels[slot] = random() < 0.5 ? -1 : 1;
    else if (objective.task === "multiclass") labels[slot] = Math.floor(random() * objective.outputCount);
    else labels[slot] = 4 * random() - 2;
  }
  return { slotCount, featureCount, features, labels };
}

/** The same rows, each with a weight behind its features; an empty one has 0. */
export function weighRows(rows: PackedRows, weightOf: () => number): PackedRows {
  const { slotCount, featureCount } = rows;
  const features = new Float32Array(slotCount * (featureCount + 1));
  for (let slot = 0; slot < slotCount; slot++) {
    const row = rows.features.subarray(slot * featureCount, (slot + 1) * featureCount);
    const weight = weightOf();
    features.set(row, slot * (featureCount + 1));
    features[slot * (featureCount + 1) + featureCount] = row.some((x) => x !== 0) ? weight : 0;
  }
  return { ...rows, features };
}

/** Parameters under which one step is a contraction, with some noise, in a ball that is never left. */
export function parametersFor(
  objective: Objective,
  overrides: Partial<ProcessParameters> = {},
): ProcessParameters {
  return {
    objective: objective.spec,
    batchSize: 6,
    clip: objective.lipschitz,
    l2: 0.05,
    eta: 0.8,
    noiseStd: 0.01,
    radius: 100,
    ...overrides,
  };
}

/** A kernel's name, or the float64 kernel on sparse rows. */
export type KernelUnderTest = Kernel["name"] | "sparse";

/** What the suite that all kernels pass runs on. */
export const KERNELS_UNDER_TEST: readonly KernelUnderTest[] = [...KERNELS, "sparse"];

/** Any kernel on dense rows: sparse ones are made of them, and made dense again where they are read. */
export function createKernelUnderTest(
  rows: PackedRows,
  parameters: ProcessParameters,
  name: KernelUnderTest,
  capacity = rows.featureCount,
): Promise<Kernel> {
  return name === "sparse"
    ? sparseKernelOf(rows, parameters, capacity)
    : createKernel(rows, parameters, { kernel: name });
}

async function sparseKernelOf(
  rows: PackedRows,
  parameters: ProcessParameters,
  capacity: number,
): Promise<Kernel> {
  const { slotCount, featureCount } = rows;
  const width = rowWidthOf(featureCount, parameters.weighting);
  const pairsOf = (row: ArrayLike<number>): Float32Array => storedPairs(row, featureCount, capacity);
  const pairs = Array.from({ length: slotCount }, (_, slot) =>
    pairsOf(rows.features.subarray(slot * width, (slot + 1) * width)),
  );
  const stored = new Float32Array(slotCount * rowWidthOf(2 * capacity, parameters.weighting));
  for (const [slot, row] of pairs.entries()) stored.set(row, slot * row.length);
  const kernel = await createSparseKernel({ ...rows, features: stored }, parameters, { capacity });
  return {
    ...kernel,
    readSlot(slot) {
      const { features: row, label } = kernel.readSlot(slot);
      const features = new Float32Array(width);
      expandPairs(row.subarray(0, 2 * capacity), features);
      if (width > featureCount) features[featureCount] = row.at(-1)!;
      return { features, label };
    },
    writeSlot: (slot, record) =>
      kernel.writeSlot(slot, record && { features: pairsOf(record.features), label: record.label }),
  };
}

/** A dense row, and whatever stands behind it, as it is stored in pairs. */
export function storedPairs(row: ArrayLike<number>, featureCount: number, capacity: number): Float32Array {
  const stored = new Float32Array(2 * capacity + row.length - featureCount);
  let at = 0;
  for (let column = 0; column < featureCount; column++) {
    if (row[column] === 0) continue;
    stored[at++] = column + 1;
    stored[at++] = row[column]!;
  }
  if (row.length > featureCount) stored[2 * capacity] = row[featureCount]!;
  return stored;
}

/** A kernel over 24 random rows of 11 features in 4 batches; `run` starts from zero weights unless told otherwise. */
export async function kernelSetting(
  name: KernelUnderTest,
  spec: ObjectiveSpec = { kind: "logistic" },
  overrides: Partial<ProcessParameters> = {},
  density = 1,
) {
  const objective = objectiveFrom(spec);
  const rows = randomRows(objective, 24, 11, generator(7), density);
  const parameters = parametersFor(objective, overrides);
  const kernel = await createKernelUnderTest(rows, parameters, name);
  const zeros = () => new Float64Array(objective.outputCount * 11);
  const run = (firstStep: number, stepCount: number, noise: NoiseOrigin | null = SEED, weights = zeros()) => {
    kernel.advance(weights, firstStep, stepCount, noise);
    return weights;
  };
  return { objective, rows, parameters, kernel, zeros, run };
}
