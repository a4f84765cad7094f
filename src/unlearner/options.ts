import {
  type Deletion,
  noiseStdFromSigma,
  type ProcessOptions,
  processConstants,
} from "../accounting/process.js";
import { calibrateSigmaForSequence } from "../accounting/sequence.js";
import { calibrateSigmaForTranscript } from "../accounting/transcript.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { requireWithinBudget } from "./budget.js";
import { defaultWeightNorm, LEARNED_NORM } from "./weight-norm.js";

/** What a plan must know of the data; nothing of any row. */
export type Planned = Pick<Dataset, "rowCount" | "featureCount" | "task" | "labelNames">;

const MOST_ROUNDS = 10;

/** Far beyond anything that still says something; claims beyond it might overflow. */
const MOST_EPSILON = 1e4;

/** Noise of one step beyond this would overflow float32 sooner or later. */
const LARGEST_NOISE_STD = 1e30;

/** Below this the tails of the noise itself (they end at 9.4 standard deviations) would have to be counted in. */
export const LEAST_DELTA = 1e-10;

/** How a model is to be trained, in the user's words. */
export interface FitOptions {
  /** "logistic", "softmax" (class count from the data), "smoothedHinge", "huberRegression", or a full description. */
  readonly objective?: ObjectiveSpec | ObjectiveSpec["kind"];
  /** The epsilon that every deletion request must meet, in nats. */
  readonly epsilon: number;
  /** The delta that goes with it, in (0, 1); well below 1 / rows. */
  readonly delta: number;
  /** Noise level. Give this, or `unlearnSteps`, or neither: then one epoch per request. */
  readonly sigma?: number;
  /** Steps that one request may take; the noise is chosen to make that enough. */
  readonly unlearnSteps?: number;
  /** How many requests, one after another, the noise must be enough for (with `unlearnSteps`). Default 100. */
  readonly requests?: number;
  /** Rows that one request removes, in planning (with `unlearnSteps`). Default 1. */
  readonly rowsPerRequest?: number;
  /**
   * What everything ever released of the model may reveal of any one person (`rowsPerRequest` rows), in nats at `delta`, for requests that may
   * have been chosen after seeing a model. The noise is raised to keep `requests` releases within it; what would go beyond is refused.
   * Default: no such limit; certificates then state what it came to.
   */
  readonly adaptiveEpsilon?: number;
  /** Default: the smaller of 128 and the row count. */
  readonly batchSize?: number;
  /** Default 20. */
  readonly epochs?: number;
  /** Regularisation lambda per batch loss; default 0.01. Zero trains, but then only noise and the ball forget. */
  readonly l2?: number;
  /** Step size; default 1 / L, at most 2 / (L + m). */
  readonly eta?: number;
  /** Clip each record's gradient to this norm; default: the objective's own bound, which never bites. */
  readonly clip?: number;
  /** Radius of the projection ball; default none. */
  readonly radius?: number;
  /** Default "tombstone". */
  readonly deletion?: Deletion;
  /**
   * Norm that the weights are reckoned to stay within, for the rounding of steps; default 16, or twice what the noise alone comes to, or the
   * radius where that is smaller. It must not be chosen by looking at the weights. Weights beyond it are scaled back to it when they are released.
   */
  readonly weightNorm?: number;
  /** Where models may be released: after any step (default) or at epoch ends. */
  readonly releaseAt?: "step" | "epoch";
  /** Steps that a request may take before it is refused; default: what retraining from scratch takes. */
  readonly maxSteps?: number;
  /** For experiments: fixes batch order and noise. Certificates then say that they do not certify. */
  readonly seed?: string | number;
  /** Default "wasm-simd". */
  readonly kernel?: "reference" | "wasm-simd";
}

/** Every option of `fit`, for callers that pass on what they were given. */
export const FIT_OPTION_NAMES = [
  "objective",
  "epsilon",
  "delta",
  "sigma",
  "unlearnSteps",
  "requests",
  "rowsPerRequest",
  "adaptiveEpsilon",
  "batchSize",
  "epochs",
  "l2",
  "eta",
  "clip",
  "radius",
  "weightNorm",
  "deletion",
  "releaseAt",
  "maxSteps",
  "seed",
  "kernel",
] as const satisfies readonly (keyof FitOptions)[];

