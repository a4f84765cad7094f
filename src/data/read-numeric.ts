import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { ChunkGatherer } from "./chunk-gatherer.js";
import { dataError, type Place } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { LabelProfile } from "./label-profile.js";
import { type NpyRows, npyRowsOf, openNpyRows } from "./npy-rows.js";
import { type NpyArray, readNpz } from "./read-npy.js";
import { defaultLabelNames, RowIntake } from "./row-intake.js";
import { ownerAt, requireOwners } from "./row-owners.js";
import { collectRows, type RowChunk, type RowSource } from "./row-source.js";

export interface NumericOptions {
  /** A .npy file with the labels; not needed for a .npz that has `labels` (or `y`). */
  readonly labels?: string;
  readonly task?: Task;
  /** Default "l2". */
  readonly scaling?: RowScaling["kind"];
  readonly intercept?: number;
  /** Owner of each row; a subject may own many. */
  readonly subjects?: readonly string[];
  /** Takes rows that all have one label, to evaluate a model on; give `task` then. Default false. */
  readonly allowOneClass?: boolean;
}

/**
 * NumPy files chunk by chunk: features (rows x columns) from a .npy, or from `features` (or `X`) of a .npz, with their labels. Two label
 * values, -1/+1 or 0/1, make a binary set; integers a multiclass one; anything else is regression, unless `task` says otherwise.
 *
 * Memory is some MiB for .npy files, which are read by position (the labels twice: first for the task). A .npz is compressed as a
 * whole, so it is read whole and kept: give large data as .npy.
 *
 * @throws ExpungeError E_DATA, E_OPTION; while rows are read, E_DATA naming file, row, column, what was found and what was expected
 */
export async function streamNumeric(path: string, options: NumericOptions = {}): Promise<RowSource> {
  const open = path.endsWith(".npz") ? await npzOpener(path) : npyOpener(path, options.labels);
  const { subjects = null, scaling = "l2", intercept = 0, allowOneClass = false } = options;
  const { shape, profile } = await survey(path, open);
  const [rowCount, rawCount] = shape;
  requireOwners(subjects, rowCount, path);
  const task = options.task ?? profile.guessTask();
  const codeOf = profile.codeOf(task);
  const newIntake = (): RowIntake =>
    new RowIntake({ task, scaling, intercept, rawCount, source: path, allowOneClass });
  const labelNames = defaultLabelNames(task, profile.largestLabel);
  async function* chunks(): AsyncGenerator<RowChunk> {
    const gatherer = new ChunkGatherer(newIntake());
    for await (const { first, features, labels } of readBlocks(path, open, shape)) {
      for (let i = 0; i < labels.length; i++) {
        const place = (): Place => ({ file: path, row: first + i + 1 });
        const values = features.subarray(i * rawCount, (i + 1) * rawCount);
        const owner = ownerAt(subjects, first + i, place);
        const chunk = gatherer.add(values, codeOf(labels[i]), owner, place);
        if (chunk !== null) yield chunk;
      }
    }
    yield* gatherer.finish(labelNames);
  }
  const facts = newIntake().describe({
    labelNames,
    featureNames: null,
    schemaDigest: null,
    ...profile.factsFor(task),
  });
  return Object.freeze({ ...facts, chunks });
}

/** The rows of `streamNumeric` in memory. @throws ExpungeError the same */
export async function readNumeric(path: string, options: NumericOptions = {}): Promise<Dataset> {
  return collectRows(await streamNumeric(path, options));
}

interface Arrays {
  readonly features: NpyRows;
  readonly labels: NpyRows;
}

type Opener = () => Promise<Arrays>;

function npyOpener(path: string, labelsPath: string | undefined): Opener {
  if (labelsPath === undefined)
    throw new ExpungeError("E_OPTION", `${path} holds features only: give a .npy file with the labels too.`);
  return async () => {
    const features = await openNpyRows(path);
    try {
      return { features, labels: await openNpyRows(labelsPath) };
    } catch (error) {
      await features.close();
      throw error;
    }
  };
}

async function npzOpener(path: string): Promise<Opener> {
  const arrays = await readNpz(path);
  const features = arrays.get("features") ?? arrays.get("X");
  const labels = arrays.get("labels") ?? arrays.get("y");
  if (features && labels) return async () => ({ features: npyRowsOf(features), labels: npyRowsOf(labels) });
  throw dataError(
    { file: path },
    "arrays features and labels (or X and y)",
    [...arrays.keys()].join(", ") || "none",
  );
}

interface Survey {
  /** [rows, columns] */
  readonly shape: readonly number[];
  readonly profile: LabelProfile;
}

/** What must be known before the first row. */
async function survey(path: string, open: Opener): Promise<Survey> {
  const { features, labels } = await open();
  try {
    requireShapes(path, features.shape, labels.shape);
    const profile = new LabelProfile();
    const rowCount = features.shape[0];
    for (let first = 0; first < rowCount; first += labels.blockRows)
      profile.add(await labels.read(first, Math.min(labels.blockRows, rowCount - first)));
    return { shape: features.shape, profile };
  } finally {
    await features.close();
    await labels.close();
  }
}

function requireShapes(path: string, features: readonly number[], labels: readonly number[]): void {
  const [rowCount, featureCount] = features;
  if (features.length !== 2 || featureCount === 0)
    throw dataError({ file: path }, "features of shape (rows, columns)", `(${features.join(", ")})`);
  if (labels.length !== 1 || labels[0] !== rowCount)
    throw dataError({ file: path }, `labels of shape (${rowCount}), one a row`, `(${labels.join(", ")})`);
}

interface Block {
  /** Number of its first row, from 0. */
  readonly first: number;
  /** Rows x columns, row-major, as in the file. */
  readonly features: NpyArray["data"];
  readonly labels: NpyArray["data"];
}

async function* readBlocks(path: string, open: Opener, shape: readonly number[]): AsyncGenerator<Block> {
  const { features, labels } = await open();
  try {
    // The files were closed in between.
    requireShapes(path, features.shape, labels.shape);
    if (features.shape.join() !== shape.join())
      throw dataError({ file: path }, `features of shape (${shape.join(", ")}) as before`, "another one");
    for (let first = 0; first < shape[0]; first += features.blockRows) {
      const count = Math.min(features.blockRows, shape[0] - first);
      yield { first, features: await features.read(first, count), labels: await labels.read(first, count) };
    }
  } finally {
    await features.close();
    await labels.close();
  }
}
