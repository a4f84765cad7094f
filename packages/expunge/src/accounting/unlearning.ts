import { smallestInteger } from "../math/root.js";
import type { ReleasePoint } from "./choices.js";
import { requireNumber } from "./domain.js";
import { epsilonFromMu, muFromEpsilonDelta } from "./gaussian.js";
import { HistoryBound } from "./history-bound.js";

import { PlannedHistory } from "./planned-history.js";
import { noiseStdFromSigma, type ProcessConstants } from "./process.js";
import { muFromEnergy } from "./timeline.js";
import { certifiedEnergyAfter, type DeletedSlots, withRounding } from "./visits.js";

/** An (epsilon, delta) that has to be met. */
export interface Target {
  /** In nats, >= 0. */
  readonly epsilon: number;
  /** In (0, 1). */
  readonly delta: number;
}

/** What a released model is proved to satisfy. */
export interface Claim {
  readonly energy: number;
  readonly mu: number;
  readonly epsilon: number;
  readonly delta: number;
}

/** Turns an energy into the claim it proves for a noise level. */
export function claimFromEnergy(
  process: ProcessConstants,
  sigma: number,
  energy: number,
  delta: number,
): Claim {
  const mu = muFromEnergy(energy, noiseStdFromSigma(process, sigma));
  const epsilon = mu === Number.POSITIVE_INFINITY ? mu : epsilonFromMu(mu, delta);
  return Object.freeze({ energy, mu, epsilon, delta });
}

export interface StepsToUnlearnOptions extends Target {
  readonly process: ProcessConstants;
  readonly sigma: number;
  /** Every slot deleted so far, earlier requests included. */
  readonly deleted: readonly DeletedSlots[];
  /** Steps run so far. */
  readonly steps: number;
  /** Give up beyond this many further steps; default 2^40. */
  readonly maxSteps?: number;
  /** Where a model may be released: after any step (the default), or only where an epoch ends. */
  readonly releaseAt?: ReleasePoint;
}

/**
 * The smallest k >= 0 such that k further steps meet (epsilon, delta), with the claim they prove; null where maxSteps are
 * not enough. k = 0 is a real answer: the noise of ordinary training has covered the record already.
 *
 * Source: docs/theory.md, "Noise at every step"; E falls as k grows, so k is found by doubling and bisection.
 * @throws DomainError E_DOMAIN
 */
export function stepsToUnlearn(options: StepsToUnlearnOptions): (Claim & { readonly steps: number }) | null {
  const { process, sigma, deleted, steps, epsilon, delta, maxSteps = 2 ** 40, releaseAt = "step" } = options;
  requireNumber("sigma", sigma, { min: 0 });
  requireNumber("steps", steps, { min: 0, integer: true });
  requireNumber("maxSteps", maxSteps, { min: 0, integer: true });
  const largestEnergy = energyFromMu(process, sigma, muFromEpsilonDelta(epsilon, delta));
  const unit = releaseAt === "epoch" ? process.batchCount : 1;
  const toEpochEnd =
    releaseAt === "epoch" ? (process.batchCount - (steps % process.batchCount)) % process.batchCount : 0;
  const stepsAt = (count: number): number => toEpochEnd + count * unit;
  const mostUnits = Math.floor((maxSteps - toEpochEnd) / unit);
  if (mostUnits < 0) return null;
  const energyAfter = certifiedEnergyAfter(process, deleted, steps);
  const meets = (count: number): boolean => energyAfter(stepsAt(count)) <= largestEnergy;
  const units = smallestInteger(meets, 0, mostUnits);
  if (units === null) return null;
  const energy = energyAfter(stepsAt(units));
  return Object.freeze({ steps: stepsAt(units), ...claimFromEnergy(process, sigma, energy, delta) });
}

/** The energy that just meets mu at a noise level; the inverse of `muFromEnergy`, rounded down. */
function energyFromMu(process: ProcessConstants, sigma: number, mu: number): number {
  const std = noiseStdFromSigma(process, sigma);
  return (mu * std) ** 2 * (1 - 1e-14);
}

/** Smallest noise level whose claim meets the target at a given energy: sqrt(E / (2 eta)) / mu, rounded up. */
export function sigmaFromEnergy(process: ProcessConstants, energy: number, target: Target): number {
  const mu = muFromEpsilonDelta(target.epsilon, target.delta);
  return (Math.sqrt(energy / (2 * process.eta)) / mu) * (1 + 1e-13);
}

/** Which slots a planned request deletes, relative to where the process stands: a batch number, or by how lately it was visited. */
export type SlotChoice = number | "worst" | "best" | "mean";

/**
 * The deleted slots of one planned request of `records` records that arrives after `steps` steps. `worst`: those visited last
 * (no other choice has a larger energy, because every visit comes later); `best`: those visited longest ago.
 */
