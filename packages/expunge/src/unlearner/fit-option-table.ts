import { usualKind } from "../objective/index.js";
import { BANDWIDTH_RANGE, MAX_FEATURES } from "../records/feature-map.js";
import type { OptionEntry } from "./option-entry.js";

/** Beyond this nothing is said any more, and the share of delta that goes to the noise's tails would be all of it. */
export const MAX_EPSILON = 20;

/** Below this the tails of the noise itself would take too much of delta. */
export const MIN_DELTA = 1e-10;

/** Noise left in a score, small against the differences between scores that decide. */
export const USUAL_MAX_NOISE = { binary: 0.03, multiclass: 0.05, regression: 0.03 } as const;

const USUAL_KINDS = (["binary", "multiclass", "regression"] as const).map(usualKind);

const FAST_KERNELS = { float64: "rounding is proved", float32: "rounding is measured" } as const;

const positive = { takes: "number", min: 0, openMin: true } as const;
const count = { takes: "integer", min: 1 } as const;

/**
 * The options of `fit`: names, defaults, limits and words. `FitOptions`, the commands `train`, `tune` and `plan`, the API and the dashboard's form
 * read this table.
 */
export const FIT_OPTIONS = {
  objective: {
    takes: "objective",
    text: "the loss that training minimises",
    usual: `${USUAL_KINDS.slice(0, -1).join(", ")} or ${USUAL_KINDS.at(-1)}, by the labels`,
    note: "A name, or a full description with its parameters.",
  },
  epsilon: {
    ...{ takes: "number", min: 0, max: MAX_EPSILON },
    text: "the epsilon that every deletion request must meet, in nats",
    usual: 1,
  },
  delta: {
    ...{ takes: "number", min: MIN_DELTA, max: 1, openMax: true },
    text: `the delta that goes with {epsilon}, in [${MIN_DELTA}, 1), well below 1 / rows`,
    usual: 1e-5,
  },
  requesters: {
    takes: "choice",
    choices: {
      independent: "people whose requests do not depend on what the model's releases show",
      adaptive: "whoever asks, also after seeing releases",
    },
    text: "against whom certificates hold",
    usual: "independent",
    note: "Adaptive requesters need {adaptiveEpsilon} and noise at every step.",
  },
  noise: {
    takes: "choice",
    choices: {
      "on-release": "an ordinary model, noise when a request is served",
      "every-step": "the paper's, and the only one for adaptive requesters",
    },
    text: "which steps have noise",
    usual: "on-release, for adaptive requesters every-step",
  },
  maxNoise: {
    ...positive,
    text: "most noise that a request may leave in the score of a row of norm 1, as a standard deviation",
    usual: `${USUAL_MAX_NOISE.binary}, with several classes ${USUAL_MAX_NOISE.multiclass}`,
    only: "on-release",
  },
  sigma: {
    ...positive,
    text: "noise level, in place of {unlearnSteps}",
    usual: "what {unlearnSteps} and {requests} take",
    only: "every-step",
  },
  unlearnSteps: {
    ...count,
    text: "steps that one request may take; the noise of every step is chosen to make that enough",
    usual: "one epoch",
    only: "every-step",
  },
  requests: {
    ...count,
    text: "how many requests, one after another, the noise must be enough for",
    usual: 100,
    only: "every-step",
    note: "Deletions, by a model that learns no more: lessons and corrections change how many steps a request takes.",
  },
  rowsPerRequest: {
    ...count,
    text: "rows that one request removes, in planning, and that {adaptiveEpsilon} is for",
    usual: 1,
    only: "every-step",
  },
  adaptiveEpsilon: {
    ...positive,
    max: MAX_EPSILON,
    text: "what everything ever released of the model may reveal of any one person ({rowsPerRequest} rows), in nats at {delta}",
    only: "adaptive",
    note: "The noise is raised to keep {requests} releases within it; what would go beyond is refused.",
  },
  batchSize: { ...count, text: "records per step", usual: "by the number of rows" },
  epochs: { ...count, text: "epochs of learning", usual: "by the number of rows" },
  l2: {
    ...{ takes: "number", min: 0 },
    text: "regularisation lambda per batch loss",
    usual: "by the number of rows",
    note: "Zero trains, but then only noise and the ball forget.",
  },
  eta: {
    ...positive,
    text: "step size, at most 2 / (L + m)",
    usual: "1 / L",
    note: "L is the smoothness of the regularised loss, m is {l2}.",
  },
  clip: {
    ...positive,
    text: "norm that each record's gradient is clipped to",
    usual: "the objective's own bound, which never bites",
  },
  classWeights: {
    takes: "classWeights",
    text: "how much the rows of each label count: balanced, so that all labels count alike, or weights in (0, 1] by label",
    note: "Balanced weights are computed from the labels of the rows there are, and then stay as they are; certificates say so.",
  },
  features: {
    takes: "choice",
    choices: {
      linear: "the row itself",
      fourier: "random Fourier features",
      "gated-relu": "a layer of ReLUs with fixed gates",
    },
    text: "what a model is linear in, a fixed map of the scaled row",
    usual: "linear",
    note: "The map is drawn from {featureSeed} alone; docs/features.md says which to take.",
  },
  featureCount: {
    ...count,
    max: MAX_FEATURES,
    text: "Fourier features of a row, or gates, each of which makes as many features as a row has",
    usual: "1000, gates 16",
    only: "mapped",
  },
  featureBandwidth: {
    ...{ takes: "number", ...BANDWIDTH_RANGE },
    text: "distance between scaled rows over which Fourier features vary",
    usual: "half the median distance of some rows, which certificates then say",
    only: "fourier",
  },
  featureSeed: {
    takes: "text",
    text: "public text from which the map is drawn",
    usual: "expunge",
    only: "mapped",
  },
  radius: {
    ...positive,
    text: "radius of the ball that weights are projected on at every step",
    usual: "a little more than steps without noise can reach",
  },
  deletion: {
    takes: "choice",
    choices: { tombstone: "its place stays empty", replace: "a random row takes its place" },
    text: "what becomes of a deleted record",
    usual: "tombstone",
  },
  releaseAt: {
    takes: "choice",
    choices: { step: "after any step", epoch: "at the ends of epochs" },
    text: "where models may be released",
    usual: "step",
    only: "every-step",
  },
  maxSteps: {
    ...count,
    text: "steps that a request may take before it is refused",
    usual: "what retraining from scratch takes",
  },
  tunedOn: {
    takes: "choice",
    choices: { public: "data declared public", private: "the training data" },
    text: "says in certificates on what options were chosen by trials",
    note: "`tune` sets it.",
  },
  seed: {
    takes: "text",
    text: "for experiments: fixes batch order and noise; certificates then say that they do not certify",
  },
  kernel: {
    takes: "choice",
    choices: { ...FAST_KERNELS, reference: "plain and slow" },
    text: "arithmetic",
    usual: "float64",
  },
} as const satisfies Readonly<Record<string, OptionEntry>>;

/** `kernel` without the one that is for experiments. */
export const FAST_KERNEL = { ...FIT_OPTIONS.kernel, choices: FAST_KERNELS } as const;

/** The name of an option of `fit`. */
export type FitOptionName = keyof typeof FIT_OPTIONS;

/** Every option of `fit`, for callers that pass on what they were given. */
export const FIT_OPTION_NAMES = Object.freeze(Object.keys(FIT_OPTIONS)) as readonly FitOptionName[];
