import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { scaleRowInto } from "./scale-rows.js";

export interface BuilderOptions {
  readonly task: Task;
  readonly scaling: RowScaling["kind"];
  /** Value of the constant feature appended to every row before it is scaled; 0 for none. */
  readonly intercept: number;
  /** Features of a raw row, without the intercept. */
  readonly rawCount: number;
  /** What errors call the data. */
  readonly source: string;
}

/** Collects rows one at a time, scaled and checked as they come, in memory that grows with them. */
export class DatasetBuilder {
  private readonly options: BuilderOptions;
  private readonly featureCount: number;
  private readonly wide: Float64Array;
  private features: Float32Array;
  private readonly labels: number[] = [];
  private readonly subjects: string[] = [];
  private readonly classes = new Set<number>();

  constructor(options: BuilderOptions) {
    requireOptions(options);
    this.options = options;
    this.featureCount = options.rawCount + (options.intercept === 0 ? 0 : 1);
    this.wide = new Float64Array(this.featureCount);
    this.features = new Float32Array(1024 * this.featureCount);
  }

  get rowCount(): number {
    return this.labels.length;
  }

  /**
   * Adds a row.
   *
   * @param values rawCount numbers
   * @param place  what an error calls the row, such as "people.csv: row 7 (line 8)"
   * @throws ExpungeError E_DATA for a number or label that is none, or a row of zeros under "l2"
   */
  add(values: ArrayLike<number>, label: number, subject: string | null, place: () => string): void {
    const { rawCount, intercept, scaling, task } = this.options;
    for (let k = 0; k < rawCount; k++) {
      const value = values[k];
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw new ExpungeError(
          "E_DATA",
          `${place()}, column ${k + 1}: expected a finite number, found ${String(value)}.`,
          {
            column: k + 1,
            found: value,
          },
        );
      }
      this.wide[k] = value;
    }
    if (intercept !== 0) this.wide[rawCount] = intercept;
    if (!isLabel(label, task)) {
      throw new ExpungeError(
        "E_DATA",
        `${place()}: expected a label ${LABEL_TEXTS[task]}, found ${String(label)}.`,
        {
          found: label,
          expected: LABEL_TEXTS[task],
        },
      );
    }
    const start = this.rowCount * this.featureCount;
    if (start === this.features.length) this.grow();
    scaleRowInto(this.wide, scaling, this.features.subarray(start, start + this.featureCount), place);
    this.labels.push(label);
    if (this.classes.size < 2) this.classes.add(label);
    if (subject !== null) this.subjects.push(subject);
  }

  /** @throws ExpungeError E_DATA for no rows at all, or labels of one class only */
  finish(names: Pick<Dataset, "labelNames" | "featureNames" | "schemaDigest">): Dataset {
    const { source, task, scaling, intercept } = this.options;
    const { rowCount, featureCount } = this;
    if (rowCount === 0) throw new ExpungeError("E_DATA", `${source}: expected at least one row, found none.`);
    if (task !== "regression" && this.classes.size < 2) {
      throw new ExpungeError(
        "E_DATA",
        `${source}: expected labels of at least two classes, found only ${[...this.classes].join()}.`,
      );
    }
    return Object.freeze({
      rowCount,
      featureCount,
      features: this.features.slice(0, rowCount * featureCount),
      labels: Float32Array.from(this.labels),
      task,
      subjects: this.subjects.length === 0 ? null : this.subjects,
      scaling: Object.freeze({ kind: scaling, intercept }),
      ...names,
    });
  }

  private grow(): void {
    const larger = new Float32Array(this.features.length * 2);
    larger.set(this.features);
    this.features = larger;
  }
}

const LABEL_TEXTS: Readonly<Record<Task, string>> = {
  binary: "-1 or +1",
  multiclass: "a class number 0, 1, ...",
  regression: "a finite number",
};

function isLabel(label: number, task: Task): boolean {
  if (task === "binary") return label === 1 || label === -1;
  if (task === "multiclass") return Number.isSafeInteger(label) && label >= 0 && label < 2 ** 24;
  return typeof label === "number" && Number.isFinite(Math.fround(label));
}

function requireOptions({ task, scaling, intercept, rawCount, source }: BuilderOptions): void {
  if (!Object.hasOwn(LABEL_TEXTS, task)) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected task = ${String(task)} to be binary, multiclass or regression.`,
    );
  }
  if (scaling !== "l2" && scaling !== "clip") {
    throw new ExpungeError("E_OPTION", `Expected scaling = ${String(scaling)} to be "l2" or "clip".`);
  }
  if (!(Number.isFinite(intercept) && intercept >= 0)) {
    throw new ExpungeError("E_OPTION", `Expected intercept = ${intercept} in [0, inf).`);
  }
  if (rawCount < 1)
    throw new ExpungeError("E_DATA", `${source}: expected at least one feature column, found none.`);
}