export function placeRequest(
  process: ProcessConstants,
  steps: number,
  records: number,
  slot: number | "worst" | "best",
): readonly DeletedSlots[] {
  requireNumber("records", records, { min: 1, max: process.rowCount, integer: true });
  const { batchCount, batchSize } = process;
  const groups: DeletedSlots[] = [];
  let left = records;
  for (let i = 0; left > 0; i++) {
    const batch = positive(firstBatch(process, steps, slot) + (slot === "worst" ? -i : i), batchCount);
    const count = Math.min(left, batchSize);
    groups.push({ batch, count, through: steps });
    left -= count;
  }
  return groups;
}

export function firstBatch(
  process: ProcessConstants,
  steps: number,
  slot: number | "worst" | "best",
): number {
  if (slot === "worst") return steps - 1;
  if (slot === "best") return steps;
  requireNumber("slot", slot, { min: 0, max: process.batchCount - 1, integer: true });
  return slot;
}

export function positive(value: number, period: number): number {
  return ((value % period) + period) % period;
}

export interface CalibrateSigmaOptions extends Target {
  readonly process: ProcessConstants;
  /** T: epochs of learning before the first request. */
  readonly epochs: number;
  /** k: steps that each request may take. */
  readonly unlearnSteps: number;
  /** How many requests, one after another, must be met; default 1. */
  readonly requests?: number;
  /** Records in each; default 1. */
  readonly records?: number;
  /** Default "worst". "mean" averages the energy over the slots: a planning figure that certifies nothing. */
  readonly slot?: SlotChoice;
}

/**
 * The least noise level at which every one of the planned requests is certified within its steps. Closed form, since E does
 * not depend on sigma.
 *
 * Source: docs/theory.md, "Noise at every step".
 * @throws DomainError E_DOMAIN
 */
export function calibrateSigma(options: CalibrateSigmaOptions): Claim & { readonly sigma: number } {
  const { process, epsilon, delta } = options;
  const energy = plannedEnergy(options);
  const sigma = sigmaFromEnergy(process, energy, { epsilon, delta });
  return Object.freeze({ sigma, ...claimFromEnergy(process, sigma, energy, delta) });
}

/** The largest energy over the planned requests, each given its steps. */
function plannedEnergy(options: CalibrateSigmaOptions): number {
  const { process, epochs, unlearnSteps, slot = "worst" } = options;
  if (slot === "mean") return meanOverSlots(process, (batch) => plannedEnergy({ ...options, slot: batch }));
  const energies = plannedEnergies({ ...options, slot });
  let steps = epochs * process.batchCount;
  return energies.reduce((largest, energy) => {
    steps += unlearnSteps;
    return Math.max(largest, withRounding(process, energy, steps));
  }, 0);
}

type SpacedRequests = Omit<CalibrateSigmaOptions, "epsilon" | "delta" | "slot"> & {
  readonly slot: number | "worst" | "best";
};

/** What was computed last for a process: a plan asks once for its noise, and once for what it proves. */
const computed = new WeakMap<ProcessConstants, { readonly key: string; readonly energies: Float64Array }>();

/**
 * The energy of each of a sequence of requests spaced alike, at noise 1 and without what rounding adds. Once the sequence repeats itself so do they.
 *
 * @throws DomainError E_DOMAIN
 */
export function plannedEnergies(options: SpacedRequests): Float64Array {
  const { process, epochs, unlearnSteps, requests = 1, records = 1, slot } = options;
  requireNumber("epochs", epochs, { min: 0, integer: true });
  requireNumber("unlearnSteps", unlearnSteps, { min: 0, integer: true });
  requireNumber("requests", requests, { min: 1, integer: true });
  const key = [epochs, unlearnSteps, requests, records, slot].join();
  const found = computed.get(process);
  if (found?.key === key) return found.energies;
  const energies = new Float64Array(requests);
  const planned = new PlannedHistory(
    process,
    requests * records,
    slot === "worst" || slot === "best" ? 1 : process.batchCount,
  );
  let steps = epochs * process.batchCount;
  for (let request = 0; request < requests; request++) {
    const history = planned.add(placeRequest(process, steps, records, slot), steps);
    const period = planned.period(steps);
    if (period !== null) {
      for (let later = request; later < requests; later++) energies[later] = energies[later - period]!;
      break;
    }
    steps += unlearnSteps;
    energies[request] = new HistoryBound(planned.process, "every-step", history).energyAfter(steps);
  }
  computed.set(process, { key, energies });
  return energies;
}

/** The average of a figure over the slots of a cycle; exact up to 512 batches, over 512 evenly spread ones beyond. */
export function meanOverSlots(process: ProcessConstants, figure: (batch: number) => number): number {
  const count = Math.min(process.batchCount, 512);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += figure(Math.floor((i * process.batchCount) / count));
  return sum / count;
}
