import { DomainError, ExpungeError } from "../errors.js";
import { isLabel, labelRange, type Objective, objectiveFrom } from "../objective/index.js";
import type { PackedRows, ProcessParameters } from "./kernel.js";
import { MAX_RADIUS, MIN_RADIUS } from "./projection.js";
import { checkWeighting, rowWidthOf, type Weighting } from "./weighting.js";

/*
 * The checks every kernel makes at its boundary. Behind it a kernel trusts its buffers: raw loads and stores in
 * WebAssembly memory are unchecked, so nothing of the wrong length or value may pass.
 */

/**
 * How far a row norm may exceed 1. Scaling to norm 1 and rounding to float32 moves it by at most 2^-24 = 6e-8, and it is measured
 * in float32 sums; the accountant reckons with norms of up to 1 + 2^-21 (docs/theory.md, "Rounding of steps").
 */
export const ROW_NORM_TOLERANCE = 2e-7;

/**
 * @returns the objective the parameters name
 * @throws DomainError E_DOMAIN for a number out of range, ExpungeError E_OPTION for a bad objective,
 *   E_ASSUMPTION for a clip that would break convexity
 */
export function checkParameters(parameters: ProcessParameters): Objective {
  const objective = objectiveFrom(parameters.objective);
  const { batchSize, clip, l2, eta, noiseStd, radius } = parameters;
  requireThat(
    Number.isSafeInteger(batchSize) && batchSize >= 1,
    "batchSize",
    batchSize,
    "to be an integer >= 1",
  );
  requireThat(Number.isFinite(clip) && clip > 0, "clip", clip, "to be finite and > 0");
  requireThat(Number.isFinite(l2) && l2 >= 0, "l2", l2, "to be finite and >= 0");
  requireThat(Number.isFinite(eta) && eta > 0, "eta", eta, "to be finite and > 0");
  requireThat(eta * l2 <= 1, "eta * l2", eta * l2, "to be <= 1: a step must not shrink the weights below 0");
  requireThat(Number.isFinite(noiseStd) && noiseStd >= 0, "noiseStd", noiseStd, "to be finite and >= 0");
  requireThat(
    radius >= MIN_RADIUS && radius <= MAX_RADIUS,
    "radius",
    radius,
    `to be finite and > 0, from ${MIN_RADIUS} to ${MAX_RADIUS}`,
  );
  if (!objective.clippable && clip < objective.lipschitz) {
    throw new ExpungeError(
      "E_ASSUMPTION",
      `Expected clip = ${clip} >= ${objective.lipschitz} for ${objective.spec.kind}: clipping it makes the loss non-convex.`,
      { clip, lipschitz: objective.lipschitz },
    );
  }
  checkWeighting(parameters.weighting, objective);
  return objective;
}

/** @throws ExpungeError E_KERNEL for buffers of the wrong size, DomainError E_DOMAIN for a number out of range */
export function checkShape(rows: PackedRows, batchSize: number, weighting?: Weighting): void {
  const { slotCount, featureCount, features, labels } = rows;
  requireThat(
    Number.isSafeInteger(featureCount) && featureCount >= 1,
    "featureCount",
    featureCount,
    "to be an integer >= 1",
  );
  requireThat(
    Number.isSafeInteger(slotCount) && slotCount >= 1,
    "slotCount",
    slotCount,
    "to be an integer >= 1",
  );
  if (slotCount % batchSize !== 0) {
    throw sizeError(`Expected slotCount = ${slotCount} to be a multiple of batchSize = ${batchSize}.`);
  }
  const width = rowWidthOf(featureCount, weighting);
  if (!(features instanceof Float32Array) || features.length !== slotCount * width) {
    throw sizeError(
      `Expected features to be a Float32Array of ${slotCount} x ${width} numbers, found ${features?.length}.`,
    );
  }
  if (!(labels instanceof Float32Array) || labels.length !== slotCount) {
    throw sizeError(`Expected labels to be a Float32Array of ${slotCount} numbers, found ${labels?.length}.`);
  }
}

/** Norm of a record, in float64. */
export function normOf(features: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < features.length; i++) sum += features[i]! * features[i]!;
  return Math.sqrt(sum);
}

/**
 * A number that is surely no less than the norm of a row, given the norm as computed in float64, and so much above it that
 * M divided by it, rounded, is no more than M / |row|. Squares of float32 numbers are exact in float64, so that the sum is off by
 * at most featureCount - 1 roundings; the root, the product here and the quotient are one each.
 *
 * To clip at a little less than M / |row| is no error of the process: any bound that depends on the row alone, and is no
 * more, keeps the gradient's norm within M and the loss convex.
 */
