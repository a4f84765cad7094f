import { calibrateSigmaForDisclosure } from "../accounting/plan-releases.js";
import { noiseStdFromSigma } from "../accounting/process.js";
import { calibrateSigmaForSequence } from "../accounting/sequence.js";
import { tailDelta } from "../accounting/tails.js";
import { ExpungeError, wordedError } from "../errors.js";
import type { DisclosureLimit, PlannedNoise, TrainingPlan } from "../records/training-plan.js";
import { FIT_OPTIONS } from "./fit-option-table.js";
import { requireFitOption } from "./option-checks.js";

/** What the noise of every step must be enough for. */
export interface NoiseDemand {
  readonly sigma?: number;
  readonly unlearnSteps?: number;
  readonly requests?: number;
  readonly rowsPerRequest?: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly epochs: number;
  readonly limit: DisclosureLimit | null;
}

interface Noised {
  readonly process: TrainingPlan["process"];
  readonly noise: Extract<PlannedNoise, { kind: "every-step" }>;
}

const MAX_ROUNDS = 20;

/** Noise of one step beyond this would overflow float32 sooner or later. */
const MAX_NOISE_STD = 1e30;

/**
 * The noise of every step, and the process with the rounding that goes with it. Noise covers rounding, and rounding grows with the noise: the noise
 * is calibrated against the rounding of a little more noise than it comes to.
 *
 * @param processOf the process whose steps have noise of a standard deviation
 * @throws ExpungeError E_OPTION where no noise is enough
 */
export function noisedProcess(
  processOf: (noiseStd: number) => TrainingPlan["process"],
  demand: NoiseDemand,
): Noised {
  if (demand.sigma !== undefined && demand.unlearnSteps !== undefined)
    throw wordedError(
      "E_OPTION",
      ({ field }) =>
        `Give ${field("sigma")} or ${field("unlearnSteps")}, not both: each follows from the other.`,
    );
  if (demand.sigma !== undefined) return noisedWith(processOf, demand.sigma);
  let assumed = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const sigma = sigmaFor(processOf(assumed), demand);
    const std = stdOf(processOf(0), sigma);
    if (std <= assumed) return noisedWith(processOf, sigma);
    assumed = 1.05 * std;
  }
  throw wordedError(
    "E_OPTION",
    ({ field }) =>
      `Expected ${field("epsilon")} = ${demand.epsilon} to be larger: the noise that it takes is rounded too coarsely. Allow more steps, or take a radius.`,
  );
}

function noisedWith(processOf: (noiseStd: number) => TrainingPlan["process"], sigma: number): Noised {
  const std = stdOf(processOf(0), sigma);
  return { process: processOf(std), noise: Object.freeze({ kind: "every-step", sigma, std }) };
}

function stdOf(process: TrainingPlan["process"], sigma: number): number {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw wordedError(
      "E_OPTION",
      ({ field }) =>
        `Expected ${field("sigma")} = ${sigma} in (0, inf): without noise nothing can be certified.`,
    );
  const std = noiseStdFromSigma(process, sigma);
  if (std <= MAX_NOISE_STD) return std;
  throw new ExpungeError(
    "E_OPTION",
    `Expected noise per step sqrt(2 eta) sigma = ${std.toPrecision(3)} to be at most ${MAX_NOISE_STD}: allow more steps, or less privacy.`,
  );
}

function sigmaFor(process: TrainingPlan["process"], demand: NoiseDemand): number {
  const { epsilon, epochs, limit } = demand;
  const { requests = FIT_OPTIONS.requests.usual, rowsPerRequest = FIT_OPTIONS.rowsPerRequest.usual } = demand;
  const { unlearnSteps = process.batchCount } = demand;
  requireFitOption("requests", requests);
  requireFitOption("rowsPerRequest", rowsPerRequest);
  requireFitOption("unlearnSteps", unlearnSteps);
  const steps = epochs * process.batchCount + requests * unlearnSteps;
  const noise = { kind: "every-step", std: 1 } as const;
  const lost = tailDelta(
    process,
    { noise, steps, releaseCount: requests + 1 },
    Math.max(epsilon, limit?.epsilon ?? 0),
  );
  const delta = demand.delta - lost;
  if (!(delta > 0))
    throw wordedError(
      "E_OPTION",
      ({ field }) =>
        `Expected ${field("delta")} = ${demand.delta} to be larger than the noise's tails, ${lost}.`,
    );
  const planned = { process, epochs, unlearnSteps, requests, records: rowsPerRequest };
  const sigma = calibrateSigmaForSequence({ ...planned, epsilon, delta, slot: "worst" });
  if (limit === null) return sigma;
  const within = {
    ...planned,
    records: limit.records,
    limit: { epsilon: limit.epsilon, delta: limit.delta * (1 - 2 ** -9) },
  };
  return Math.max(sigma, calibrateSigmaForDisclosure(within));
}
