import { roundingKind } from "../accounting/rounding.js";
import { definitionOf } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { Requesters } from "../records/training-plan.js";
import { type Assumption, assumptionsOf, BUILD_ASSUMPTION } from "./assumptions.js";
import type { WordedBy } from "./worded-by.js";

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

/** What a certificate assumes and what it does not speak of. */
export interface Texts {
  readonly assumptions: readonly Assumption[];
  readonly notCovered: readonly string[];
}

export function textsOf(wordedBy: WordedBy): Texts {
  return { assumptions: assumptionsOf(wordedBy), notCovered: notCoveredBy(wordedBy) };
}

/** As certificates had them before they named the builds of the kernels and the labels. They are still true. */
export function earlierTextsOf(wordedBy: WordedBy): Texts {
  const { assumptions, notCovered } = textsOf(wordedBy);
  return {
    assumptions: assumptions.filter((assumption) => assumption !== BUILD_ASSUMPTION),
    notCovered: notCovered.filter((text) => text !== LABELS_NOT_COVERED),
  };
}

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
function notCoveredBy(wordedBy: WordedBy): readonly string[] {
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
  if (!("offset" in parameters)) return [LABELS_NOT_COVERED];
  // Whether there is an offset at all may have been read off the labels, too.
  return [
    LABELS_NOT_COVERED,
    "The base rate behind the objective's offset, or that it needs none: it is treated as public, also where it was read off the labels.",
  ];
}

const LABELS_NOT_COVERED =
  "The labels, how many there are and what they are called: they are treated as public, also where they were read off the rows.";
