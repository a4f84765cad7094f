import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { scaleRowInto } from "./scale-rows.js";

export interface DatasetInput {
  /** rowCount x featureCount numbers, row-major, or a list of rows. */
  readonly features: Float32Array | Float64Array | readonly ArrayLike<number>[];
  /** Needed with flat features; columns before the intercept. */
  readonly featureCount?: number;
  readonly labels: ArrayLike<number>;
  /** binary: -1/+1; multiclass: 0, 1, ...; regression: any finite number. */
  readonly task: Task;
  /** Owner of each row; a subject may own many. */
  readonly subjects?: readonly string[] | null;
  readonly labelNames?: readonly string[];
  readonly featureNames?: readonly string[] | null;
  /** Default "clip". */
  readonly scaling?: RowScaling["kind"];
  /** Value of a constant feature appended to every row before it is scaled; 0 (the default) for none. */
  readonly intercept?: number;
  readonly schemaDigest?: string | null;
  /** What errors call the data. */
  readonly source?: string;
}

/**
 * Checks rows and labels and scales every row to norm at most 1 (theory.md section 1).
 *
 * @throws ExpungeError E_DATA naming row, column, what was found and what was expected; E_OPTION for bad options
 */
export function createDataset(input: DatasetInput): Dataset {
  const { task, labels, subjects = null, scaling = "clip", intercept = 0, source = "data" } = input;
  requireOptions(task, scaling, intercept);
  const rows = new RowReader(input, source);
  const { rowCount, rawCount } = rows;
  requireLength(source, "labels", labels.length, rowCount);
  if (subjects !== null) requireSubjects(source, subjects, rowCount);
  const featureCount = rawCount + (intercept === 0 ? 0 : 1);
  const features = new Float32Array(rowCount * featureCount);
  const wide = new Float64Array(featureCount);
  if (intercept !== 0) wide[rawCount] = intercept;
  for (let row = 0; row < rowCount; row++) {
    rows.read(row, wide);
    scaleRowInto(wide, scaling, features.subarray(row * featureCount, (row + 1) * featureCount), `${source}: row ${row + 1}`);
  }
  return Object.freeze({
    rowCount,
    featureCount,
    features,
    labels: checkedLabels(labels, task, source),
    task,
    labelNames: Object.freeze(input.labelNames ?? defaultLabelNames(labels, task)),
    featureNames: input.featureNames ?? null,
    subjects,
    scaling: Object.freeze({ kind: scaling, intercept }),
    schemaDigest: input.schemaDigest ?? null,
  });
}

function requireOptions(task: Task, scaling: string, intercept: number): void {
  if (!["binary", "multiclass", "regression"].includes(task)) {
    throw new ExpungeError("E_OPTION", `Expected task = ${String(task)} to be binary, multiclass or regression.`);
  }
  if (scaling !== "l2" && scaling !== "clip") {
    throw new ExpungeError("E_OPTION", `Expected scaling = ${String(scaling)} to be "l2" or "clip".`);
  }
  if (!(Number.isFinite(intercept) && intercept >= 0)) {
    throw new ExpungeError("E_OPTION", `Expected intercept = ${intercept} in [0, inf).`);
  }
}

/** Reads rows of either form, checking shape and every number. */
class RowReader {
  readonly rowCount: number;
  readonly rawCount: number;
  private readonly valueAt: (row: number, column: number) => number;
  private readonly source: string;

  constructor({ features, featureCount }: DatasetInput, source: string) {
    this.source = source;
    if (Array.isArray(features)) {
      const list = features as readonly ArrayLike<number>[];
      this.rowCount = list.length;
      this.rawCount = featureCount ?? list[0]?.length ?? 0;
      list.forEach((row, i) => {
        if (row.length !== this.rawCount) {
          throw new ExpungeError("E_DATA", `${source}: row ${i + 1}: expected ${this.rawCount} numbers, found ${row.length}.`, { row: i + 1 });
        }
      });
      this.valueAt = (row, column) => list[row][column];
    } else {
      const flat = features as Float32Array | Float64Array;
      if (featureCount === undefined || !Number.isSafeInteger(featureCount) || featureCount < 1) {
        throw new ExpungeError("E_OPTION", `Expected featureCount = ${String(featureCount)} to be an integer of at least 1 with flat features.`);
      }
      if (flat.length % featureCount !== 0) {
        throw new ExpungeError("E_DATA", `${source}: expected a multiple of ${featureCount} numbers, found ${flat.length}.`);
      }
      this.rowCount = flat.length / featureCount;
      this.rawCount = featureCount;
      this.valueAt = (row, column) => flat[row * featureCount + column];
    }
    if (this.rowCount === 0 || this.rawCount === 0) {
      throw new ExpungeError("E_DATA", `${source}: expected at least one row and one column, found ${this.rowCount} x ${this.rawCount}.`);
    }
  }

  read(row: number, into: Float64Array): void {
    for (let k = 0; k < this.rawCount; k++) {
      const value = this.valueAt(row, k);
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw new ExpungeError("E_DATA", `${this.source}: row ${row + 1}, column ${k + 1}: expected a finite number, found ${String(value)}.`, {
          row: row + 1,
          column: k + 1,
          found: value,
        });
      }
      into[k] = value;
    }
  }
}

function requireLength(source: string, name: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new ExpungeError("E_DATA", `${source}: expected ${expected} ${name}, one a row, found ${found}.`, { found, expected });
}

function requireSubjects(source: string, subjects: readonly string[], rowCount: number): void {
  requireLength(source, "subjects", subjects.length, rowCount);
  const missing = subjects.findIndex((subject) => typeof subject !== "string" || subject === "");
  if (missing < 0) return;
  throw new ExpungeError("E_DATA", `${source}: row ${missing + 1}: expected a subject id, found none.`, { row: missing + 1 });
}

function checkedLabels(labels: ArrayLike<number>, task: Task, source: string): Float32Array {
  const seen = new Set<number>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (isLabel(label, task)) {
      if (seen.size < 2) seen.add(label);
      continue;
    }
    const expected = { binary: "-1 or +1", multiclass: "a class number 0, 1, ...", regression: "a finite number" }[task];
    throw new ExpungeError("E_DATA", `${source}: row ${i + 1}: expected a label ${expected}, found ${String(label)}.`, {
      row: i + 1,
      found: label,
      expected,
    });
  }
  if (task !== "regression" && seen.size < 2) {
    throw new ExpungeError("E_DATA", `${source}: expected labels of at least two classes, found only ${[...seen].join()}.`);
  }
  return Float32Array.from(labels);
}

function isLabel(label: number, task: Task): boolean {
  if (task === "binary") return label === 1 || label === -1;
  if (task === "multiclass") return Number.isSafeInteger(label) && label >= 0 && label < 2 ** 24;
  return Number.isFinite(label) && Number.isFinite(Math.fround(label));
}

function defaultLabelNames(labels: ArrayLike<number>, task: Task): string[] {
  if (task === "binary") return ["-1", "+1"];
  if (task === "regression") return [];
  let largest = 0;
  for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]);
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}
