import type { FitOptions } from "expunge";

/** What features a model of a set has. */
export type Features = Pick<FitOptions, "features" | "featureCount">;

/** One set with one kind of features, at every epsilon. */
export interface FeaturesResult {
  readonly set: string;
  readonly rowCount: number;
  readonly features: Features;
  /** Columns of a mapped row. */
  readonly columns: number;
  /** In the order of `EPSILONS`. */
  readonly stages: readonly {
    readonly l2: number;
    /** Accuracy on the test rows, without noise and after one request. */
    readonly before: number;
    readonly after: number;
    readonly steps: number;
    readonly batchSize: number;
    /** Most noise of the release on a weight. */
    readonly maxNoise: number;
  }[];
}

export interface FeaturesFindings {
  readonly peerVersion: string | null;
  /** Accuracy of LogisticRegression() on the scaled rows, by set. */
  readonly peers: Readonly<Record<string, number>>;
  readonly results: readonly FeaturesResult[];
}

export const EPSILONS = [1, 0.1] as const;
/** Most noise of a release on a weight, and rows of a batch: what is tried on rows that were held back. */
export const NOISES = [0.1, 0.3, 1] as const;
export const BATCHES = [128, 32, 8] as const;
/** Enough epochs that the start has faded. */
export const SETTINGS = { delta: 1e-5, epochs: 10 } as const;
export const nameOfFeatures = ({ features, featureCount }: Features): string =>
  featureCount === undefined ? `${features}` : `${features} ${featureCount}`;
