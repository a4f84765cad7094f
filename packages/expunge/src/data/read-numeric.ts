import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import type { SubjectForm } from "../records/subject-form.js";
import { ChunkGatherer } from "./chunk-gatherer.js";
import { cellError, dataError, listText, type Place } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { LabelProfile } from "./label-profile.js";
import { type NpyRows, npyRowsOf, openNpyRows } from "./npy-rows.js";
import { type NpyArray, readOwnedNpz } from "./read-npy.js";
import { RowIntake } from "./row-intake.js";
import { ownerAt, requireOwners, requireSubjectForm } from "./row-owners.js";
import { collectRows, type RowChunk, type RowSource } from "./row-source.js";

/** How to read arrays of numbers as a data set. */
export interface NumericOptions {
  /** A .npy file with the labels; not needed for a .npz that has `labels` (or `y`). */
  readonly labels?: string;
  readonly task?: Task;
  /** Default "l2". */
  readonly scaling?: RowScaling["kind"];
  readonly intercept?: number;
  /** Owner of each row; a subject may own many. Default: the array `subject` (or `subjects`, `owner`, `owners`) of a .npz that has it. */
  readonly subjects?: readonly string[];
  /** In which ids are compared, here and in requests; default "none". */
  readonly subjectForm?: SubjectForm;
  /** Takes rows that all have one label, to evaluate a model on; give `task` then. Default false. */
  readonly allowOneClass?: boolean;
}

/**
 * NumPy files chunk by chunk: features (rows x columns) from a .npy, or from `features` (or `X`) of a .npz, with their labels. Two
 * whole numbers make a binary set, the larger one positive; a few different ones a multiclass set; anything else is regression, unless
 * `task` says otherwise. Classes are called by their numbers, whatever those are.
 *
 * Memory is some MiB for .npy files, which are read by position (the labels twice: first for the task). A .npz is compressed as a
 * whole, so it is read whole and kept: give large data as .npy.
 *
 * @throws ExpungeError E_DATA, E_OPTION; while rows are read, E_DATA naming file, row, column, what was found and what was expected
 */
export async function streamNumeric(path: string, options: NumericOptions = {}): Promise<RowSource> {
  const owned = path.endsWith(".npz") ? await npzOpener(path) : null;
  const open = owned === null ? npyOpener(path, options.labels) : owned.open;
  const { subjects = owned?.subjects ?? null, subjectForm = "none", scaling = "l2" } = options;
  const { intercept = 0, allowOneClass = false } = options;
  const { shape, profile } = await survey(path, open);
  const [rowCount, rawCount] = shape;
  requireOwners(subjects, rowCount, path);
  requireSubjectForm(subjectForm);
  const coding = profile.coding(path, options.task);
  const { names: labelNames, codeOf, task } = coding;
  const newIntake = (): RowIntake =>
    new RowIntake({ task, scaling, intercept, rawCount, source: path, allowOneClass });
  async function* chunks(): AsyncGenerator<RowChunk> {
    const gatherer = new ChunkGatherer(newIntake());
    for await (const { first, features, labels } of readBlocks(path, open, shape)) {
      for (let i = 0; i < labels.length; i++) {
        const place = (): Place => ({ file: path, row: first + i + 1 });
        const values = features.subarray(i * rawCount, (i + 1) * rawCount);
        const owner = ownerAt(subjects, first + i, subjectForm, place);
        const label = labels[i]!;
        const code = codeOf(label);
        if (Number.isNaN(code))
          throw cellError(place(), `a label that is ${expectedText(task, labelNames)}`, label);
        const chunk = gatherer.add(values, { label: code, subject: owner, weight: null }, place);
        if (chunk !== null) yield chunk;
      }
    }
    yield* gatherer.finish(labelNames);
  }
  const facts = newIntake().describe({
    labelNames,
    featureNames: null,
    schemaDigest: null,
    subjectForm,
    ...profile.factsFor(coding),
  });
  return Object.freeze({ ...facts, chunks });
}

/** The rows of `streamNumeric` in memory. @throws ExpungeError the same */
export async function readNumeric(path: string, options: NumericOptions = {}): Promise<Dataset> {
  return collectRows(await streamNumeric(path, options));
}

function expectedText(task: Task, names: readonly string[]): string {
  if (task === "regression") return "a finite number";
  return `one of ${listText(names)}`;
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

/** The features of a .npz, under any of the names that people give them. */
export function featuresIn(arrays: ReadonlyMap<string, NpyArray>): NpyArray | undefined {
  return arrays.get("features") ?? arrays.get("X") ?? arrays.get("x");
}

interface OwnedArrays {
  readonly open: Opener;
  readonly subjects: readonly string[] | null;
}

async function npzOpener(path: string): Promise<OwnedArrays> {
  const { arrays, subjects } = await readOwnedNpz(path);
  const features = featuresIn(arrays);
  const labels = arrays.get("labels") ?? arrays.get("y") ?? arrays.get("Y");
  if (features && labels)
    return { open: async () => ({ features: npyRowsOf(features), labels: npyRowsOf(labels) }), subjects };
  throw dataError(
    { file: path },
    "arrays features and labels (or X and y)",
    [...arrays.keys()].join(", ") || "none",
  );
}

/** Rows, and columns of features. */
type Shape = readonly [number, number];

interface Survey {
  readonly shape: Shape;
  readonly profile: LabelProfile;
}

/** What must be known before the first row. */
async function survey(path: string, open: Opener): Promise<Survey> {
  const { features, labels } = await open();
  try {
    const shape = requireShapes(path, features.shape, labels.shape);
    const profile = new LabelProfile();
    const [rowCount] = shape;
    for (let first = 0; first < rowCount; first += labels.blockRows)
      profile.add(await labels.read(first, Math.min(labels.blockRows, rowCount - first)));
    return { shape, profile };
  } finally {
    await features.close();
    await labels.close();
  }
}

/** @throws ExpungeError E_DATA */
function requireShapes(path: string, features: readonly number[], labels: readonly number[]): Shape {
  const [rowCount = 0, featureCount = 0] = features;
  if (features.length !== 2 || featureCount === 0)
    throw dataError({ file: path }, "features of shape (rows, columns)", `(${features.join(", ")})`);
  if (labels.length !== 1 || labels[0] !== rowCount)
    throw dataError({ file: path }, `labels of shape (${rowCount}), one a row`, `(${labels.join(", ")})`);
  return [rowCount, featureCount];
}

interface Block {
  /** Number of its first row, from 0. */
  readonly first: number;
  /** Rows x columns, row-major, as in the file. */
  readonly features: NpyArray["data"];
  readonly labels: NpyArray["data"];
}

async function* readBlocks(path: string, open: Opener, shape: Shape): AsyncGenerator<Block> {
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
