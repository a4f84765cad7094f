import { NO_RELEASES } from "../accounting/disclosure.js";
import type { NoiseKind } from "../accounting/history.js";
import { type Deletion, type ProcessOptions, processConstants } from "../accounting/process.js";
import { type KernelName, roundingKind } from "../accounting/rounding.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import { objectiveFrom } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { DisclosureLimit, Requesters, TrainingPlan, TunedOn } from "../records/training-plan.js";
import { type ClassWeights, type Weighable, weighedLogOdds, weightingOf } from "./class-weights.js";
import { objectiveSpecFor } from "./default-objective.js";
import { DEFAULT_TARGET, defaultSettings } from "./defaults.js";
import { requireWithinLimit } from "./disclosure-limit.js";
import {
  lipschitzFor,
  MAX_EPSILON,
  MIN_DELTA,
  requireChoice,
  requireDelta,
  requirePositiveInteger,
} from "./option-checks.js";
import { noisedProcess } from "./planned-noise.js";
import { defaultRadius } from "./radius.js";

export { MIN_DELTA, requireDelta };

/** What a plan must know of the data; nothing of any row, but the number of rows of each label where weights are to balance them. */
export type Planned = Pick<Dataset, "rowCount" | "featureCount" | "logOdds"> & Weighable;

/** How a model is to be trained, in the user's words. Every one has a default. */
export interface FitOptions {
  /** "logistic", "softmax" (class count from the data), "smoothedHinge", "huberRegression", or a full description. */
  readonly objective?: ObjectiveSpec | ObjectiveSpec["kind"];
  /** The epsilon that every deletion request must meet, in nats; default 1. */
  readonly epsilon?: number;
  /** The delta that goes with it, in [1e-10, 1), well below 1 / rows; default 1e-5. */
  readonly delta?: number;
  /**
   * Against whom certificates hold. "independent" (default): people whose requests do not depend on what the model's releases show. "adaptive":
   * whoever asks, also after seeing releases; it needs `adaptiveEpsilon` and noise at every step.
   */
  readonly requesters?: Requesters;
  /** "on-release" (default for independent requesters) or "every-step" (the paper's, and the only one for adaptive requesters). */
  readonly noise?: NoiseKind;
  /** Most noise that a request may leave in the score of a row of norm 1, as a standard deviation; noise on release only. */
  readonly maxNoise?: number;
  /** Noise level; noise at every step only. Give this, or `unlearnSteps`, or neither: then one epoch per request. */
  readonly sigma?: number;
  /** Steps that one request may take; the noise of every step is chosen to make that enough. Noise at every step only. */
  readonly unlearnSteps?: number;
  /** How many requests, one after another, the noise must be enough for (with `unlearnSteps`); default 100. Noise at every step only. */
  readonly requests?: number;
  /** Rows that one request removes, in planning, and that `adaptiveEpsilon` is for; default 1. Noise at every step only. */
  readonly rowsPerRequest?: number;
  /**
   * What everything ever released of the model may reveal of any one person (`rowsPerRequest` rows), in nats at `delta`. The noise is raised to keep
   * `requests` releases within it; what would go beyond is refused. Adaptive requesters only.
   */
  readonly adaptiveEpsilon?: number;
  readonly batchSize?: number;
  readonly epochs?: number;
  /** Regularisation lambda per batch loss. Zero trains, but then only noise and the ball forget. */
  readonly l2?: number;
  /** Step size, at most 2 / (L + m). */
  readonly eta?: number;
  /** Clip each record's gradient to this norm; default: the objective's own bound, which never bites. */
  readonly clip?: number;
  /**
   * How much the rows of each label count: "balanced", so that all labels count alike, or numbers in (0, 1] by label. Balanced weights are computed
   * from the labels of the rows there are, and then stay as they are; certificates say so.
   */
  readonly classWeights?: ClassWeights;
  /** Radius of the ball that weights are projected on at every step; default: a little more than steps without noise can reach. */
  readonly radius?: number;
  /** Default "tombstone". */
  readonly deletion?: Deletion;
  /** Where models may be released: after any step (default) or at epoch ends. Noise at every step only. */
  readonly releaseAt?: "step" | "epoch";
  /** Steps that a request may take before it is refused; default: what retraining from scratch takes. */
  readonly maxSteps?: number;
  /** Says in certificates that options were chosen by trials, on data declared public or on the training data; `tune` sets it. */
  readonly tunedOn?: TunedOn;
  /** For experiments: fixes batch order and noise. Certificates then say that they do not certify. */
  readonly seed?: string | number;
  /** Default "float64". */
  readonly kernel?: KernelName;
}

