import type { NoiseKind } from "../accounting/choices.js";
import { roundingKind } from "../accounting/rounding.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import type { Requesters, Weighting } from "../records/training-plan.js";
import type { WordedBy } from "./worded-by.js";

/* The fixed texts of what certificates take for true. */

export type Assumption = UnlearningPredicate["assumptions"][number];

/** What is taken for true, and what sees to it. */
export function assumptionsOf(wordedBy: WordedBy): readonly Assumption[] {
  const { noise, kernel, requesters, weighting, tunedOn, isLiving, features } = wordedBy;
  return [
    ...COMMON_ASSUMPTIONS,
    ...(features ? [MAP_ASSUMPTION] : []),
    ...weightAssumptions(weighting),
    NOISE_ASSUMPTIONS[noise],
    ROUNDING_ASSUMPTIONS[roundingKind(kernel)],
    ...(kernel === "reference" ? [] : [BUILD_ASSUMPTION]),
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

export const BUILD_ASSUMPTION: Assumption = {
  name: "which build of the kernel ran a step, and whether the processor rounded a product and its sum as one, depends on no row",
  enforcedBy:
    "nothing: it holds where one machine ran the process, or machines that run the same build in the same way",
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
