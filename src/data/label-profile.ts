import type { Task } from "../objective/objective.js";

/** What all labels of a column of numbers together say of the task. */
export class LabelProfile {
  private readonly values = new Set<number>();
  private areClasses = true;
  private hasMinus = false;
  private largest = 0;

  add(labels: ArrayLike<number>): void {
    // All of them: rows are often sorted by label, so that the first many are of one kind.
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      if (this.values.size <= 2) this.values.add(label);
      if (!(Number.isInteger(label) && label >= 0)) this.areClasses = false;
      if (label === -1) this.hasMinus = true;
      if (label > this.largest) this.largest = label;
    }
  }

  get largestLabel(): number {
    return this.largest;
  }

  guessTask(): Task {
    const { values } = this;
    if (values.size === 2 && values.has(1) && (values.has(-1) || values.has(0))) return "binary";
    return this.areClasses ? "multiclass" : "regression";
  }

  /** How a label counts: where a binary set has no -1, its 0 is one. */
  codeOf(task: Task): (label: number) => number {
    if (task !== "binary" || this.hasMinus) return (label) => label;
    return (label) => (label === 0 ? -1 : label);
  }
}