export function normAbove(norm: number, featureCount: number): number {
  return norm * (1 + (featureCount + 8) * 2 ** -53);
}

/**
 * Checks one record. An empty row may carry any finite label: it contributes nothing.
 *
 * @param norm of the row, in float64
 * @throws DomainError E_DOMAIN
 */
export function checkRecord(norm: number, label: number, slot: number, objective: Objective): void {
  // One comparison catches NaN, Infinity and a long row. Words are made for errors alone: rows are checked each time they are read.
  if (!(norm <= 1 + ROW_NORM_TOLERANCE)) throw new DomainError(`row norm of slot ${slot}`, norm, "in [0, 1]");
  if (norm === 0) {
    if (!Number.isFinite(label)) throw new DomainError(`label of empty slot ${slot}`, label, "to be finite");
  } else if (!isLabel(objective, label)) {
    throw new DomainError(`label of slot ${slot}`, label, labelRange(objective));
  }
}

/** The features of a record as float32, of the length the kernel holds, its sample weight included. */
export function featuresOf(features: ArrayLike<number>, featureCount: number): Float32Array {
  if (features.length !== featureCount) {
    throw sizeError(`Expected a record of ${featureCount} features, found ${features.length}.`);
  }
  return Float32Array.from(features);
}

/** @throws DomainError E_DOMAIN */
export function checkSlot(slot: number, slotCount: number): void {
  requireThat(
    Number.isInteger(slot) && slot >= 0 && slot < slotCount,
    "slot",
    slot,
    `to be an integer in [0, ${slotCount - 1}]`,
  );
}

/** @throws ExpungeError E_KERNEL, DomainError E_DOMAIN */
export function checkAdvance(
  weights: Float64Array,
  weightCount: number,
  firstStep: number,
  stepCount: number,
): void {
  checkWeights(weights, weightCount);
  checkSteps(firstStep, stepCount);
}

/** @throws DomainError E_DOMAIN */
export function checkSteps(firstStep: number, stepCount: number): void {
  requireThat(
    Number.isSafeInteger(firstStep) && firstStep >= 1,
    "firstStep",
    firstStep,
    "to be an integer >= 1",
  );
  requireThat(
    Number.isSafeInteger(stepCount) && stepCount >= 0 && Number.isSafeInteger(firstStep + stepCount),
    "stepCount",
    stepCount,
    "to be an integer >= 0",
  );
}

/** @throws ExpungeError E_KERNEL */
export function checkWeights(weights: Float64Array, weightCount: number): void {
  checkWeightCount(weights, weightCount);
  requireFiniteWeights(weights, "before");
}

/** @throws ExpungeError E_KERNEL */
export function checkWeightCount(weights: Float64Array, weightCount: number): void {
  if (weights instanceof Float64Array && weights.length === weightCount) return;
  throw sizeError(
    `Expected weights to be a Float64Array of ${weightCount} numbers, found ${weights?.length}.`,
  );
}

/** @throws ExpungeError E_KERNEL */
export function requireFiniteWeights(weights: Float64Array | Float32Array, when: "before" | "after"): void {
  if (areFinite(weights)) return;
  for (let i = 0; i < weights.length; i++) {
    if (!Number.isFinite(weights[i])) {
      throw new ExpungeError(
        "E_KERNEL",
        `Expected finite weights ${when} the steps, found weights[${i}] = ${weights[i]}.`,
        {
          index: i,
          when,
        },
      );
    }
  }
}

/** Whether all numbers are: 0 times any other number is NaN. Four sums, none of which waits for another: 2^20 weights are looked at twice a call. */
function areFinite(numbers: Float64Array | Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = numbers.length - (numbers.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += 0 * numbers[i]!;
    b += 0 * numbers[i + 1]!;
    c += 0 * numbers[i + 2]!;
    d += 0 * numbers[i + 3]!;
  }
  for (let i = fours; i < numbers.length; i++) a += 0 * numbers[i]!;
  return a + b + c + d === 0;
}

/** @throws ExpungeError E_KERNEL */
export function requireAlive(isDisposed: boolean): void {
  if (isDisposed) throw new ExpungeError("E_KERNEL", "The kernel was disposed of; create a new one.");
}

function requireThat(holds: boolean, field: string, found: unknown, expected: string): void {
  if (!holds) throw new DomainError(field, found, expected);
}

function sizeError(message: string): ExpungeError {
  return new ExpungeError("E_KERNEL", message);
}
