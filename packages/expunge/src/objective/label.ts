import type { Objective, Task } from "./objective.js";

/** What a label of this objective must be, as words for an error message. */
export function labelRange(objective: Objective): string {
  switch (objective.task) {
    case "binary":
      return "to be -1 or +1";
    case "multiclass":
      return `to be an integer in [0, ${objective.outputCount - 1}]`;
    case "regression":
      return "to be a finite number";
  }
}

/** Whether the number is a label of this objective. */
export function isLabel(objective: Objective, label: number): boolean {
  switch (objective.task) {
    case "binary":
      return label === 1 || label === -1;
    case "multiclass":
      return Number.isInteger(label) && label >= 0 && label < objective.outputCount;
    case "regression":
      return Number.isFinite(label);
  }
}

/** Number of a label's class, from 0: 0 for -1 and 1 for +1 of a binary task, else the label itself. */
export function classOf(task: Task, label: number): number {
  return task === "binary" ? Number(label > 0) : label;
}
