import { countLabels } from "./count-labels.js";
import type { Dataset, DatasetFacts } from "./dataset.js";
import { inOwnUnits } from "./label-scaling.js";

/** A class of fewer rows is noted. */
const FEW_ROWS = 10;
/** So many rows of the largest class to one of the smallest are noted. */
const UNEVEN = 100;
const MAX_LISTED = 12;

/** What must be known of labels to describe them. */
export type LabelFacts = Pick<DatasetFacts, "task" | "labelNames" | "labelScaling">;

/** What the labels of some rows are, gathered chunk by chunk. */
export class LabelCounts {
  private readonly facts: LabelFacts;
  private readonly counts: number[];
  /** Different labels of a regression, up to three. */
  private readonly values = new Set<number>();
  private rows = 0;
  private least = Number.POSITIVE_INFINITY;
  private largest = Number.NEGATIVE_INFINITY;

  constructor(facts: LabelFacts) {
    this.facts = facts;
    this.counts = facts.labelNames.map(() => 0);
  }

  /** Counts the labels of a chunk of rows. */
  add(labels: ArrayLike<number>): void {
    this.rows += labels.length;
    countLabels(this.facts, labels, this.counts);
    if (this.facts.task !== "regression") return;
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      this.least = Math.min(this.least, label);
      this.largest = Math.max(this.largest, label);
      if (this.values.size < 3) this.values.add(label);
    }
  }

  /** One line: the task, the classes with their rows, and which of them is positive. */
  describe(): string {
    const { task, labelNames } = this.facts;
    if (task === "regression") {
      const [least, largest] = Array.from(
        inOwnUnits([this.least, this.largest], this.facts.labelScaling),
        figure,
      );
      return `Labels: regression; ${this.rows} numbers from ${least} to ${largest}.`;
    }
    const classes = labelNames
      .slice(0, MAX_LISTED)
      .map(
        (name, i) =>
          `"${name}" ${task === "binary" && i === 1 ? "(positive) " : ""}${rowText(this.counts[i]!)}`,
      );
    const rest = labelNames.length > MAX_LISTED ? `, and ${labelNames.length - MAX_LISTED} more` : "";
    return `Labels: ${task}; ${labelNames.length} classes: ${classes.join(", ")}${rest}.`;
  }

  /** What is worth a second look before anything is trained. */
  notes(): readonly string[] {
    const { task, labelNames } = this.facts;
    if (task === "regression")
      return this.values.size > 2
        ? []
        : [
            "The labels are only two different numbers, taken for amounts; if they are classes, ask for task binary.",
          ];
    return classNotes(new Map(labelNames.map((name, i) => [name, this.counts[i] as number])));
  }
}

/** The line and the notes on the labels of rows in memory: what is to be learnt, in words. */
export function describeLabels(dataset: LabelFacts & Pick<Dataset, "labels">): {
  readonly text: string;
  readonly notes: readonly string[];
} {
  const counts = new LabelCounts(dataset);
  counts.add(dataset.labels);
  return { text: counts.describe(), notes: counts.notes() };
}

/** Notes on classes of few rows, and of very different sizes. @param counts rows by the name of the class */
export function classNotes(counts: ReadonlyMap<string, number>): readonly string[] {
  const sizes = [...counts].sort(([, a], [, b]) => a - b);
  const few = sizes.filter(([, rows]) => rows < FEW_ROWS);
  const listed = few.slice(0, MAX_LISTED).map(([name, rows]) => `"${name}" has ${rowText(rows)}`);
  const rest = few.length > MAX_LISTED ? `, and ${few.length - MAX_LISTED} more have few` : "";
  const least = Math.max(1, sizes[0]?.[1] ?? 1);
  const ratio = (sizes.at(-1)?.[1] ?? 1) / least;
  return [
    ...(few.length === 0
      ? []
      : [
          `Classes of few rows, which a model hardly learns and which may point at a person: ${listed.join(", ")}${rest}.`,
        ]),
    ...(ratio < UNEVEN
      ? []
      : [
          `The classes are very uneven, 1 : ${Math.round(ratio)}: calling everything "${sizes.at(-1)?.[0]}" is nearly always right. Judge the model by balanced accuracy and recall (expunge evaluate).`,
        ]),
  ];
}

function rowText(rows: number): string {
  return `${rows} ${rows === 1 ? "row" : "rows"}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
