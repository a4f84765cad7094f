import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
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
  if (rowCount === 0) throw new ExpungeError("E_DATA", `${source}: expected at least one row, found none.`);
  requireLength(source, "labels", labels.length, rowCount);
  if (subjects !== null) requireLength(source, "subjects", subjects.length, rowCount);
  const builder = new DatasetBuilder({ task, scaling, intercept, rawCount, source });
  for (let i = 0; i < rowCount; i++) {
    const place = (): string => `${source}: row ${i + 1}`;
    const row = rowAt(i);
    if (row.length !== rawCount) {
      throw new ExpungeError("E_DATA", `${place()}: expected ${rawCount} numbers, found ${row.length}.`, {
        row: i + 1,
      });
    }
    const subject = subjects === null ? null : subjects[i];
    if (subject === "" || (subject !== null && typeof subject !== "string")) {
      throw new ExpungeError("E_DATA", `${place()}: expected a subject id, found none.`, { row: i + 1 });
    }
    builder.add(row, labels[i], subject, place);
  }
  return builder.finish({
    labelNames: Object.freeze(input.labelNames ?? defaultLabelNames(labels, task)),
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
  if (featureCount === undefined || !Number.isSafeInteger(featureCount) || featureCount < 1) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected featureCount = ${String(featureCount)} to be an integer of at least 1 with flat features.`,
    );
  }
  if (flat.length % featureCount !== 0) {
    throw new ExpungeError(
      "E_DATA",
      `${source}: expected a multiple of ${featureCount} numbers, found ${flat.length}.`,
    );
  }
  return {
    rowCount: flat.length / featureCount,
    rawCount: featureCount,
    rowAt: (row) => flat.subarray(row * featureCount, (row + 1) * featureCount),
  };
}

function requireLength(source: string, name: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new ExpungeError("E_DATA", `${source}: expected ${expected} ${name}, one a row, found ${found}.`, {
    found,
    expected,
  });
}

function defaultLabelNames(labels: ArrayLike<number>, task: Task): string[] {
  if (task === "binary") return ["-1", "+1"];
  if (task === "regression") return [];
  let largest = 0;
  for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]);
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}
