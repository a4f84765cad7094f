import { clipDerivative } from "../objective/index.js";
import { keyWords } from "./chacha.js";
import {
  checkAdvance,
  checkParameters,
  checkRecord,
  checkShape,
  checkSlot,
  featuresOf,
  normAbove,
  normOf,
  requireAlive,
  requireFiniteWeights,
} from "./check-input.js";
import type { Kernel, PackedRows, ProcessParameters } from "./kernel.js";
import { stepNormals } from "./noise.js";
import { withNoiseKey } from "./noise-key.js";
import { projectOntoBall } from "./projection.js";
import { checkSampleWeight, gradientWeight, rowWidthOf } from "./weighting.js";

/**
 * The process of docs/theory.md, "Learning and unlearning are one process" in plain float64, one record at a time: what the fast kernels are tested against.
 *
 *   x_k = Proj_R( x_{k-1} - eta * ( (1/b) sum_i w_i clip_M(grad ell_i) + lambda x_{k-1} ) + noiseStd * W_k ),   w_i in (0, 1]
 */
export async function createReferenceKernel(
  rows: PackedRows,
  parameters: ProcessParameters,
): Promise<Kernel> {
  const objective = checkParameters(parameters);
  const { batchSize, clip, l2, eta, noiseStd, radius, weighting } = parameters;
  checkShape(rows, batchSize, weighting);
  const { slotCount, featureCount } = rows;
  const features = rows.features.slice();
  const labels = rows.labels.slice();
  const width = rowWidthOf(featureCount, weighting);
  const norms = new Float64Array(slotCount);
  const gradientWeights = new Float64Array(slotCount).fill(1);
  const { outputCount } = objective;
  const weightCount = outputCount * featureCount;
  const batchCount = slotCount / batchSize;
  let isDisposed = false;

  const outputs = new Float64Array(outputCount);
  const derivatives = new Float64Array(outputCount);

  const storedRow = (slot: number) => features.subarray(slot * width, (slot + 1) * width);
  const rowOf = (slot: number) => features.subarray(slot * width, slot * width + featureCount);

  /** Checks a record and notes what steps need of it. */
  function note(slot: number, stored: Float32Array, label: number): void {
    const norm = normOf(stored.subarray(0, featureCount));
    checkRecord(norm, label, slot, objective);
    if (weighting) {
      const sampleWeight = weighting.samples ? stored[featureCount]! : 1;
      checkSampleWeight(sampleWeight, norm, slot);
      gradientWeights[slot] = gradientWeight(weighting, objective.task, label, sampleWeight);
    }
    norms[slot] = norm;
  }

  for (let slot = 0; slot < slotCount; slot++) note(slot, storedRow(slot), labels[slot]!);

  /** Adds the clipped gradient of one record's loss at the weights `x`. */
  function addGradient(slot: number, x: Float64Array, gradient: Float64Array): void {
    const norm = norms[slot]!;
    if (norm === 0) return;
    const row = rowOf(slot);
    for (let j = 0; j < outputCount; j++) {
      let sum = 0;
      for (let i = 0; i < featureCount; i++) sum += x[j * featureCount + i]! * row[i]!;
      outputs[j] = sum;
    }
    objective.derivative(outputs, labels[slot]!, derivatives);
    if (objective.clippable)
      derivatives[0] = clipDerivative(derivatives[0]!, clip, normAbove(norm, featureCount));
    for (let j = 0; j < outputCount; j++) {
      derivatives[j]! *= gradientWeights[slot]!;
      for (let i = 0; i < featureCount; i++) gradient[j * featureCount + i]! += derivatives[j]! * row[i]!;
    }
  }

  function step(x: Float64Array, stepNumber: number, key: Uint32Array | null): void {
    const batch = (stepNumber - 1) % batchCount;
    const gradient = new Float64Array(weightCount);
    for (let slot = batch * batchSize; slot < (batch + 1) * batchSize; slot++) addGradient(slot, x, gradient);
    const normals = new Float64Array(weightCount);
    if (noiseStd > 0 && key) stepNormals(key, stepNumber, featureCount, normals);
    for (let i = 0; i < weightCount; i++) {
      x[i] = x[i]! - eta * (gradient[i]! / batchSize + l2 * x[i]!) + noiseStd * normals[i]!;
    }
    projectOntoBall(x, radius);
  }

  return {
    name: "reference",
    precision: "float64",
    cutEvery: 1,
    advance(weights, firstStep, stepCount, noise) {
      requireAlive(isDisposed);
      checkAdvance(weights, weightCount, firstStep, stepCount);
      const x = weights.slice();
      withNoiseKey(noise, (bytes) => {
        const key = noise && keyWords(bytes);
        for (let k = firstStep; k < firstStep + stepCount; k++) step(x, k, key);
        key?.fill(0);
      });
      requireFiniteWeights(x, "after");
      weights.set(x);
    },
    readSlot(slot) {
      requireAlive(isDisposed);
      checkSlot(slot, slotCount);
      return { features: storedRow(slot).slice(), label: labels[slot]! };
    },
    writeSlot(slot, record) {
      requireAlive(isDisposed);
      checkSlot(slot, slotCount);
      const row = featuresOf(record?.features ?? new Float32Array(width), width);
      const label = Math.fround(record?.label ?? 0);
      note(slot, row, label);
      storedRow(slot).set(row);
      labels[slot] = label;
    },
    dispose() {
      isDisposed = true;
      features.fill(0);
      labels.fill(0);
      gradientWeights.fill(0);
    },
  };
}