/**
 * Turns options into the frozen plan of a training process; every assumption of the theory that concerns numbers is checked here.
 *
 * @throws ExpungeError E_OPTION, E_ASSUMPTION; DomainError E_DOMAIN
 */
export function makeTrainingPlan(dataset: Planned, options: FitOptions): TrainingPlan {
  for (const key of Object.keys(options)) {
    if (!(FIT_OPTION_NAMES as readonly string[]).includes(key))
      throw new ExpungeError("E_OPTION", `Unknown option ${key}. Known: ${FIT_OPTION_NAMES.join(", ")}.`);
  }
  if (options.sigma !== undefined && options.unlearnSteps !== undefined) {
    throw new ExpungeError("E_OPTION", "Give sigma or unlearnSteps, not both: each follows from the other.");
  }
  const spec = objectiveSpecFor(dataset, options.objective);
  const objective = objectiveFrom(spec);
  if (objective.task !== dataset.task) {
    throw new ExpungeError(
      "E_OPTION",
      `Objective ${spec.kind} is for ${objective.task} labels, but the data set's labels are ${dataset.task}.`,
    );
  }
  const lipschitz = lipschitzFor(objective, options.clip);
  const { epsilon, delta, epochs = 20, l2 = 0.01, releaseAt = "step", kernel = "wasm-simd" } = options;
  requireChoice("kernel", kernel, ["reference", "wasm-simd"]);
  const constants: ProcessOptions = {
    rowCount: dataset.rowCount,
    batchSize: options.batchSize ?? Math.min(128, dataset.rowCount),
    l2,
    smoothness: objective.smoothness,
    lipschitz,
    ...(options.eta === undefined ? {} : { eta: options.eta }),
    ...(options.radius === undefined ? {} : { radius: options.radius }),
    ...(options.deletion === undefined ? {} : { deletion: options.deletion }),
  };
  requirePositiveInteger("epochs", epochs);
  requireChoice("releaseAt", releaseAt, ["step", "epoch"]);
  requireDelta(delta);
  if (!(epsilon >= 0 && epsilon <= MOST_EPSILON))
    throw new ExpungeError("E_OPTION", `Expected epsilon = ${String(epsilon)} in [0, ${MOST_EPSILON}].`);
  const budget = budgetOf(options, dataset.rowCount);
  const noised = noiseFor(options, constants, budget, dataset.featureCount * objective.outputCount);
  const { process, sigma, weightNorm } = noised;
  const maxSteps = options.maxSteps ?? epochs * process.batchCount;
  requirePositiveInteger("maxSteps", maxSteps);
  requireWithinBudget({ process, sigma, budget, target: { epsilon, delta } }, [epochs * process.batchCount]);
  return Object.freeze({
    version: 1,
    objective: spec,
    process,
    featureCount: dataset.featureCount,
    outputCount: objective.outputCount,
    epochs,
    sigma,
    target: Object.freeze({ epsilon, delta }),
    budget,
    releaseAt,
    maxSteps,
    seed: options.seed === undefined ? null : String(options.seed),
    kernel,
    weightNorm,
  });
}

export function precisionOf(kernel: TrainingPlan["kernel"]): "float32" | "float64" {
  return kernel === "wasm-simd" ? "float32" : "float64";
}

/** @throws ExpungeError E_OPTION */
export function requireDelta(delta: number): void {
  if (delta >= LEAST_DELTA && delta < 1) return;
  throw new ExpungeError("E_OPTION", `Expected delta = ${delta} in [${LEAST_DELTA}, 1).`);
}

function objectiveSpecFor(dataset: Planned, objective: FitOptions["objective"]): ObjectiveSpec {
  if (typeof objective === "object") return objective;
  const kind =
    objective ??
    { binary: "logistic" as const, multiclass: "softmax" as const, regression: "huberRegression" as const }[
      dataset.task
    ];
  if (kind === "logistic") return { kind };
  if (kind === "softmax") return { kind, classCount: dataset.labelNames.length };
  if (kind === "smoothedHinge") return { kind, width: 0.5 };
  if (kind === "huberRegression") return { kind, threshold: 1 };
  throw new ExpungeError(
    "E_OPTION",
    `Unknown objective ${String(kind)}. Known: logistic, softmax, smoothedHinge, huberRegression.`,
  );
}

