import type { Deletion, KernelName, NoiseKind, ReleasePoint } from "../accounting/choices.js";
import { NO_RELEASES } from "../accounting/disclosure.js";
import { type ProcessOptions, processConstants } from "../accounting/process.js";
import { roundingKind } from "../accounting/rounding.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError, wordedError } from "../errors.js";
import { given } from "../given.js";
import { objectiveFrom } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { type FeatureKind, mappedCountOf } from "../records/feature-map.js";
import type { DisclosureLimit, Requesters, TrainingPlan, TunedOn } from "../records/training-plan.js";
import { type ClassWeights, type Weighable, weighedLogOdds, weightingOf } from "./class-weights.js";
import { objectiveSpecFor } from "./default-objective.js";
import { DEFAULT_TARGET, defaultSettings } from "./defaults.js";
import { requireWithinLimit } from "./disclosure-limit.js";
import { featureMapFrom, type Mappable } from "./feature-options.js";
import { FIT_OPTION_NAMES, FIT_OPTIONS } from "./fit-option-table.js";
import { lipschitzFor, onlyWith, requireFitOption, requireKnownFitOptions } from "./option-checks.js";
import type { OptionEntry } from "./option-entry.js";
import { noisedProcess } from "./planned-noise.js";
import { defaultRadius } from "./radius.js";
import { rowStorageFor } from "./sparse-storage.js";

/**
 * What a plan must know of the data; nothing of any row, but the number of rows of each label where weights are to balance them, the distance between
 * rows where a bandwidth is to be read off them, and the length of the longest where rows are sparse.
 */
export type Planned = Pick<Dataset, "rowCount" | "featureCount" | "logOdds" | "sparse"> &
  Weighable &
  Mappable & {
    /** Entries of the longest row, where rows are sparse and not in `sparse`. */
    readonly mostEntries?: number | undefined;
  };

/** How a model is to be trained, in the user's words. Every one has a default. */
export interface FitOptions {
  /**
   * The loss that training minimises; default logistic, softmax or huberRegression, by the labels. A name, or a full description with its
   * parameters.
   */
  readonly objective?: ObjectiveSpec | ObjectiveSpec["kind"];
  /** The epsilon that every deletion request must meet, in nats; default 1. */
  readonly epsilon?: number;
  /** The delta that goes with `epsilon`, in [1e-10, 1), well below 1 / rows; default 1e-5. */
  readonly delta?: number;
  /**
   * Against whom certificates hold: "independent" (people whose requests do not depend on what the model's releases show) or "adaptive"
   * (whoever asks, also after seeing releases); default independent. Adaptive requesters need `adaptiveEpsilon` and noise at every step.
   */
  readonly requesters?: Requesters;
  /**
   * Which steps have noise: "on-release" (an ordinary model, noise when a request is served) or "every-step" (the paper's, and the only
   * one for adaptive requesters); default on-release, for adaptive requesters every-step.
   */
  readonly noise?: NoiseKind;
  /**
   * Most noise that a request may leave in the score of a row of norm 1, as a standard deviation; default 0.03, with several classes 0.05.
   * Noise on release only.
   */
  readonly maxNoise?: number;
  /** Noise level, in place of `unlearnSteps`; default what `unlearnSteps` and `requests` take. Noise at every step only. */
  readonly sigma?: number;
  /**
   * Steps that one request may take; the noise of every step is chosen to make that enough; default one epoch. Noise at every step only.
   */
  readonly unlearnSteps?: number;
  /**
   * How many requests, one after another, the noise must be enough for; default 100. Deletions, by a model that learns no more: lessons and corrections change
   * how many steps a request takes. Noise at every step only.
   */
  readonly requests?: number;
  /** Rows that one request removes, in planning, and that `adaptiveEpsilon` is for; default 1. Noise at every step only. */
  readonly rowsPerRequest?: number;
  /**
   * What everything ever released of the model may reveal of any one person (`rowsPerRequest` rows), in nats at `delta`. The noise is
   * raised to keep `requests` releases within it; what would go beyond is refused. Adaptive requesters only.
   */
  readonly adaptiveEpsilon?: number;
  /** Records per step; default by the number of rows. */
  readonly batchSize?: number;
  /** Epochs of learning; default by the number of rows. */
  readonly epochs?: number;
  /** Regularisation lambda per batch loss; default by the number of rows. Zero trains, but then only noise and the ball forget. */
  readonly l2?: number;
  /** Step size, at most 2 / (L + m); default 1 / L. L is the smoothness of the regularised loss, m is `l2`. */
  readonly eta?: number;
  /** Norm that each record's gradient is clipped to; default the objective's own bound, which never bites. */
  readonly clip?: number;
  /**
   * How much the rows of each label count: balanced, so that all labels count alike, or weights in (0, 1] by label. Balanced weights are
   * computed from the labels of the rows there are, and then stay as they are; certificates say so.
   */
  readonly classWeights?: ClassWeights;
  /**
   * What a model is linear in, a fixed map of the scaled row: "linear" (the row itself), "fourier" (random Fourier features) or "gated-relu"
   * (a layer of ReLUs with fixed gates); default linear. The map is drawn from `featureSeed` alone; docs/features.md says which to take.
   */
  readonly features?: FeatureKind;
  /**
   * Fourier features of a row, or gates, each of which makes as many features as a row has; default 1000, gates 16. Features other than
   * linear only.
   */
  readonly featureCount?: number;
  /**
   * Distance between scaled rows over which Fourier features vary; default half the median distance of some rows, which certificates then
   * say. Fourier features only.
   */
  readonly featureBandwidth?: number;
  /** Public text from which the map is drawn; default expunge. Features other than linear only. */
  readonly featureSeed?: string | number;
  /** Radius of the ball that weights are projected on at every step; default a little more than steps without noise can reach. */
  readonly radius?: number;
  /**
   * What becomes of a deleted record: "tombstone" (its place stays empty) or "replace" (a random row takes its place); default tombstone.
   */
  readonly deletion?: Deletion;
  /** Where models may be released: "step" (after any step) or "epoch" (at the ends of epochs); default step. Noise at every step only. */
  readonly releaseAt?: ReleasePoint;
  /** Steps that a request may take before it is refused; default what retraining from scratch takes. */
  readonly maxSteps?: number;
  /**
   * Says in certificates on what options were chosen by trials: "public" (data declared public) or "private" (the training data). `tune`
   * sets it.
   */
  readonly tunedOn?: TunedOn;
  /** For experiments: fixes batch order and noise; certificates then say that they do not certify. */
  readonly seed?: string | number;
  /** Arithmetic: "float64" (rounding is proved), "float32" (rounding is measured) or "reference" (plain and slow); default float64. */
  readonly kernel?: KernelName;
}

