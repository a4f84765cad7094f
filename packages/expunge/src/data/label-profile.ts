import type { Task } from "../objective/objective.js";
import { dataError } from "./data-error.js";
import type { DatasetFacts } from "./dataset.js";
import { draftLabelScaling, roundedLogOdds } from "./label-scaling.js";
import { NumberSample } from "./number-sample.js";

/** Different numbers that are counted; a column of more is no list of classes (softmax keeps one output a class). */
const MAX_VALUES = 2 ** 16;
/** Whole numbers of so many different values are classes; more of them only if each has rows enough to be one. */
const FEW_VALUES = 10;
const ROWS_OF_A_CLASS = 10;

/** Whether labels that are numbers can be classes: prices of fifty houses are fifty numbers, and no classes. */
export function canBeClasses(values: number, rows: number): boolean {
  return values <= FEW_VALUES || rows >= ROWS_OF_A_CLASS * values;
}

/** How labels that are numbers count: which class each is, and what the classes are called. */
export interface LabelCoding {
  readonly task: Task;
  /** [negative, positive], or the classes in order; none for regression. */
  readonly names: readonly string[];
  /** -1/+1, a class number, or the amount near 0 and 1 as it is stored; NaN for one that is none of them. */
  readonly codeOf: (label: number) => number;
}

/** What all labels of a column of numbers together say of the task. */
export class LabelProfile {
  /** Rows of each number, of so many numbers. */
  private readonly counts = new Map<number, number>();
  private readonly sample = new NumberSample();
  private rows = 0;

  add(labels: ArrayLike<number>): void {
    this.rows += labels.length;
    // All of them: rows are often sorted by label, so that the first many are of one kind.
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      const count = this.counts.get(label);
      if (count !== undefined || this.counts.size <= MAX_VALUES) this.counts.set(label, (count ?? 0) + 1);
      this.sample.add(label);
    }
  }

  /** Two whole numbers are a binary set, few of them classes; all else are amounts. */
  guessTask(): Task {
    const { size } = this.counts;
    const areWhole = size <= MAX_VALUES && [...this.counts.keys()].every(Number.isInteger);
    if (!areWhole || !canBeClasses(size, this.rows)) return "regression";
    return size <= 2 ? "binary" : "multiclass";
  }

  /**
   * The numbers as classes that keep their names: 1 and 2, or 0, 5 and 9, are two and three classes of these names.
   *
   * @throws ExpungeError E_DATA where there are more or fewer than two numbers for a binary task, or too many for classes
   */
  coding(file: string, task: Task = this.guessTask()): LabelCoding {
    if (task === "regression") return { task, names: [], codeOf: this.amountCode() };
    const values = [...this.counts.keys()].filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
    if (task === "binary") return codingOf(task, namesOfTwo(values, file));
    if (this.counts.size > MAX_VALUES)
      throw dataError({ file }, `labels of at most ${MAX_VALUES} classes`, "more different numbers");
    const classes = values.filter((value) => Number.isInteger(value));
    return codingOf(task, (classes.length === 0 ? [0] : classes).map(String));
  }

  /** What the labels show of themselves, coarsely. */
  factsFor({ task, codeOf }: LabelCoding): Pick<DatasetFacts, "labelScaling" | "logOdds"> {
    if (task === "regression") return { labelScaling: draftLabelScaling(this.sample) };
    if (task !== "binary") return {};
    let [positive, negative] = [0, 0];
    for (const [label, rows] of this.counts) {
      if (codeOf(label) > 0) positive += rows;
      if (codeOf(label) < 0) negative += rows;
    }
    return positive === 0 || negative === 0 ? {} : { logOdds: roundedLogOdds(positive, negative) };
  }

  private amountCode(): (label: number) => number {
    const { centre, scale } = draftLabelScaling(this.sample);
    return (label) => (label - centre) / scale;
  }
}

function codingOf(task: "binary" | "multiclass", names: readonly string[]): LabelCoding {
  const codes = new Map(names.map((name, i) => [Number(name), task === "binary" ? 2 * i - 1 : i]));
  // A class that is called "not 5" has no number.
  codes.delete(Number.NaN);
  return { task, names, codeOf: (label) => codes.get(label) ?? Number.NaN };
}

function namesOfTwo(values: readonly number[], file: string): readonly string[] {
  const [first, second] = values;
  if (values.length > 2)
    throw dataError({ file }, "labels of two different numbers, for a binary task", String(values.length));
  const isSigned = first === undefined || (first === -1 && (second === undefined || second === 1));
  if (isSigned) return ["-1", "+1"];
  if (second !== undefined) return [String(first), String(second)];
  // Rows of one class say nothing of the other.
  return first === 0 || first === 1 ? ["0", "1"] : [`not ${first}`, String(first)];
}
