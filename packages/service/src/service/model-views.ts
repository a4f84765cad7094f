import type { Holds, ModelTimeline, Proof, TrainingPlan } from "expunge";
import type { ModelStateName } from "../database/tables.js";

/* What the service says of a model and of what it released. */

/** What is deleted is not shown. */
export type LiveState = Exclude<ModelStateName, "deleted">;

/** What is proved and against whom, and one plain sentence to it. */
export interface Meant {
  /** null where nothing is proved, or not yet. */
  readonly holds: Holds | null;
  readonly meaning: string;
}

/** What everything released reveals of any `records` records. */
export interface Disclosure extends Proof {
  readonly records: number;
}

export interface ModelView extends Meant {
  readonly id: string;
  readonly name: string;
  readonly datasetId: string;
  /** Rows that every release is scored on; null for none. */
  readonly evaluationDatasetId: string | null;
  readonly state: LiveState;
  /** Share of the training that is done; null where none is under way. */
  readonly progress: number | null;
  /** null until it is trained. */
  readonly plan: TrainingPlan | null;
  readonly timeline: ModelTimeline | null;
  /**
   * Differential privacy of the model that is released now, for any record still in use; null until it is trained, and where noise comes on
   * release alone, because then nothing is proved of records that nobody asked to delete.
   */
  readonly privacy: Proof | null;
  /** Of everything released so far together, for as many records as the plan's limit says, else one; null as for `privacy`. */
  readonly disclosure: Disclosure | null;
  readonly failure: string | null;
  readonly createdAt: Date;
}

/** A state of a model that left the service: after its training, or after a lot of requests. */
export interface ReleaseView {
  readonly version: number;
  /** Of the whole timeline so far. */
  readonly steps: number;
  /** Of this lot, and of a retraining in its place. */
  readonly unlearnSteps: number;
  readonly retrainSteps: number;
  readonly gradientEvaluations: number;
  readonly retrainGradientEvaluations: number;
  readonly requestCount: number;
  /** Rows that it removed. */
  readonly rowCount: number;
  /** Standard deviation of all noise left in the score of a row of norm 1. */
  readonly noise: number;
  readonly certificateId: string | null;
  readonly accuracy: number | null;
  readonly rootMeanSquaredError: number | null;
  /** Differential privacy of this release alone, for any record in it; null where noise comes on release alone. */
  readonly privacy: Proof | null;
  readonly releasedAt: Date;
}
