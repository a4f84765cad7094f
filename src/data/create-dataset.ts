import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { dataError, type Place } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { DatasetBuilder } from "./dataset-builder.js";

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
  /** One a column, the intercept's excluded. */
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
  const { rowCount, rawCount, rowAt } = readShape(input, source);
  if (rowCount === 0) throw dataError({ file: source }, "at least one row", "none");
  requireLength(source, "labels", labels.length, rowCount);
  if (subjects !== null) requireLength(source, "subjects", subjects.length, rowCount);
  const builder = new DatasetBuilder({ task, scaling, intercept, rawCount, source });
  for (let i = 0; i < rowCount; i++) {
    const place = (): Place => ({ file: source, row: i + 1 });
    const row = rowAt(i);
    if (row?.length !== rawCount)
      throw dataError(place(), `${rawCount} numbers`, String(row?.length ?? "nothing"));
    const subject = subjects === null ? null : subjects[i];
    if (subjects !== null && (typeof subject !== "string" || subject === ""))
      throw dataError(place(), "a subject id (a text that is not empty)", "none");
    builder.add(row, labels[i], subject, place);
  }
  return builder.finish({
    labelNames: input.labelNames ?? defaultLabelNames(labels, task),
    featureNames: input.featureNames ?? null,
    schemaDigest: input.schemaDigest ?? null,
  });
}

interface Shape {
  readonly rowCount: number;
  readonly rawCount: number;
  readonly rowAt: (row: number) => ArrayLike<number>;
}

function readShape({ features, featureCount }: DatasetInput, source: string): Shape {
  if (Array.isArray(features)) {
    const list = features as readonly ArrayLike<number>[];
    return {
      rowCount: list.length,
      rawCount: featureCount ?? list[0]?.length ?? 0,
      rowAt: (row) => list[row],
    };
  }
  const flat = features as Float32Array | Float64Array;
  if (!(flat instanceof Float32Array || flat instanceof Float64Array))
    throw new ExpungeError(
      "E_OPTION",
      "Expected features to be a Float32Array, a Float64Array or a list of rows.",
    );
  if (featureCount === undefined || !Number.isSafeInteger(featureCount) || featureCount < 1) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected featureCount = ${String(featureCount)} to be an integer of at least 1 with flat features.`,
      { field: "featureCount", found: featureCount },
    );
  }
  if (flat.length % featureCount !== 0)
    throw dataError({ file: source }, `a multiple of ${featureCount} numbers`, String(flat.length));
  return {
    rowCount: flat.length / featureCount,
    rawCount: featureCount,
    rowAt: (row) => flat.subarray(row * featureCount, (row + 1) * featureCount),
  };
}

function requireLength(source: string, name: string, found: number, expected: number): void {
  if (found !== expected) throw dataError({ file: source }, `${expected} ${name}, one a row`, String(found));
}

function defaultLabelNames(labels: ArrayLike<number>, task: Task): string[] {
  if (task === "binary") return ["-1", "+1"];
  if (task === "regression") return [];
  let largest = 0;
  for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]);
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}
