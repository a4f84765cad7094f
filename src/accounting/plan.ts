import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";
import * as paper from "./paper.js";
import {
  noiseStdFromSigma,
  type ProcessConstants,
  type ProcessOptions,
  processConstants,
} from "./process.js";
import { planSequence } from "./sequence.js";
import {
  type Claim,
  calibrateSigma,
  claimFromEnergy,
  jointEnergy,
  meanOverSlots,
  placeRequest,
  privacyOfLearning,
  type SlotChoice,
  stepsToUnlearn,
  type Target,
} from "./unlearning.js";
import { certifiedEnergy, type DeletedSlots } from "./visits.js";

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
  readonly releaseAt?: "step" | "epoch";
  /** `timeline` (the default) or, for comparison, `paper`. */
  readonly accountant?: "timeline" | "paper";
}

export interface PlanRequest {
  readonly request: number;
  readonly steps: number;
  readonly totalSteps: number;
  readonly epsilon: number;
  readonly mu: number | null;
  readonly energy: number | null;
}

/** What a process will cost and prove. Steps are gradient steps of b records; an epoch is batchCount steps. */
export interface Plan {
  readonly accountant: "timeline" | "paper";
  readonly target: Target;
  readonly sigma: number;
  readonly noiseStd: number;
  /** Steps of the first request (its average over the slots where slot is "mean"). */
  readonly steps: number;
  /** The claim for the costliest request; mu and energy are null for the paper's accountant. */
  readonly mu: number | null;
  readonly epsilon: number;
  readonly delta: number;
  readonly energy: number | null;
  readonly contraction: number;
  readonly eta: number;
  readonly smoothness: number;
  readonly strongConvexity: number;
  readonly lipschitz: number;
  readonly sensitivity: number;
  readonly batchCount: number;
  readonly slot: SlotChoice;
  readonly requests: readonly PlanRequest[];
  readonly totals: { readonly steps: number; readonly epochs: number; readonly gradientEvaluations: number };
  readonly retraining: {
    readonly stepsPerRequest: number;
    readonly totalSteps: number;
    readonly gradientEvaluations: number;
    /** Retraining's steps over ours; null where ours are none. */
    readonly ratio: number | null;
  };
  /** Differential privacy of the trained model for a record still in use (timeline only). */
  readonly learning: { readonly mu: number; readonly epsilon: number } | null;
  /** The claim against someone who has seen the trained model and the model after every request (timeline only). */
  readonly allReleasesSeen: { readonly mu: number; readonly epsilon: number } | null;
}

/**
 * Chooses the noise level for a budget of steps, or the steps for a noise level, and says what follows.
 *
 * Source: theory.md sections 3 and 4.
 * @throws DomainError E_DOMAIN, naming the field
 */
export function planUnlearning(options: PlanOptions): Plan {
  if ((options.sigma === undefined) === (options.unlearnSteps === undefined)) {
    throw new DomainError("sigma", options.sigma, "or unlearnSteps to be given, not both and not neither");
  }
  requireNumber("epochs", options.epochs, { min: 1, integer: true });
  if (options.sigma !== undefined) requireNumber("sigma", options.sigma, { min: 0, openMin: true });
  const process = processConstants(options);
  return options.accountant === "paper"
    ? planWithPaper(options, process)
    : planWithTimeline(options, process);
}

function planWithTimeline(options: PlanOptions, process: ProcessConstants): Plan {
  const { epsilon, delta, epochs, requests = 1, records = 1, slot = "worst" } = options;
  const shared = { process, epsilon, delta, epochs, requests, records, slot };
  const sigma =
    options.sigma ?? calibrateSigma({ ...shared, unlearnSteps: options.unlearnSteps as number }).sigma;
  const planned =
    options.unlearnSteps === undefined
      ? requestsFromSigma(options, process, sigma)
      : requestsFromSteps(options, process, sigma, options.unlearnSteps);
  const first = epochs * process.batchCount;
  const learning = privacyOfLearning({ process, sigma, steps: first, delta });
  return assemble(options, process, sigma, planned, {
    learning: { mu: learning.mu, epsilon: learning.epsilon },
    allReleasesSeen: slot === "mean" ? null : seenClaim(options, process, sigma, planned),
  });
}

