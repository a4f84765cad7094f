import type { DefaultSet } from "./default-sets.js";
import type { PeerResult } from "./scikit-learn.js";

/** What a model at defaults alone is worth on one data set, before and after single-row requests. */
export interface DefaultsResult {
  readonly set: string;
  readonly measure: DefaultSet["measure"];
  readonly rowCount: number;
  readonly featureCount: number;
  readonly classCount: number;
  /** Null where no scikit-learn was found. */
  readonly peer: PeerResult | null;
  /** The commonest label's share of the test rows; 0.5 for the area under the curve, 0 for R squared. */
  readonly baseline: number;
  readonly before: number;
  /** Over the models after each request. */
  readonly mean: number;
  readonly least: number;
  readonly spread: number;
  readonly requestCount: number;
  readonly plan: { readonly l2: number; readonly batchSize: number; readonly epochs: number };
  /** Steps a request, on average, and those of retraining. */
  readonly steps: number;
  readonly retrainingSteps: number;
  readonly trainingSeconds: number;
  readonly requestSeconds: number;
}

export interface DefaultsFindings {
  readonly peerVersion: string | null;
  readonly results: readonly DefaultsResult[];
}

/** Single-row requests that every set is meant to serve. */
export const REQUESTS = 100;
