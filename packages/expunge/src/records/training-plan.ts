import type { KernelName, ReleasePoint } from "../accounting/choices.js";
import type { Releases } from "../accounting/disclosure.js";
import type { History } from "../accounting/history.js";
import { batchCountAfter, type Phase } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { FeatureMap } from "./feature-map.js";
import type { SparseStorage } from "./sparse-rows.js";

/** Every `Requesters`. */
export const REQUESTERS = ["independent", "adaptive"] as const;

/**
 * Against whom a model's certificates hold: people whose requests do not depend on what the model's releases show, or anybody. Fixed before
 * training.
 */
export type Requesters = (typeof REQUESTERS)[number];

/** Every `TunedOn`. */
export const TUNED_ON = ["public", "private"] as const;

/** What options were tried on: data that were declared public, or the training data themselves. */
export type TunedOn = (typeof TUNED_ON)[number];

/** Which steps of a process have noise, and how much. */
export type PlannedNoise =
  | {
      /** Steps have none; the last step of a request gets what certifies it. */
      readonly kind: "on-release";
      /** Most noise that a release may leave in a weight, as a standard deviation; more steps are run where it would take more. */
      readonly most: number;
    }
  | {
      readonly kind: "every-step";
      readonly sigma: number;
      /** Standard deviation of each step's noise on each weight: sqrt(2 eta) sigma. */
      readonly std: number;
    };

/** What everything ever released may reveal of any `records` records, at `delta`. */
export interface DisclosureLimit {
  readonly epsilon: number;
  readonly delta: number;
  readonly records: number;
}

/** What each record's gradient is multiplied by, in (0, 1]; fixed before training, and the same in retraining. */
export interface Weighting {
  /** For each label: [negative, positive], or by class number; null where labels make no difference. */
  readonly classes: readonly number[] | null;
  /** Whether `classes` were computed from the labels of the rows at the start of training. */
  readonly isBalanced: boolean;
  /** Whether every row has a weight of its own. */
  readonly samples: boolean;
}

/** Everything that fixes a training process before it begins, and that every later step of the same model keeps to. */
export interface TrainingPlan {
  readonly version: 2;
  readonly objective: ObjectiveSpec;
  readonly process: ProcessConstants;
  /** Columns of a row as the process sees it: mapped, where there is a map. */
  readonly featureCount: number;
  readonly outputCount: number;
  readonly epochs: number;
  readonly requesters: Requesters;
  readonly noise: PlannedNoise;
  /** Policy "adaptive" alone: no model is released beyond it, so that it holds whatever requests are chosen after seeing releases. */
  readonly limit: DisclosureLimit | null;
  /** What every request is certified to, unless it asks for something else. */
  readonly target: { readonly epsilon: number; readonly delta: number };
  readonly releaseAt: ReleasePoint;
  /** Steps that a request may take before it is refused. */
  readonly maxSteps: number;
  /** Whether options were chosen by trials on data (`tune`). */
  readonly isTuned: boolean;
  /** What the trials saw; not there where nothing was tuned. */
  readonly tunedOn?: TunedOn;
  /** For experiments only: fixes batch order and noise, and makes every certificate say that it does not certify. */
  readonly seed: string | null;
  readonly kernel: KernelName;
  /** Left out where every record counts fully. */
  readonly weighting?: Weighting | undefined;
  /** What stands between a scaled row and the process; left out where nothing does. */
  readonly features?: FeatureMap | undefined;
  /** How rows are stored where only their numbers other than 0 are held: the process is the same. Left out where all numbers are. */
  readonly sparse?: SparseStorage | undefined;
  /** Whether the longest row decided that: with other rows, all their numbers might have been held, or fewer. Left out where nothing was to decide. */
  readonly isRowFormFromData?: true | undefined;
}

/** That records joined a model, or were corrected. */
export interface Lives {
  /** The cycle's lengths. */
  readonly phases: readonly Phase[];
  /** Records that joined since the start of training, corrected ones' successors among them. */
  readonly joinedCount: number;
  /** How often the model went on learning. */
  readonly lessonCount: number;
  /** Hex sha256 of the weights file that the newest request left, where the model has learned since; else null. */
  readonly previous: string | null;
}

/** The constants of a plan's process as they stand after a timeline: with the cycle's lengths where it has grown. */
export function processAfter(
  { process }: Pick<TrainingPlan, "process">,
  { lives }: Pick<ModelTimeline, "lives">,
): ProcessConstants {
  return lives === undefined ? process : { ...process, phases: lives.phases };
}

/** Where a process stands. */
export interface Standing {
  readonly plan: TrainingPlan;
  readonly timeline: ModelTimeline;
}

/** Batches of the cycle as it stands. */
export function batchCountOf({
  plan,
  timeline,
}: {
  readonly plan: Pick<TrainingPlan, "process">;
  readonly timeline: Pick<ModelTimeline, "lives" | "steps">;
}): number {
  return batchCountAfter(processAfter(plan, timeline), timeline.steps);
}

/** Slots of the cycle as it stands. */
export function slotCountOf(standing: Parameters<typeof batchCountOf>[0]): number {
  return batchCountOf(standing) * standing.plan.process.batchSize;
}

/** What has happened to a model so far; its size does not grow with the number of requests. */
export interface ModelTimeline {
  readonly version: 2;
  /** Steps run. */
  readonly steps: number;
  readonly history: History;
  /** Releases with noise on their last step. */
  readonly releaseCount: number;
  /** Everything released, for the disclosure claim; null where noise comes on release alone, because then nothing bounds it. */
  readonly releases: Releases | null;
  /** Rows deleted by all requests. */
  readonly deletedCount: number;
  /** Requests served. */
  readonly requestCount: number;
  /** The newest certificate; null before the first request. */
  readonly certificateId: string | null;
  /** Left out where the rows are those of the start, or fewer. */
  readonly lives?: Lives;
  /** Numbers other than 0 that a stored row has room for, where longer ones have joined than the plan has room for; left out elsewhere. */
  readonly capacity?: number;
}