function requestsFromSigma(options: PlanOptions, process: ProcessConstants, sigma: number): PlanRequest[] {
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

function requestsFromSteps(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
  unlearnSteps: number,
): PlanRequest[] {
  const { delta, epochs, requests = 1, records = 1, slot = "worst" } = options;
  const deleted: DeletedSlots[] = [];
  let steps = epochs * process.batchCount;
  return Array.from({ length: requests }, (_, i) => {
    const energyAt = (choice: number | "worst" | "best"): number =>
      certifiedEnergy(
        process,
        [...deleted, ...placeRequest(process, steps, records, choice)],
        steps + unlearnSteps,
      );
    const energy = slot === "mean" ? meanOverSlots(process, energyAt) : energyAt(slot);
    if (slot !== "mean") deleted.push(...placeRequest(process, steps, records, slot));
    steps += unlearnSteps;
    const claim = claimFromEnergy(process, sigma, energy, delta);
    return {
      request: i + 1,
      steps: unlearnSteps,
      totalSteps: steps,
      epsilon: claim.epsilon,
      mu: claim.mu,
      energy,
    };
  });
}

function unreachable(sigma: number): DomainError {
  return new DomainError("sigma", sigma, "large enough to certify the request within 2^40 steps");
}

/** The joint claim over the trained model and every model after a request. */
function seenClaim(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
  planned: readonly PlanRequest[],
): { readonly mu: number; readonly epsilon: number } {
  const { records = 1, slot = "worst", delta, epochs } = options;
  const deleted: DeletedSlots[] = [];
  let steps = epochs * process.batchCount;
  const releases = [steps];
  for (const { totalSteps } of planned) {
    deleted.push(...placeRequest(process, steps, records, slot as number | "worst" | "best"));
    steps = totalSteps;
    releases.push(steps);
  }
  const { mu, epsilon } = claimFromEnergy(process, sigma, jointEnergy({ process, deleted, releases }), delta);
  return { mu, epsilon };
}

function planWithPaper(options: PlanOptions, process: ProcessConstants): Plan {
  const { epsilon, delta, epochs, requests = 1, records = 1, slot = "worst" } = options;
  const order = slot === "mean" ? "random" : slot === "best" ? 0 : slot;
  const shared = { process, delta, records, order } as const;
  const first = epochs * process.batchCount;
  let sigma = options.sigma;
  let epochList: readonly number[];
  if (sigma === undefined) {
    const unlearnEpochs = Math.floor((options.unlearnSteps as number) / process.batchCount);
    requireNumber("unlearnSteps / batchCount", unlearnEpochs, { min: 1 });
    if (requests > 1)
      throw new DomainError("requests", requests, "to be 1 for the paper's accountant without sigma");
    sigma = paper.calibrateSigma({ ...shared, epsilon, unlearnEpochs });
    epochList = [unlearnEpochs];
  } else {
    const one = requests === 1 ? paper.epochsToUnlearn({ ...shared, sigma, epsilon }) : null;
    epochList =
      one === null ? paper.sequentialEpochs({ process, sigma, epsilon, delta, requests, records }) : [one];
    if (epochList.length < requests) throw unreachable(sigma);
  }
  let totalSteps = first;
  const planned = epochList.map((unlearnEpochs, i) => {
    const steps = unlearnEpochs * process.batchCount;
    totalSteps += steps;
    const proved = i === 0 ? paper.epsilon({ ...shared, sigma: sigma as number, unlearnEpochs }) : epsilon;
    return { request: i + 1, steps, totalSteps, epsilon: proved, mu: null, energy: null };
  });
  return assemble(options, process, sigma, planned, { learning: null, allReleasesSeen: null });
}

function assemble(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
  planned: readonly PlanRequest[],
  rest: Pick<Plan, "learning" | "allReleasesSeen">,
): Plan {
  const { epsilon, delta, epochs, requests = 1, slot = "worst", accountant = "timeline" } = options;
  const worst = planned.reduce((a, b) => (b.epsilon > a.epsilon ? b : a));
  const steps = planned.reduce((sum, request) => sum + request.steps, 0);
  const stepsPerRequest = epochs * process.batchCount;
  const { contraction, eta, smoothness, strongConvexity, lipschitz, sensitivity, batchCount, batchSize } =
    process;
  return Object.freeze({
    accountant,
    target: { epsilon, delta },
    sigma,
    noiseStd: noiseStdFromSigma(process, sigma),
    steps: planned[0].steps,
    mu: worst.mu,
    epsilon: worst.epsilon,
    delta,
    energy: worst.energy,
    contraction,
    eta,
    smoothness,
    strongConvexity,
    lipschitz,
    sensitivity,
    batchCount,
    slot,
    requests: planned,
    totals: { steps, epochs: steps / batchCount, gradientEvaluations: steps * batchSize },
    retraining: {
      stepsPerRequest,
      totalSteps: stepsPerRequest * requests,
      gradientEvaluations: stepsPerRequest * requests * batchSize,
      ratio: steps > 0 ? (stepsPerRequest * requests) / steps : null,
    },
    ...rest,
  });
}
