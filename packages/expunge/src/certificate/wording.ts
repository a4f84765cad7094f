import type { KernelName, NoiseKind } from "../accounting/choices.js";
import { roundingKind } from "../accounting/rounding.js";
import { definitionOf } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import type { FeatureMap } from "../records/feature-map.js";
import type { Requesters, TunedOn, Weighting } from "../records/training-plan.js";

/* The fixed texts of version 2 certificates. They are part of the format: a verifier refuses others. */

export const THEOREM =
  "Shifted interpolation (Bok, Su, Altschuler, ICML 2024, arXiv 2403.00278) for any schedule of noise, least energy over all spending plans; mu-GDP to (epsilon, delta) by Dong, Roth, Su 2022, Corollary 2.13.";

export const ERASURE_STATEMENT =
  "Given the batch order, the law of the released weights and the law of weights that the same schedule of steps and noise gives from the start without every record deleted so far (or with other records in their place) are mu-GDP, and (epsilon, delta)-indistinguishable in both directions, for requests that do not depend on what this model showed.";

/** What the erasure claim's two laws have in common where records joined or were corrected. */
export const LIVES_STATEMENT =
  "Records that joined later joined after the same step and in the same slots in both laws, and the cycle grew by the same batches. A corrected record counts as deleted: the second law has the corrected one in its place from its first step on, or nothing there before the correction.";

export const DISCLOSURE_STATEMENT =
  "For every set of up to that many records fixed beforehand, deleted or still in use: the law of all models ever released, and their law without those records (or with others in their place) from the first step, are mu-GDP in both directions, and (epsilon, delta)-indistinguishable where epsilon is a number. So for requests that do not depend on what this model showed. Where a limit is given it was fixed before training and nothing is released beyond it: then the limit's epsilon and delta hold for such a set also where requests, their records included, were chosen after seeing releases.";

/** What `holds` means, in one sentence for each kind of requester. Certificates hold it word for word. */
export const HOLDS_STATEMENTS: Readonly<Record<Requesters, string>> = Object.freeze({
  independent:
    "For a person whose request does not depend on what this model showed: the released weights and weights retrained, by the same schedule of steps and noise, without every record deleted so far are (epsilon, delta)-indistinguishable.",
  adaptive:
    "Whoever asked, also after seeing every release: all released weights, and those that the same requests would have given without the records of the disclosure claim, are (epsilon, delta)-indistinguishable, for any set of as many records as it says.",
});

/** What the texts of a certificate depend on. */
interface WordedBy {
  readonly noise: NoiseKind;
  readonly kernel: KernelName;
  readonly requesters: Requesters;
  readonly isTuned: boolean;
  /** undefined where every record counted fully. */
  readonly weighting: Weighting | undefined;
  readonly tunedOn?: TunedOn | undefined;
  /** Whether records joined or were corrected. */
  readonly isLiving: boolean;
  readonly objective: ObjectiveSpec;
  /** undefined where nothing stood between scaled rows and the process. */
  readonly features?: Pick<FeatureMap, "isBandwidthFromData"> | undefined;
  /** Whether the longest row had a say in how rows are held. */
  readonly isRowFormFromData?: true | undefined;
}

/** What the texts of a certificate depend on, of the certificate itself. */
export function wordedByOf({
  noise,
  process,
  holds,
  lives,
}: Pick<UnlearningPredicate, "noise" | "process" | "holds" | "lives">): WordedBy {
  const { kernel, isTuned, tunedOn, objective, weighting, features, isRowFormFromData } = process;
  return {
    noise: noise.kind,
    kernel,
    isTuned,
    tunedOn,
    objective,
    requesters: holds.against,
    weighting,
    features,
    isRowFormFromData,
    isLiving: lives !== undefined,
  };
}

type Assumption = UnlearningPredicate["assumptions"][number];

/** What is taken for true, and what sees to it. */
export function assumptionsOf(wordedBy: WordedBy): readonly Assumption[] {
  const { noise, kernel, requesters, weighting, tunedOn, isLiving, features } = wordedBy;
  return [
    ...COMMON_ASSUMPTIONS,
    ...(features ? [MAP_ASSUMPTION] : []),
    ...weightAssumptions(weighting),
    NOISE_ASSUMPTIONS[noise],
    ROUNDING_ASSUMPTIONS[roundingKind(kernel)],
    REQUESTER_ASSUMPTIONS[requesters],
    ...(isLiving ? [SLOT_ASSUMPTION] : []),
    ...(isLiving && requesters === "independent" ? [NEWCOMER_ASSUMPTION] : []),
    ...(tunedOn === "public" ? [PUBLIC_TUNING_ASSUMPTION] : []),
  ];
}