/** Options that only noise at every step knows. */
const EVERY_STEP_ONLY = ["sigma", "unlearnSteps", "requests", "rowsPerRequest", "releaseAt"] as const;

/** Every option of `fit`, for callers that pass on what they were given. */
export const FIT_OPTION_NAMES = [
  "objective",
  "epsilon",
  "delta",
  "requesters",
  "noise",
  "maxNoise",
  ...EVERY_STEP_ONLY,
  "adaptiveEpsilon",
  "batchSize",
  "epochs",
  "l2",
  "eta",
  "clip",
  "classWeights",
  "radius",
  "deletion",
  "maxSteps",
  "tunedOn",
  "seed",
  "kernel",
] as const satisfies readonly (keyof FitOptions)[];

/**
 * Turns options into the frozen plan of a training process; every assumption of the theory that concerns numbers is checked here.
 *
 * @throws ExpungeError E_OPTION, E_ASSUMPTION, E_INFEASIBLE; DomainError E_DOMAIN
 */
export function makeTrainingPlan(dataset: Planned, options: FitOptions): TrainingPlan {
  for (const key of Object.keys(options)) {
    if (!(FIT_OPTION_NAMES as readonly string[]).includes(key))
      throw new ExpungeError("E_OPTION", `Unknown option ${key}. Known: ${FIT_OPTION_NAMES.join(", ")}.`);
  }
  const { requesters, noise: noiseKind } = policyOf(options);
  const weighting = weightingOf(dataset, options.classWeights);
  const spec = objectiveSpecFor(
    { ...dataset, logOdds: weighedLogOdds(dataset, weighting) },
    options.objective,
  );
  const objective = objectiveFrom(spec);
  if (objective.task !== dataset.task) {
    throw new ExpungeError(
      "E_OPTION",
      `Objective ${spec.kind} is for ${objective.task} labels, but the data set's labels are ${dataset.task}.`,
    );
  }
  const { featureCount } = dataset;
  const { outputCount } = objective;
  const { epsilon, delta } = {
    ...DEFAULT_TARGET,
    ...given({ epsilon: options.epsilon, delta: options.delta }),
  };
  requireDelta(delta);
  if (!(epsilon >= 0 && epsilon <= MAX_EPSILON))
    throw new ExpungeError("E_OPTION", `Expected epsilon = ${String(epsilon)} in [0, ${MAX_EPSILON}].`);
  const lipschitz = lipschitzFor(objective, options.clip);
  const defaults = defaultSettings({
    rowCount: dataset.rowCount,
    featureCount,
    outputCount,
    task: dataset.task,
    lipschitz,
    recordSmoothness: objective.smoothness,
    noise: noiseKind,
    target: { epsilon, delta },
  });
  const { epochs = defaults.epochs, releaseAt = "step", kernel = "float64", tunedOn } = options;
  requireChoice("kernel", kernel, ["float64", "float32", "reference"]);
  requireChoice("releaseAt", releaseAt, ["step", "epoch"]);
  if (tunedOn !== undefined) requireChoice("tunedOn", tunedOn, ["public", "private"]);
  requirePositiveInteger("epochs", epochs);
  const maxNoise = options.maxNoise ?? defaults.maxNoise;
  if (!(maxNoise > 0 && Number.isFinite(maxNoise)))
    throw new ExpungeError("E_OPTION", `Expected maxNoise = ${String(maxNoise)} in (0, inf).`);
  const constants: ProcessOptions = {
    rowCount: dataset.rowCount,
    batchSize: options.batchSize ?? defaults.batchSize,
    l2: options.l2 ?? defaults.l2,
    smoothness: objective.smoothness,
    lipschitz,
    ...given({
      eta: options.eta ?? (options.l2 === undefined ? defaults.eta : undefined),
      deletion: options.deletion,
    }),
  };
  const exact = processConstants(constants);
  const steps = epochs * exact.batchCount;
  const roundedProcess = (noiseStd: number): TrainingPlan["process"] => {
    const { eta, contraction, strongConvexity: l2 } = exact;
    const dimension = featureCount * outputCount;
    const radius =
      options.radius ??
      defaultRadius({
        l2,
        eta,
        lipschitz,
        contraction,
        steps,
        noiseStd,
        dimension,
        kernel,
        task: dataset.task,
      });
    return processConstants({
      ...constants,
      radius,
      rounding: { kernel, featureCount, outputCount, noiseStd },
    });
  };
  const limit = limitOf(options, requesters, dataset.rowCount, delta);
  const { process, noise } =
    noiseKind === "on-release"
      ? { process: roundedProcess(0), noise: Object.freeze({ kind: noiseKind, most: maxNoise }) }
      : noisedProcess(roundedProcess, { ...options, epsilon, delta, epochs, limit });
  const maxSteps = options.maxSteps ?? epochs * process.batchCount;
  requirePositiveInteger("maxSteps", maxSteps);
  const target = Object.freeze({ epsilon, delta });
  requireWithinLimit({ process, noise, limit, target }, NO_RELEASES, steps);
  return Object.freeze({
    version: 2,
    objective: spec,
    process,
    featureCount,
    outputCount,
    epochs,
    requesters,
    noise,
    limit,
    target,
    releaseAt,
    maxSteps,
    isTuned: tunedOn !== undefined,
    ...given({ tunedOn }),
    seed: options.seed === undefined ? null : String(options.seed),
    kernel,
    ...(weighting ? { weighting } : {}),
  });
}

