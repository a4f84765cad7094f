import type { ReleasePoint } from "./choices.js";
import { requireNumber } from "./domain.js";
import { stepsWithNoise } from "./erasure.js";
import { epsilonFromMu, muFromEpsilonDelta } from "./gaussian.js";
import { PlannedHistory } from "./planned-history.js";
import { noiseStdFromSigma, type ProcessConstants } from "./process.js";
import {
  type CalibrateSigmaOptions,
  type Claim,
  calibrateSigma,
  placeRequest,
  type SlotChoice,
  type Target,
} from "./unlearning.js";
import type { DeletedSlots } from "./visits.js";

export interface SequenceOptions extends Target {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly epochs: number;
  readonly requests: number;
  readonly records?: number;
  /** "mean" draws slots at random from a fixed seed: a simulation of ordinary requests. */
  readonly slot?: SlotChoice;
  readonly releaseAt?: ReleasePoint;
  readonly maxSteps?: number;
  readonly seed?: number;
}

/** One planned request: how many further steps it takes and what they prove. */
export interface PlannedRequest extends Claim {
  readonly request: number;
  readonly steps: number;
  /** Steps run in all when it is done. */
  readonly totalSteps: number;
}

/**
 * The steps of each of a sequence of requests, every one certified together with all before it: one timeline, no triangle
 * inequality. Stops early (a shorter list) where maxSteps do not suffice.
 *
 * Source: docs/theory.md, "Noise at every step".
 * @throws DomainError E_DOMAIN
 */
export function planSequence(options: SequenceOptions): readonly PlannedRequest[] {
  const { process, sigma, epsilon, delta, requests, records = 1, slot = "worst", epochs } = options;
  requireNumber("requests", requests, { min: 1, integer: true });
  requireNumber("epochs", epochs, { min: 0, integer: true });
  const draw = randomBatches(options.seed ?? 1, process.batchCount);
  const std = noiseStdFromSigma(process, sigma);
  const mu = muFromEpsilonDelta(epsilon, delta);
  const { maxSteps = 2 ** 40, releaseAt = "step" } = options;
  const unit = releaseAt === "epoch" ? process.batchCount : 1;
  const alike = slot === "worst" || slot === "best" ? 1 : process.batchCount;
  const histories = new PlannedHistory(process, requests * records, Math.max(unit, alike));
  // From here on rounding adds the same at every step.
  const settled = (1 + process.contraction) / (1 - process.contraction);
  const planned: PlannedRequest[] = [];
  let steps = epochs * process.batchCount;
  for (let request = 1; request <= requests; request++) {
    const placed =
      slot === "mean" ? scatter(draw, records, steps) : placeRequest(process, steps, records, slot);
    const history = histories.add(placed, steps);
    const period = slot === "mean" || steps < settled ? null : histories.period(steps);
    if (period !== null) {
      repeat(planned, period, requests, steps);
      break;
    }
    const first = unit === 1 ? 0 : (unit - (steps % unit)) % unit;
    const answer = stepsWithNoise(histories.process, std, history, steps, { mu, maxSteps, unit, first });
    if (answer === null) break;
    steps += answer.steps;
    const energy = (answer.mu * std) ** 2;
    const claim = { energy, mu: answer.mu, epsilon: epsilonFromMu(answer.mu, delta), delta };
    planned.push(Object.freeze({ request, ...claim, steps: answer.steps, totalSteps: steps }));
  }
  return Object.freeze(planned);
}

/** Fills a plan up with the requests of its last period. */
function repeat(planned: PlannedRequest[], period: number, requests: number, stepsSoFar: number): void {
  let totalSteps = stepsSoFar;
  while (planned.length < requests) {
    const same = planned.at(-period) as PlannedRequest;
    totalSteps += same.steps;
    planned.push(Object.freeze({ ...same, request: planned.length + 1, totalSteps }));
  }
}

/**
 * Noise for a budget of steps per request, whether a request takes all of its steps or is done early and the next follows at once: the
 * closed form of `calibrateSigma`, raised by 1% at a time until a sequence of worst requests stays within the budget. Requests of other
 * shapes may still need a few steps more; their certificates count what was really run.
 *
 * @throws DomainError E_DOMAIN
 */
export function calibrateSigmaForSequence(
  options: CalibrateSigmaOptions & { readonly requests: number },
): number {
  const { process, epsilon, delta, epochs, requests, unlearnSteps, records = 1, slot = "worst" } = options;
  const shared = { process, epsilon, delta, epochs, requests, records, slot };
  let { sigma } = calibrateSigma(options);
  while (planSequence({ ...shared, sigma, maxSteps: unlearnSteps }).length < requests) sigma *= 1.01;
  return sigma;
}

function scatter(draw: () => number, records: number, steps: number): DeletedSlots[] {
  return Array.from({ length: records }, () => ({ batch: draw(), count: 1, through: steps }));
}

/** Batches drawn at random for planning (mulberry32): nothing secret hangs on them. */
function randomBatches(seed: number, batchCount: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * batchCount);
  };
}