const COMMON_ASSUMPTIONS: readonly Assumption[] = [
  {
    name: "row norms are at most 1",
    enforcedBy: "rows are scaled when a dataset is made and measured again before training",
  },
  {
    name: "losses are convex with gradient norm at most lipschitz",
    enforcedBy: "objectives are built in; the kernel clips each record's gradient",
  },
  {
    name: "losses are (smoothness - l2)-smooth",
    enforcedBy: "the constant is the objective's own for rows of norm at most 1",
  },
  {
    name: "eta is at most 2 / (smoothness + l2)",
    enforcedBy: "checked when the process is planned and by this verifier",
  },
  {
    name: "the batch order does not depend on the data",
    enforcedBy: "a permutation of slot numbers drawn before any row is read, kept for the life of the model",
  },
  { name: "the initial weights do not depend on the data", enforcedBy: "they are zeros" },
  {
    name: "the weights stay within the radius",
    enforcedBy: "every step, in every kernel, ends with the projection on the ball",
  },
];

const MAP_ASSUMPTION: Assumption = {
  name: "a fixed map, the same for every row, stands between scaled rows and the process",
  enforcedBy:
    "it follows from the kind, sizes, seed and bandwidth of this certificate alone; mapped rows are scaled to norm at most 1 and kept as they are, so that nothing is mapped again",
};

function weightAssumptions(weighting: Weighting | undefined): readonly Assumption[] {
  if (weighting === undefined) return [];
  return [
    WEIGHT_ASSUMPTION,
    ...(weighting.isBalanced ? [BALANCED_ASSUMPTION] : []),
    ...(weighting.samples ? [SAMPLE_ASSUMPTION] : []),
  ];
}

const WEIGHT_ASSUMPTION: Assumption = {
  name: "each record's gradient is multiplied by a weight in (0, 1], the same in training and in retraining",
  enforcedBy:
    "weights are checked where rows are packed and multiply clipped gradients, so that lipschitz and smoothness hold; they are fixed when training begins",
};

const BALANCED_ASSUMPTION: Assumption = {
  name: "the class weights are given, as settings are",
  enforcedBy:
    "nothing: they were computed from the labels of the rows at the start of training, those deleted since among them; retraining means retraining with these same weights",
};

const SAMPLE_ASSUMPTION: Assumption = {
  name: "a record's own weight depends on no other record",
  enforcedBy: "nothing: it came with the record",
};

const NOISE_ASSUMPTIONS: Readonly<Record<NoiseKind, Assumption>> = {
  "on-release": {
    name: "the noise of a release is fresh, Gaussian and unpredictable",
    enforcedBy:
      "bytes of the operating system for every release; normals correctly rounded to the grid; the process goes on from the noised weights",
  },
  "every-step": {
    name: "the noise of every step is fresh, Gaussian and unpredictable",
    enforcedBy:
      "ChaCha20 keyed by the operating system for every call, the key wiped after it; the noise of a release correctly rounded to the grid",
  },
};

const ROUNDING_ASSUMPTIONS: Readonly<Record<ReturnType<typeof roundingKind>, Assumption>> = {
  proved: {
    name: "a step's rounding moves the weights by at most roundingPerStep",
    enforcedBy: "proved for float64 arithmetic by IEEE 754; recomputed by this verifier",
  },
  measured: {
    name: "a step's rounding moves the weights by at most roundingPerStep",
    enforcedBy: "a model of float32 arithmetic, measured and not proved; recomputed by this verifier",
  },
};

const REQUESTER_ASSUMPTIONS: Readonly<Record<Requesters, Assumption>> = {
  independent: {
    name: "requests do not depend on what this model showed",
    enforcedBy: "nothing: it is the policy that was chosen for this model before it was trained",
  },
  adaptive: {
    name: "the limit was fixed before training and nothing is released beyond it",
    enforcedBy:
      "it is part of the plan of the training; a request that would pass it is refused, by step numbers alone",
  },
};