/** Whether a step's rounding is bounded by proof. */
export function isProved({ kernel }: Pick<TrainingPlan, "kernel">): boolean {
  return roundingKind(kernel) === "proved";
}

/** Policy and noise; who may ask decides which noise there can be. @throws ExpungeError E_OPTION */
function policyOf(options: FitOptions): { readonly requesters: Requesters; readonly noise: NoiseKind } {
  const { requesters = "independent", adaptiveEpsilon } = options;
  requireChoice("requesters", requesters, ["independent", "adaptive"]);
  const isEveryStep = EVERY_STEP_ONLY.some((name) => options[name] !== undefined);
  const noise = options.noise ?? (requesters === "adaptive" || isEveryStep ? "every-step" : "on-release");
  requireChoice("noise", noise, ["on-release", "every-step"]);
  if (requesters === "adaptive" && noise === "on-release")
    throw new ExpungeError(
      "E_OPTION",
      'Expected noise = "every-step" for requesters = "adaptive": releases without noise hide nobody from those who saw them.',
    );
  if (requesters === "adaptive" && adaptiveEpsilon === undefined)
    throw new ExpungeError(
      "E_OPTION",
      'Expected adaptiveEpsilon for requesters = "adaptive": without a limit on everything released nothing is proved for them.',
    );
  if (requesters === "independent" && adaptiveEpsilon !== undefined)
    throw new ExpungeError("E_OPTION", 'adaptiveEpsilon is for requesters = "adaptive" alone.');
  if (noise === "on-release" && isEveryStep) {
    const named = EVERY_STEP_ONLY.filter((name) => options[name] !== undefined);
    throw new ExpungeError("E_OPTION", `${named.join(", ")}: only with noise = "every-step".`);
  }
  if (noise === "every-step" && options.maxNoise !== undefined)
    throw new ExpungeError("E_OPTION", 'maxNoise: only with noise = "on-release".');
  return { requesters, noise };
}

function limitOf(
  { adaptiveEpsilon, rowsPerRequest = 1 }: FitOptions,
  requesters: Requesters,
  rowCount: number,
  delta: number,
): DisclosureLimit | null {
  if (requesters === "independent") return null;
  const epsilon = adaptiveEpsilon as number;
  if (!(epsilon > 0 && epsilon <= MAX_EPSILON))
    throw new ExpungeError(
      "E_OPTION",
      `Expected adaptiveEpsilon = ${String(epsilon)} in (0, ${MAX_EPSILON}].`,
    );
  requirePositiveInteger("rowsPerRequest", rowsPerRequest);
  return Object.freeze({ epsilon, delta, records: Math.min(rowsPerRequest, rowCount) });
}

/** The options that were given. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