/** Options that only noise at every step knows. */
const EVERY_STEP_ONLY = FIT_OPTION_NAMES.filter((name) => {
  const option: OptionEntry = FIT_OPTIONS[name];
  return option.only === "every-step";
});

/**
 * Turns options into the frozen plan of a training process; every assumption of the theory that concerns numbers is checked here.
 *
 * @throws ExpungeError E_OPTION, E_ASSUMPTION, E_INFEASIBLE; DomainError E_DOMAIN
 */
export function makeTrainingPlan(dataset: Planned, options: FitOptions): TrainingPlan {
  requireKnownFitOptions(options);
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
  const features = featureMapFrom(dataset, options);
  const featureCount = features ? mappedCountOf(features) : dataset.featureCount;
  const { outputCount } = objective;
  const { epsilon, delta } = {
    ...DEFAULT_TARGET,
    ...given({ epsilon: options.epsilon, delta: options.delta }),
  };
  requireFitOption("delta", delta);
  requireFitOption("epsilon", epsilon);
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
  const { kernel = FIT_OPTIONS.kernel.usual, releaseAt = FIT_OPTIONS.releaseAt.usual, tunedOn } = options;
  const { epochs = defaults.epochs, maxNoise = defaults.maxNoise } = options;
  requireFitOption("kernel", kernel);
  requireFitOption("releaseAt", releaseAt);
  if (tunedOn !== undefined) requireFitOption("tunedOn", tunedOn);
  requireFitOption("epochs", epochs);
  requireFitOption("maxNoise", maxNoise);
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
  requireFitOption("maxSteps", maxSteps);
  const target = Object.freeze({ epsilon, delta });
  requireWithinLimit({ plan: { process, noise, limit, target }, timeline: { releases: NO_RELEASES } }, steps);
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
    ...given({ features }),
    ...rowStorageFor(dataset, { kernel, features, process }),
  });
}

/** Whether a step's rounding is bounded by proof. */
export function isProved({ kernel }: Pick<TrainingPlan, "kernel">): boolean {
  return roundingKind(kernel) === "proved";
}

/** Policy and noise; who may ask decides which noise there can be. @throws ExpungeError E_OPTION */
function policyOf(options: FitOptions): { readonly requesters: Requesters; readonly noise: NoiseKind } {
  const { requesters = FIT_OPTIONS.requesters.usual, adaptiveEpsilon } = options;
  requireFitOption("requesters", requesters);
  const isEveryStep = EVERY_STEP_ONLY.some((name) => options[name] !== undefined);
  const noise = options.noise ?? (requesters === "adaptive" || isEveryStep ? "every-step" : "on-release");
  requireFitOption("noise", noise);
  if (requesters === "adaptive" && noise === "on-release")
    throw wordedError(
      "E_OPTION",
      ({ setting }) =>
        `Expected ${setting("noise", "every-step")} for ${setting("requesters", "adaptive")}: releases without noise hide nobody from those who saw them.`,
    );
  if (requesters === "adaptive" && adaptiveEpsilon === undefined)
    throw wordedError(
      "E_OPTION",
      ({ field, setting }) =>
        `Expected ${field("adaptiveEpsilon")} for ${setting("requesters", "adaptive")}: without a limit on everything released nothing is proved for them.`,
    );
  if (requesters === "independent" && adaptiveEpsilon !== undefined)
    throw onlyWith(["adaptiveEpsilon"], "requesters", "adaptive");
  if (noise === "on-release" && isEveryStep) {
    const named = EVERY_STEP_ONLY.filter((name) => options[name] !== undefined);
    throw onlyWith(named, "noise", "every-step");
  }
  if (noise === "every-step" && options.maxNoise !== undefined)
    throw onlyWith(["maxNoise"], "noise", "on-release");
  return { requesters, noise };
}

function limitOf(
  { adaptiveEpsilon, rowsPerRequest = FIT_OPTIONS.rowsPerRequest.usual }: FitOptions,
  requesters: Requesters,
  rowCount: number,
  delta: number,
): DisclosureLimit | null {
  if (requesters === "independent") return null;
  const epsilon = adaptiveEpsilon as number;
  requireFitOption("adaptiveEpsilon", epsilon);
  requireFitOption("rowsPerRequest", rowsPerRequest);
  return Object.freeze({ epsilon, delta, records: Math.min(rowsPerRequest, rowCount) });
}