const SLOT_ASSUMPTION: Assumption = {
  name: "where a record that joins is put depends on no row and no weight",
  enforcedBy:
    "its slot is drawn with the operating system's random bytes from those never used or emptied; the cycle grows by the number of rows alone",
};

const NEWCOMER_ASSUMPTION: Assumption = {
  name: "rows that joined or were corrected do not depend on what this model showed",
  enforcedBy: "nothing: it is the policy that was chosen for this model before it was trained",
};

const PUBLIC_TUNING_ASSUMPTION: Assumption = {
  name: "options were chosen by trials on public data, none of the training records among them",
  enforcedBy: "nothing: whoever trained the model declared it",
};

/** Of options, what is not covered. Certificates that name no data are from before it was asked. */
function tuningNotCovered({ isTuned, tunedOn }: WordedBy): string {
  if (!isTuned) return "Hyperparameters chosen by looking at the data.";
  if (tunedOn === undefined)
    return "The search for options: they were chosen by trials on data, and what that choice shows of the rows it looked at is not counted.";
  return tunedOn === "public"
    ? "The data that options were tried on: they were declared public, and what the choice shows of them is not counted."
    : "The search for options: they were chosen by trials on the training data, forgotten records among them. The claim compares with retraining under the same options; what that choice shows of a record is not counted.";
}

/** What the certificate does not speak of, in plain words. */
export function notCoveredBy(wordedBy: WordedBy): readonly string[] {
  const { noise, kernel, requesters, weighting, objective, isLiving, features, isRowFormFromData } = wordedBy;
  return [
    "Preprocessing: the schema's centres, scales and category lists are treated as public.",
    ...labelFactsOf(objective),
    tuningNotCovered(wordedBy),
    ...(features?.isBandwidthFromData
      ? [
          "The bandwidth of the features: it was read off distances between some of the rows at the start of training, and is treated as public.",
        ]
      : []),
    ...(isRowFormFromData
      ? [
          "The form that rows are held in, with all their numbers or with room for some other than 0: it follows from the most of these that a row had at the start of training, stays when that row is forgotten, and is treated as public. Retraining means retraining in the same form.",
        ]
      : []),
    ...(weighting?.isBalanced
      ? [
          "Class weights: they were computed from the labels of all rows at the start of training, and are treated as public.",
        ]
      : []),
    "Other models, copies, backups, logs and derived data outside this model's directory.",
    ...(noise === "on-release"
      ? [
          "Whoever kept an earlier model: models released before the first request had no noise, and nothing bounds what they show.",
        ]
      : ["Models released earlier, except as the disclosure claim states."]),
    ...(requesters === "independent"
      ? ["Requests, or choices of whom to delete, made because of what a released model showed."]
      : ["More records of one person, or of people acting together, than the disclosure claim is for."]),
    ...(isLiving ? livesNotCovered(wordedBy) : []),
    "Another continuation of the same state: a copy or backup of the model that was run on.",
    "Scores and previews computed from states that were not released.",
    ...(roundingKind(kernel) === "measured"
      ? ["Floating-point errors beyond roundingPerStep, which is a measured model here and not a proof."]
      : []),
    "That the process was run as stated: the certificate binds its issuer to that, it cannot show it.",
  ];
}

/** What is not covered where records joined or were corrected. */
function livesNotCovered({ noise, requesters }: WordedBy): readonly string[] {
  return [
    ...(noise === "on-release"
      ? [
          "What models released after learning show of the records in them: their newest steps had no noise, and nothing bounds it.",
        ]
      : []),
    ...(requesters === "independent"
      ? ["Rows that joined or were corrected because of what a released model showed."]
      : []),
  ];
}

/** What of the labels is treated as public besides the schema. */
function labelFactsOf(objective: ObjectiveSpec): readonly string[] {
  const { task, parameters } = definitionOf(objective.kind);
  if (task === "regression")
    return [
      "The centre and the scale of the labels: they are treated as public, also where they were read off the labels.",
    ];
  if (!("offset" in parameters)) return [];
  // Whether there is an offset at all may have been read off the labels, too.
  return [
    "The base rate behind the objective's offset, or that it needs none: it is treated as public, also where it was read off the labels.",
  ];
}