function lipschitzFor(objective: ReturnType<typeof objectiveFrom>, clip: number | undefined): number {
  if (clip === undefined || clip === objective.lipschitz) return objective.lipschitz;
  if (!(clip > 0))
    throw new ExpungeError("E_OPTION", `Expected clip = ${clip} in (0, ${objective.lipschitz}].`);
  if (clip > objective.lipschitz) return objective.lipschitz;
  if (objective.clippable) return clip;
  throw new ExpungeError(
    "E_ASSUMPTION",
    `Expected clip = ${clip} to be at least ${objective.lipschitz} for ${objective.spec.kind}: a shorter clip is not the gradient of a convex function.`,
  );
}

interface Noised {
  readonly process: TrainingPlan["process"];
  readonly sigma: number;
  readonly weightNorm: number;
}

/** Noise covers rounding, rounding depends on the weights' norm, and that on the noise: mostly the first round is enough, or the second. */
function noiseFor(
  options: FitOptions,
  constants: ProcessOptions,
  budget: TrainingPlan["budget"],
  dimension: number,
): Noised {
  const { epochs = 20, kernel = "wasm-simd", radius = Number.POSITIVE_INFINITY } = options;
  let noised = noiseAt(options.weightNorm ?? Math.min(radius, LEARNED_NORM));
  if (options.weightNorm !== undefined) return noised;
  const steps = epochs * noised.process.batchCount;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const enough = defaultWeightNorm(noised.process, noised.sigma, steps, dimension);
    if (enough <= noised.weightNorm) return noised;
    // A tenth more, since the noise is raised with it.
    noised = noiseAt(Math.min(radius, 1.1 * enough));
  }
  throw new ExpungeError(
    "E_OPTION",
    `Expected epsilon = ${options.epsilon} to be larger: the noise that it takes is rounded too coarsely in ${precisionOf(kernel)}. Allow more steps, or take a radius.`,
  );

  function noiseAt(weightNorm: number): Noised {
    const process = processConstants({
      ...constants,
      rounding: { precision: precisionOf(kernel), weightNorm },
    });
    const sigma = options.sigma ?? sigmaFor(options, process, epochs, budget);
    const noiseStd = noiseStdFromSigma(process, requireSigma(sigma));
    if (noiseStd <= LARGEST_NOISE_STD) return { process, sigma, weightNorm };
    throw new ExpungeError(
      "E_OPTION",
      `Expected noise per step sqrt(2 eta) sigma = ${noiseStd.toPrecision(3)} to be at most ${LARGEST_NOISE_STD}: allow more steps, or less privacy.`,
    );
  }
}

function requireSigma(sigma: number): number {
  if (sigma > 0 && Number.isFinite(sigma)) return sigma;
  throw new ExpungeError(
    "E_OPTION",
    `Expected sigma = ${sigma} in (0, inf): without noise nothing can be certified.`,
  );
}

function sigmaFor(
  options: FitOptions,
  process: TrainingPlan["process"],
  epochs: number,
  budget: TrainingPlan["budget"],
): number {
  const { epsilon, delta, unlearnSteps = process.batchCount, requests = 100, rowsPerRequest = 1 } = options;
  requirePositiveInteger("requests", requests);
  const planned = { process, epochs, unlearnSteps, requests, records: rowsPerRequest };
  const sigma = calibrateSigmaForSequence({ ...planned, epsilon, delta, slot: "worst" });
  if (budget === null) return sigma;
  const { epsilon: most, records } = budget;
  return Math.max(
    sigma,
    calibrateSigmaForTranscript({ ...planned, records, budget: { epsilon: most, delta } }),
  );
}

function budgetOf(
  { adaptiveEpsilon, rowsPerRequest = 1 }: FitOptions,
  rowCount: number,
): TrainingPlan["budget"] {
  if (adaptiveEpsilon === undefined) return null;
  if (!(Number.isFinite(adaptiveEpsilon) && adaptiveEpsilon > 0))
    throw new ExpungeError("E_OPTION", `Expected adaptiveEpsilon = ${String(adaptiveEpsilon)} in (0, inf).`);
  requirePositiveInteger("rowsPerRequest", rowsPerRequest);
  return Object.freeze({ epsilon: adaptiveEpsilon, records: Math.min(rowsPerRequest, rowCount) });
}

function requirePositiveInteger(field: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ExpungeError("E_OPTION", `Expected ${field} = ${value} to be an integer of at least 1.`);
}

function requireChoice(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ExpungeError("E_OPTION", `Expected ${field} = ${value} to be one of ${choices.join(", ")}.`);
}
