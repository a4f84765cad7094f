import type { KernelName, NoiseKind } from "../accounting/choices.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import type { FeatureMap } from "../records/feature-map.js";
import type { Requesters, TunedOn, Weighting } from "../records/training-plan.js";

/** What the texts of a certificate depend on. */
export interface WordedBy {
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
