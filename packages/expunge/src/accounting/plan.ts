import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";
import * as paper from "./paper.js";
import { calibrateSigmaForDisclosure, type PlannedDisclosure, plannedDisclosure } from "./plan-releases.js";
import {
  type PlanOptions,
  type PlanRequest,
  requestsFromSigma,
  requestsFromSteps,
  unreachable,
} from "./plan-requests.js";
import { privacyOfLearning } from "./privacy-of-learning.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "./process.js";
import { calibrateSigma, type SlotChoice, type Target } from "./unlearning.js";

export type { PlanOptions } from "./plan-requests.js";

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
  /** Of everything released, for any `records` records (timeline only). */
  readonly disclosure: PlannedDisclosure | null;
}

/**
 * Chooses the noise level for a budget of steps, or the steps for a noise level, and says what follows. The requests are deletions from a model that learns
 * no more once it is trained. Lessons and corrections change what requests take; a model's `preview` says what one takes as it stands.
 *
 * Source: docs/theory.md, "Noise at every step" and "The paper's accountant".
 * @throws DomainError E_DOMAIN, naming the field
 */
export function planUnlearning(options: PlanOptions): Plan {
  if ((options.sigma === undefined) === (options.unlearnSteps === undefined)) {
    throw new DomainError("sigma", options.sigma, "or unlearnSteps to be given, not both and not neither");
  }
  requireNumber("epochs", options.epochs, { min: 1, integer: true });
  requireNumber("requests", options.requests ?? 1, { min: 1, integer: true });
  if (options.adaptiveEpsilon !== undefined)
    requireNumber("adaptiveEpsilon", options.adaptiveEpsilon, { min: 0, openMin: true });
  if (options.sigma !== undefined) requireNumber("sigma", options.sigma, { min: 0, openMin: true });
  const process = processConstants(options);
  if (options.accountant === "paper" && options.adaptiveEpsilon !== undefined)
    throw new DomainError("adaptiveEpsilon", options.adaptiveEpsilon, "only with the timeline accountant");
  return options.accountant === "paper"
    ? planWithPaper(options, process)
    : planWithTimeline(options, process);
}

function planWithTimeline(options: PlanOptions, process: ProcessConstants): Plan {
  const { delta, epochs, records = 1 } = options;
  const sigma = options.sigma ?? sigmaFor(options, process);
  const planned =
    options.unlearnSteps === undefined
      ? requestsFromSigma(options, process, sigma)
      : requestsFromSteps(options, process, sigma, options.unlearnSteps);
  const first = epochs * process.batchCount;
  const learning = privacyOfLearning({ process, sigma, steps: first, delta });
  const disclosure = plannedDisclosure({
    process,
    sigma,
    delta,
    records,
    releases: [first, ...planned.map(({ totalSteps }) => Math.ceil(totalSteps))],
    adaptiveEpsilon: options.adaptiveEpsilon ?? null,
  });
  return assemble(options, process, sigma, planned, {
    learning: { mu: learning.mu, epsilon: learning.epsilon },
    disclosure,
  });
}

/** The noise for a budget of steps, raised where everything released has a limit too. */
function sigmaFor(options: PlanOptions, process: ProcessConstants): number {
  const { epsilon, delta, epochs, requests = 1, records = 1, slot = "worst", adaptiveEpsilon } = options;
  const planned = { process, epochs, requests, records, unlearnSteps: options.unlearnSteps as number };
  const { sigma } = calibrateSigma({ ...planned, epsilon, delta, slot });
  if (adaptiveEpsilon === undefined) return sigma;
  const limit = { epsilon: adaptiveEpsilon, delta };
  return Math.max(sigma, calibrateSigmaForDisclosure({ ...planned, limit }));
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
  return assemble(options, process, sigma, planned, {
    learning: null,
    disclosure: null,
  });
}

function assemble(
  options: PlanOptions,
  process: ProcessConstants,
  sigma: number,
  planned: readonly PlanRequest[],
  rest: Pick<Plan, "learning" | "disclosure">,
): Plan {
  const { epsilon, delta, epochs, requests = 1, slot = "worst", accountant = "timeline" } = options;
  // There is at least one: every accountant refuses other numbers of requests.
  const first = planned[0] as PlanRequest;
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
    steps: first.steps,
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
