import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { createDataset } from "./create-dataset.js";
import { dataError } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { type NpyArray, readNpy, readNpz } from "./read-npy.js";

export interface NumericOptions {
  /** A .npy file with the labels; not needed for a .npz that has `labels` (or `y`). */
  readonly labels?: string;
  readonly task?: Task;
  /** Default "l2". */
  readonly scaling?: RowScaling["kind"];
  readonly intercept?: number;
  /** Owner of each row; a subject may own many. */
  readonly subjects?: readonly string[];
}

/**
 * A data set from NumPy files: features (rows x columns) from a .npy, or from `features` (or `X`) of a .npz, with their labels. Two label
 * values, -1/+1 or 0/1, make a binary set; integers a multiclass one; anything else is regression, unless `task` says otherwise.
 *
 * @throws ExpungeError E_DATA, E_OPTION
 */
export async function readNumeric(path: string, options: NumericOptions = {}): Promise<Dataset> {
  const { features, labels } = path.endsWith(".npz")
    ? await fromNpz(path)
    : await fromNpy(path, options.labels);
  const [rowCount, featureCount] = features.shape;
  if (features.shape.length !== 2 || featureCount === 0)
    throw dataError({ file: path }, "features of shape (rows, columns)", `(${features.shape.join(", ")})`);
  if (labels.shape.length !== 1 || labels.shape[0] !== rowCount)
    throw dataError(
      { file: path },
      `labels of shape (${rowCount}), one a row`,
      `(${labels.shape.join(", ")})`,
    );
  const task = options.task ?? guessTask(labels.data);
  return createDataset({
    features: features.data instanceof Float32Array ? features.data : new Float64Array(features.data),
    featureCount,
    labels: task === "binary" ? signed(labels.data) : labels.data,
    task,
    scaling: options.scaling ?? "l2",
    intercept: options.intercept ?? 0,
    subjects: options.subjects ?? null,
    source: path,
  });
}

async function fromNpy(
  path: string,
  labels: string | undefined,
): Promise<{ features: NpyArray; labels: NpyArray }> {
  if (labels === undefined)
    throw new ExpungeError("E_OPTION", `${path} holds features only: give a .npy file with the labels too.`);
  return { features: await readNpy(path), labels: await readNpy(labels) };
}

async function fromNpz(path: string): Promise<{ features: NpyArray; labels: NpyArray }> {
  const arrays = await readNpz(path);
  const features = arrays.get("features") ?? arrays.get("X");
  const labels = arrays.get("labels") ?? arrays.get("y");
  if (features && labels) return { features, labels };
  throw dataError(
    { file: path },
    "arrays features and labels (or X and y)",
    [...arrays.keys()].join(", ") || "none",
  );
}

function guessTask(labels: ArrayLike<number>): Task {
  const values = new Set<number>();
  let areClasses = true;
  // All of them: rows are often sorted by label, so that the first many are of one kind.
  for (let i = 0; i < labels.length; i++) {
    if (values.size <= 2) values.add(labels[i]);
    if (!(Number.isInteger(labels[i]) && labels[i] >= 0)) areClasses = false;
  }
  if (values.size === 2 && values.has(1) && (values.has(-1) || values.has(0))) return "binary";
  return areClasses ? "multiclass" : "regression";
}

/** 0/1 labels as -1/+1; -1/+1 as they are. */
function signed(labels: ArrayLike<number>): Float64Array {
  const hasMinus = Array.from(labels).includes(-1);
  return Float64Array.from(labels, (label) => (label === 0 && !hasMinus ? -1 : label));
}
