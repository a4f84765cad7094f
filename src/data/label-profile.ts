import type { Task } from "../objective/objective.js";
import type { DatasetFacts } from "./dataset.js";
import { draftLabelScaling, roundedLogOdds } from "./label-scaling.js";
import { NumberSample } from "./number-sample.js";

/** What all labels of a column of numbers together say of the task. */
export class LabelProfile {
  private readonly values = new Set<number>();
  private areClasses = true;
  private hasMinus = false;
  private largest = 0;
  private count = 0;
  private positive = 0;
  private readonly sample = new NumberSample();

  add(labels: ArrayLike<number>): void {
    // All of them: rows are often sorted by label, so that the first many are of one kind.
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      if (this.values.size <= 2) this.values.add(label);
      if (!(Number.isInteger(label) && label >= 0)) this.areClasses = false;
      if (label === -1) this.hasMinus = true;
      if (label > this.largest) this.largest = label;
      if (label > 0) this.positive++;
      this.count++;
      this.sample.add(label);
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

  /** What the labels show of themselves, coarsely. */
  factsFor(task: Task): Pick<DatasetFacts, "labelScaling" | "logOdds"> {
    if (task === "regression") return { labelScaling: draftLabelScaling(this.sample) };
    const negative = this.count - this.positive;
    if (task !== "binary" || this.positive === 0 || negative === 0) return {};
    return { logOdds: roundedLogOdds(this.positive, negative) };
  }

  /** How a label is stored: near 0 and 1 for regression; where a binary set has no -1, its 0 is one. */
  codeOf(task: Task): (label: number) => number {
    if (task === "regression") {
      const { centre, scale } = draftLabelScaling(this.sample);
      return (label) => (label - centre) / scale;
    }
    if (task !== "binary" || this.hasMinus) return (label) => label;
    return (label) => (label === 0 ? -1 : label);
  }
}
