/**
 * What a training objective is to the rest of Expunge: a convex loss of a record's linear outputs, with the two
 * constants the theory needs. Records have row norm <= 1; both constants are stated for that.
 */
export type ObjectiveSpec =
  /** `offset`: added to every output, in nats; 0 where it is left out. */
  | { readonly kind: "logistic"; readonly offset?: number }
  | { readonly kind: "softmax"; readonly classCount: number }
  | { readonly kind: "smoothedHinge"; readonly width: number }
  | { readonly kind: "huberRegression"; readonly threshold: number };

/** What labels are: -1 and +1, classes by number, or values. */
export type Task = "binary" | "multiclass" | "regression";

export interface Objective {
  readonly spec: ObjectiveSpec;
  /** binary: labels -1/+1; multiclass: 0..classCount-1; regression: any finite number. */
  readonly task: Task;
  /** Linear outputs of one row: 1, or classCount for softmax. Weights are outputCount x featureCount, row-major. */
  readonly outputCount: number;
  /** Largest eigenvalue of one record's Hessian in the weights, for row norm <= 1. */
  readonly smoothness: number;
  /** Largest norm of one record's gradient in the weights, for row norm <= 1. */
  readonly lipschitz: number;
  /** Whether clipping the gradient at less than `lipschitz` keeps the map a gradient of a convex function. */
  readonly clippable: boolean;
  readonly source: string;
  loss(outputs: ArrayLike<number>, label: number): number;
  /** Writes d loss / d output_j into `into` (outputCount numbers). */
  derivative(outputs: ArrayLike<number>, label: number, into: Float64Array): void;
}
