import type { ProcessConstants } from "../accounting/process.js";
import type { ObjectiveSpec } from "../objective/objective.js";

/** Everything that fixes a training process before it begins, and that every later step of the same model keeps to. */
export interface TrainingPlan {
  readonly version: 1;
  readonly objective: ObjectiveSpec;
  readonly process: ProcessConstants;
  readonly featureCount: number;
  readonly outputCount: number;
  readonly epochs: number;
  readonly sigma: number;
  /** What every request is certified to, unless it asks for more. */
  readonly target: { readonly epsilon: number; readonly delta: number };
  /**
   * What everything ever released of the model may reveal of any `records` records, fixed before training: no model is released beyond it, so
   * it holds whatever requests are chosen after seeing releases. null: no such limit.
   */
  readonly budget: { readonly epsilon: number; readonly records: number } | null;
  readonly releaseAt: "step" | "epoch";
  /** Steps that a request may take before it is refused. */
  readonly maxSteps: number;
  /** For experiments only: fixes batch order and noise, and makes every certificate say that it does not certify. */
  readonly seed: string | null;
  readonly kernel: "reference" | "wasm-simd";
  /** Norm of the weights that the rounding of steps is reckoned with. */
  readonly weightNorm: number;
}

/** A served request, as the model remembers it. */
export interface ServedRequest {
  readonly certificateId: string;
  /** Whether it, or one before it, can have been chosen after seeing a release. */
  readonly chosen: "independently" | "adaptively";
  readonly rowCount: number;
  readonly stepsBefore: number;
  readonly stepsAfter: number;
}

/** What has happened to a model so far. */
export interface ModelTimeline {
  readonly version: 1;
  /** Steps run. */
  readonly steps: number;
  readonly deleted: readonly { readonly batch: number; readonly count: number; readonly through: number }[];
  /** Steps at which a model was released. */
  readonly releases: readonly number[];
  readonly requests: readonly ServedRequest[];
}
