import { classOf } from "../objective/index.js";
import type { DatasetFacts } from "./dataset.js";

/** Counts the rows of each class, none for regression. @param counts to which they are added, [negative, positive] or by class number */
export function countLabels(
  { task, labelNames }: Pick<DatasetFacts, "task" | "labelNames">,
  labels: ArrayLike<number>,
  counts: number[] = labelNames.map(() => 0),
): number[] {
  if (task === "regression") return counts;
  for (let i = 0; i < labels.length; i++) {
    const at = classOf(task, labels[i]!);
    counts[at] = counts[at]! + 1;
  }
  return counts;
}
