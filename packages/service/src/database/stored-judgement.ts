import type { EvaluationNote } from "expunge";

/** Whether a model is of more use than none, in JSON. */
export interface StoredJudgement {
  /** By which rows: its evaluation data set's, or its own. */
  readonly on: "evaluation" | "training";
  /** Rows that were looked at; of its own some thousand where it has more. */
  readonly rowCount: number;
  /** The commonest label of these, and its share, of its own rows in whole percents; null for regression. */
  readonly baseline: { readonly label: string; readonly share: number } | null;
  /** None where it is of use. */
  readonly notes: readonly EvaluationNote[];
}
