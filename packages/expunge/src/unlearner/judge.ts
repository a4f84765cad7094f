import { classOf } from "../objective/index.js";
import type { Task } from "../objective/objective.js";
import { countClasses } from "./metrics-classes.js";
import { wilsonInterval } from "./metrics-probability.js";
import type { EvaluationNoteCode } from "./metrics-record.js";
import { regressionScores } from "./metrics-regression.js";

/** What is said of a model of little use: one class for all rows, not above the share of the commonest label, or not above the mean. */
export type PoorCode = "one-class-predicted" | "not-above-majority" | "not-above-mean";
const POOR_CODES: readonly PoorCode[] = ["one-class-predicted", "not-above-majority", "not-above-mean"];

/** Whether a model is of more use than none, and nothing else of how good it is. */
export interface Judgement {
  /** The first that is so, in the order of `PoorCode`; null where none is, or where the rows all have one label. */
  readonly code: PoorCode | null;
  /** The label that it gives every row; null where it gives several, and for regression. */
  readonly only: string | null;
  /** The commonest label, and its share of the rows; null for regression. */
  readonly baseline: { readonly label: string; readonly share: number } | null;
}

/** Labels as the model has them, and what it says, in the same coding: -1/+1, class numbers, or values. */
export interface Answers {
  readonly task: Task;
  readonly labelNames: readonly string[];
  readonly labels: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
}

/** As the notes of `evaluatePredictions` have it, in one pass: nothing is ranked. @param answers of one row at least */
export function judge({ task, labelNames, labels, predicted }: Answers): Judgement {
  if (task === "regression") {
    const { r2 } = regressionScores(labels, predicted);
    return { code: r2 !== null && r2 <= 0 ? "not-above-mean" : null, only: null, baseline: null };
  }
  const classes = (answers: ArrayLike<number>): Uint32Array => {
    const found = new Uint32Array(answers.length);
    for (let i = 0; i < found.length; i++) found[i] = classOf(task, answers[i]!);
    return found;
  };
  const counted = countClasses({ labelNames, truth: classes(labels), predicted: classes(predicted) });
  const { rows, called } = counted;
  const right = counted.right.reduce((sum, count) => sum + count, 0);
  const most = rows.reduce((most, count) => Math.max(most, count), 0);
  const share = most / labels.length;
  const baseline = { label: labelNames[rows.indexOf(most)]!, share };
  const only = labelNames[called.indexOf(labels.length)] ?? null;
  if (most === labels.length) return { code: null, only, baseline };
  if (only !== null) return { code: "one-class-predicted", only, baseline };
  const [low] = wilsonInterval(right, labels.length);
  return { code: low > share ? null : "not-above-majority", only, baseline };
}

/** Whether a note says that the model is of little use. */
export function isPoor(code: EvaluationNoteCode): code is PoorCode {
  return (POOR_CODES as readonly string[]).includes(code);
}
