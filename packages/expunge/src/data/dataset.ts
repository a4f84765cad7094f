import { given } from "../given.js";
import type { Task } from "../objective/objective.js";
import { expandRows, type SparseRows } from "../records/sparse-rows.js";
import type { SubjectForm } from "../records/subject-form.js";
import type { LabelScaling } from "./label-scaling.js";

/** How rows were brought to norm <= 1 (docs/theory.md, "Learning and unlearning are one process"). */
export interface RowScaling {
  /** `l2`: every row to norm 1, as the paper does. `clip`: only rows longer than 1. */
  readonly kind: "l2" | "clip";
  /** A constant feature inside the norm budget, placed last, or 0 for none: its value before scaling. */
  readonly intercept: number;
}

/** What rows say of themselves, wherever they are. */
export interface DatasetFacts {
  readonly featureCount: number;
  readonly task: Task;
  /** What the labels were called in the data: [negative, positive] for binary, by index for multiclass. */
  readonly labelNames: readonly string[];
  readonly featureNames: readonly string[] | null;
  readonly scaling: RowScaling;
  /** Hex sha256 of the schema that made features of the rows, or null where rows came as numbers. */
  readonly schemaDigest: string | null;
  /** true where every row has a weight of its own; left out where every row counts fully. */
  readonly hasSampleWeights?: boolean | undefined;
  /** In which ids of subjects are compared, those of requests too; left out for "none". */
  readonly subjectForm?: SubjectForm | undefined;
  /** Regression: how labels were brought near 0 and 1; left out where they are in their own units. */
  readonly labelScaling?: LabelScaling | undefined;
  /** Two classes: log odds of the positive label, declared or read off the labels in whole nats; left out where they are 0. */
  readonly logOdds?: number | undefined;
}

/** The facts alone of whatever has them. */
export function factsOf(of: DatasetFacts): DatasetFacts {
  const { task, labelNames, featureNames, featureCount, scaling, schemaDigest } = of;
  const { hasSampleWeights, subjectForm, labelScaling, logOdds } = of;
  return {
    ...{ task, labelNames, featureNames, featureCount, scaling, schemaDigest },
    ...(hasSampleWeights ? { hasSampleWeights } : {}),
    ...given({ subjectForm, labelScaling, logOdds }),
  };
}

/** Rows ready for training: finite, of norm <= 1, with checked labels. Make one with `createDataset`. */
export interface Dataset extends DatasetFacts {
  readonly rowCount: number;
  /**
   * rowCount x featureCount, row-major; every row norm <= 1 in exact arithmetic on the float32 values. Empty where the rows are sparse: then
   * they are in `sparse`.
   */
  readonly features: Float32Array;
  /** The rows, where only their numbers other than 0 are held. */
  readonly sparse?: SparseRows;
  /** rowCount numbers: -1/+1, or 0..classCount-1, or real, as `labelScaling` made them. */
  readonly labels: Float32Array;
  /** Owner of each row, or null where rows have no owner but themselves. A subject may own many rows. */
  readonly subjects: readonly string[] | null;
  /**
   * What each row's gradient is multiplied by, in (0, 1]; there exactly where `hasSampleWeights` is true. For training only: no measure of
   * quality looks at them.
   */
  readonly sampleWeights?: Float32Array;
}

/** Scaled rows without labels: enough to predict. */
export type ScaledRows = Pick<
  Dataset,
  "rowCount" | "featureCount" | "features" | "sparse" | "scaling" | "schemaDigest"
>;

/** All numbers of some rows, row-major: a view where they are held, a copy where they are sparse. */
export function denseRows(
  { features, sparse, featureCount }: Pick<Dataset, "features" | "sparse" | "featureCount">,
  from: number,
  to: number,
): Float32Array {
  if (sparse) return expandRows(sparse, featureCount, from, to);
  return features.subarray(from * featureCount, to * featureCount);
}
