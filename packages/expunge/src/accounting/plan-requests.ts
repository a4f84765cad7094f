import { DomainError } from "../errors.js";
import type { ReleasePoint } from "./choices.js";
import { EMPTY_HISTORY, withDeleted } from "./history.js";
import { HistoryBound } from "./history-bound.js";
import type { ProcessConstants, ProcessOptions } from "./process.js";
import { planSequence } from "./sequence.js";
import {
  type Claim,
  claimFromEnergy,
  meanOverSlots,
  placeRequest,
  plannedEnergies,
  type SlotChoice,
  stepsToUnlearn,
  type Target,
} from "./unlearning.js";
import { withRounding } from "./visits.js";

export interface PlanOptions extends ProcessOptions, Target {
  /** T: epochs of learning before the first request. */
  readonly epochs: number;
  /** Noise level. Give either this or `unlearnSteps`. */
  readonly sigma?: number;
  /** Steps that each request may take. Give either this or `sigma`. */
  readonly unlearnSteps?: number;
  /** Requests, one after another; default 1. */
  readonly requests?: number;
  /** Records in each request; default 1. */
  readonly records?: number;
  /** Which slots are deleted; default "worst". */
  readonly slot?: SlotChoice;
  readonly releaseAt?: ReleasePoint;
  /** What everything released may reveal of any `records` records, in nats; with `unlearnSteps` the noise is raised to keep to it (timeline only). */
  readonly adaptiveEpsilon?: number;
  /** `timeline` (the default) or, for comparison, `paper`. */
  readonly accountant?: "timeline" | "paper";
}

/** One request of a plan with noise at every step; `epsilon` is in nats, at the plan's delta. */
export interface PlanRequest {
  readonly request: number;
  readonly steps: number;
  readonly totalSteps: number;
  readonly epsilon: number;
  readonly mu: number | null;
  readonly energy: number | null;
}

/** What each request takes at a noise level. @throws DomainError E_DOMAIN where no number of steps is enough */
export function requestsFromSigma(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
): PlanRequest[] {
  const { epsilon, delta, epochs, requests = 1, records = 1, slot = "worst", releaseAt = "step" } = options;
  if (slot === "mean" && requests === 1) {
    const steps = epochs * process.batchCount;
    const answers: Claim[] = [];
    const mean = meanOverSlots(process, (batch) => {
      const deleted = placeRequest(process, steps, records, batch);
      const answer = stepsToUnlearn({ process, sigma, epsilon, delta, deleted, steps, releaseAt });
      if (answer === null) throw unreachable(sigma);
      answers.push(answer);
      return answer.steps;
    });
    const worst = answers.reduce((a, b) => (b.energy > a.energy ? b : a));
    return [
      {
        request: 1,
        steps: mean,
        totalSteps: steps + mean,
        epsilon: worst.epsilon,
        mu: worst.mu,
        energy: worst.energy,
      },
    ];
  }
  const planned = planSequence({
    process,
    sigma,
    epsilon,
    delta,
    epochs,
    requests,
    records,
    slot,
    releaseAt,
  });
  if (planned.length < requests) throw unreachable(sigma);
  return planned.map(({ request, steps, totalSteps, epsilon: proved, mu, energy }) => ({
    request,
    steps,
    totalSteps,
    epsilon: proved,
    mu,
    energy,
  }));
}

/** What each request proves in a given number of steps. */
export function requestsFromSteps(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
  unlearnSteps: number,
): PlanRequest[] {
  const { delta, epochs, requests = 1, records = 1, slot = "worst" } = options;
  const learned = epochs * process.batchCount;
  const planned = { process, epochs, unlearnSteps, records };
  const energies =
    slot === "mean" ? meanEnergies(planned, requests) : plannedEnergies({ ...planned, requests, slot });
  let last: Claim | null = null;
  return Array.from(energies, (exact, i) => {
    const totalSteps = learned + (i + 1) * unlearnSteps;
    const energy = slot === "mean" ? exact : withRounding(process, exact, totalSteps);
    // Many requests cost the same.
    if (last?.energy !== energy) last = claimFromEnergy(process, sigma, energy, delta);
    return { request: i + 1, steps: unlearnSteps, totalSteps, epsilon: last.epsilon, mu: last.mu, energy };
  });
}

/** Of requests that each come first, averaged over the slots, with what rounding adds. */
function meanEnergies(
  planned: { process: ProcessConstants; epochs: number; unlearnSteps: number; records: number },
  requests: number,
): Float64Array {
  const { process, epochs, unlearnSteps, records } = planned;
  return Float64Array.from({ length: requests }, (_, i) => {
    const steps = epochs * process.batchCount + i * unlearnSteps;
    return meanOverSlots(process, (batch) => {
      const deleted = placeRequest(process, steps, records, batch);
      const history = withDeleted(process, "every-step", EMPTY_HISTORY, deleted, steps);
      const energy = new HistoryBound(process, "every-step", history).energyAfter(steps + unlearnSteps);
      return withRounding(process, energy, steps + unlearnSteps);
    });
  });
}

export function unreachable(sigma: number): DomainError {
  return new DomainError("sigma", sigma, "large enough to certify the request within 2^40 steps");
}
