/** The fixed texts of version 1 certificates. They are part of the format: a verifier refuses others. */
export const THEOREM =
  "Shifted interpolation (Bok, Su, Altschuler, ICML 2024, arXiv 2403.00278), least energy over all spending plans; mu-GDP to (epsilon, delta) by Dong, Roth, Su 2022, Corollary 2.13.";

export const CLAIM_STATEMENT =
  "Given the batch order, the law of the released weights and the law of weights retrained from scratch by the same number of steps, with every deleted record absent (or replaced) from the first step, are mu-GDP and (epsilon, delta)-indistinguishable in both directions, for requests that do not depend on the noise.";

export const JOINT_STATEMENT =
  "The same for the models released at the steps listed, taken together: the energies of the stretches between releases add up, because from a released state both worlds go on alike. It holds for every set of records fixed beforehand, for steps and releases that do not depend on the noise; where they were chosen after seeing releases, it says what was spent, and which records were deleted is not hidden by it.";

export const TRANSCRIPT_STATEMENT =
  "For every set of up to that many records fixed beforehand, deleted or still in use: the law of all models released at the steps listed, and their law with those records absent (or replaced) from the first step, are mu-GDP and (epsilon, delta)-indistinguishable in both directions. So for requests that do not depend on the noise. Where budgetMu is a number it was fixed before training and nothing is released beyond it: then everything released is budgetMu-GDP for such a set also where requests, their records included, were chosen after seeing releases. Where it is null, mu says what was spent, and nothing is proved for requests chosen so.";

export const ASSUMPTIONS: readonly { readonly name: string; readonly enforcedBy: string }[] = Object.freeze([
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
    name: "eta is at most 2 / (smoothness + strongConvexity)",
    enforcedBy: "checked when the process is planned and by this verifier",
  },
  {
    name: "the batch order does not depend on the data",
    enforcedBy: "a permutation of slot numbers drawn before any row is read, kept for the life of the model",
  },
  {
    name: "noise is fresh, Gaussian and unpredictable",
    enforcedBy: "ChaCha20 keyed by the operating system for every call, the key wiped after it",
  },
  {
    name: "the weights' norm is at most weightNorm",
    enforcedBy:
      "at every release weights beyond it are scaled back to it; between releases it is not looked at",
  },
  { name: "the initial weights do not depend on the data", enforcedBy: "they are zeros" },
]);

export const NOT_COVERED: readonly string[] = Object.freeze([
  "Preprocessing: the schema's centres, scales and category lists are treated as public.",
  "Hyperparameters chosen by looking at the data.",
  "Other models, copies, backups, logs and derived data outside this model's directory.",
  "Models released earlier, except as the joint and transcript claims state.",
  "Records that were chosen for deletion because of what a released model looked like, beyond what the joint and transcript claims state.",
  "Another continuation of the same state: a copy or backup of the model that was run on.",
  "Scores and previews computed from states that were not released.",
  "Floating-point effects beyond the stated rounding per step and allowance, which are a measured model and not a worst-case bound.",
  "That the process was run as stated: the certificate binds its issuer to that, it cannot show it.",
]);
