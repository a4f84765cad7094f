import { KERNELS } from "../src/accounting/choices.js";
import { createKernel } from "../src/engine/index.js";
import type { Kernel, NoiseOrigin, PackedRows, ProcessParameters } from "../src/engine/kernel.js";
import { noiseKeyFromSeed } from "../src/engine/noise-key.js";
import { type Objective, type ObjectiveSpec, objectiveFrom } from "../src/objective/index.js";

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

/** A kernel over 24 random rows of 11 features in 4 batches; `run` starts from zero weights unless told otherwise. */
export async function kernelSetting(
  name: Kernel["name"],
  spec: ObjectiveSpec = { kind: "logistic" },
  overrides: Partial<ProcessParameters> = {},
  density = 1,
) {
  const objective = objectiveFrom(spec);
  const rows = randomRows(objective, 24, 11, generator(7), density);
  const parameters = parametersFor(objective, overrides);
  const kernel = await createKernel(rows, parameters, { kernel: name });
  const zeros = () => new Float64Array(objective.outputCount * 11);
  const run = (firstStep: number, stepCount: number, noise: NoiseOrigin | null = SEED, weights = zeros()) => {
    kernel.advance(weights, firstStep, stepCount, noise);
    return weights;
  };
  return { objective, rows, parameters, kernel, zeros, run };
}
