import { ExpungeError, requireKnownKeys } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { MAX_SPARSE_COLUMNS } from "../records/sparse-rows.js";
import type { SubjectForm } from "../records/subject-form.js";
import { cellError, dataError, type Place } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { EntryList, SparseGatherer } from "./entry-list.js";
import { LabelProfile } from "./label-profile.js";
import { draftLabelScaling, type LabelScaling, OWN_UNITS, roundedLogOdds } from "./label-scaling.js";
import { NumberSample } from "./number-sample.js";
import { defaultLabelNames, RowIntake } from "./row-intake.js";
import { ownerAt, requireOwners, requireSubjectForm } from "./row-owners.js";
import { requireSampleWeights, SAMPLE_WEIGHTS, sampleWeightOf } from "./sample-weights.js";
import {
  isSparseInput,
  readEntries,
  requireColumnCount,
  type SparseInput,
  sparseRowCount,
} from "./sparse-input.js";

/** Rows in memory, with labels and, where rows have them, owners and weights. */
export interface DatasetInput {
  /** rowCount x featureCount numbers, row-major, or a list of rows; or sparse rows, which are kept sparse. */
  readonly features: Float32Array | Float64Array | readonly ArrayLike<number>[] | SparseInput;
  /** Needed with flat and sparse features; columns before the intercept. */
  readonly featureCount?: number;
  readonly labels: ArrayLike<number>;
  /**
   * binary: -1/+1, or 0/1; multiclass: 0, 1, ...; regression: any finite number. Left out, the labels say: two whole numbers are binary,
   * the larger one positive, a few of them classes that keep their numbers as names, all else regression (`describeLabels` says which).
   */
  readonly task?: Task;
  /** Owner of each row; a subject may own many. */
  readonly subjects?: readonly string[] | null;
  /** What each row's gradient is multiplied by in training, in (0, 1]; default 1 for all. Never a feature. */
  readonly sampleWeights?: ArrayLike<number>;
  /** In which ids are compared, here and in requests; default "none". */
  readonly subjectForm?: SubjectForm;
  readonly labelNames?: readonly string[];
  /** One a column, the intercept's excluded. */
  readonly featureNames?: readonly string[] | null;
  /** Default "clip". */
  readonly scaling?: RowScaling["kind"];
  /** Value of a constant feature appended to every row before it is scaled; 0 (the default) for none. */
  readonly intercept?: number;
  readonly schemaDigest?: string | null;
  /**
   * Regression: a model learns (label - centre) / scale, and predicts in the labels' own units. Public: give what is known without looking
   * at the rows. Default: a power of two near the labels' spread and a multiple of it near their median, read off the labels.
   */
  readonly labelScaling?: LabelScaling;
  /**
   * Two classes: log odds of a positive label, in [-15, 15]; a model learns what rows say beyond it. Public: give what is known without looking at the
   * rows. Default: read off the labels, in whole nats, each row as much as its weight.
   */
  readonly logOdds?: number;
  /** What errors call the data. */
  readonly source?: string;
  /** Takes rows that all have one label, to evaluate a model on, for a model to learn, or to correct others to; default false. */
  readonly allowOneClass?: boolean;
}

const DATASET_KEYS: Record<keyof DatasetInput, true> = {
  features: true,
  featureCount: true,
  labels: true,
  task: true,
  subjects: true,
  sampleWeights: true,
  subjectForm: true,
  labelNames: true,
  featureNames: true,
  scaling: true,
  intercept: true,
  schemaDigest: true,
  labelScaling: true,
  logOdds: true,
  source: true,
  allowOneClass: true,
};

/**
 * Checks rows and labels and scales every row to norm at most 1 (docs/theory.md, "Learning and unlearning are one process").
 *
 * @throws ExpungeError E_DATA naming row, column, what was found and what was expected; E_OPTION for bad options
 */
export function createDataset(input: DatasetInput): Dataset {
  requireKnownKeys("a data set", input, DATASET_KEYS);
  const {
    subjects = null,
    sampleWeights,
    subjectForm = "none",
    scaling = "clip",
    intercept = 0,
    source = "data",
    allowOneClass = false,
  } = input;
  const { rowCount, rawCount, rowAt, sparse } = readShape(input, source);
  requireNumbers(input.labels, source);
  const coded = codeLabels(input, source);
  const { task, names, labels } = coded;
  if (rowCount === 0) throw dataError({ file: source }, "at least one row", "none");
  if (labels.length !== rowCount)
    throw dataError({ file: source }, `${rowCount} labels, one a row`, String(labels.length));
  requireOwners(subjects, rowCount, source);
  requireSampleWeights(sampleWeights, rowCount, source);
  requireSubjectForm(subjectForm);
  const intake = new RowIntake({ task, scaling, intercept, rawCount, source, allowOneClass });
  const { featureCount } = intake;
  const { labelScaling, logOdds } = labelFacts(input, coded);
  const { centre, scale } = labelScaling ?? OWN_UNITS;
  const stored = Float64Array.from(labels, (label) => (label - centre) / scale);
  const features = new Float32Array(sparse ? 0 : rowCount * featureCount);
  const entries = new EntryList();
  const gathered = new SparseGatherer();
  const owners: string[] = [];
  const weights = sampleWeights === undefined ? null : new Float32Array(rowCount);
  for (let i = 0; i < rowCount; i++) {
    const place = (): Place => ({ file: source, row: i + 1 });
    const owner = ownerAt(subjects, i, subjectForm, place);
    if (sparse) {
      readEntries(sparse, i, rawCount, entries, place);
      intake.takeEntries(entries, stored[i]!, owner, place, gathered);
    } else {
      const row = rowAt(i);
      if (row?.length !== rawCount)
        throw dataError(place(), `${rawCount} numbers`, String(row?.length ?? "nothing"));
      intake.take(row, stored[i]!, owner, place, features.subarray(i * featureCount, (i + 1) * featureCount));
    }
    if (owner !== null) owners.push(owner);
    if (weights)
      weights[i] = sampleWeightOf(sampleWeights?.[i], () => ({ ...place(), column: SAMPLE_WEIGHTS }));
  }
  const { labelNames = names ?? defaultLabelNames(task, intake.largestLabel) } = input;
  intake.requireComplete(labelNames);
  return Object.freeze({
    ...intake.describe({
      labelNames,
      featureNames: input.featureNames ?? null,
      schemaDigest: input.schemaDigest ?? null,
      subjectForm,
      labelScaling,
      logOdds,
    }),
    rowCount,
    features,
    ...(sparse ? { sparse: gathered.finish() } : {}),
    labels: Float32Array.from(stored),
    subjects: subjects === null ? null : Object.freeze(owners),
    ...(weights ? { hasSampleWeights: true, sampleWeights: weights } : {}),
  });
}

/** Texts and truth values would pass for numbers, "0" and "1" for amounts. @throws ExpungeError E_DATA */
function requireNumbers(labels: ArrayLike<unknown>, file: string): void {
  if (typeof labels?.length !== "number")
    throw dataError({ file }, "labels, one a row", labels === null ? "null" : typeof labels);
  for (let i = 0; i < labels.length; i++)
    if (typeof labels[i] !== "number")
      throw cellError({ file, row: i + 1 }, "a label that is a number", labels[i]);
}

interface CodedLabels {
  readonly task: Task;
  /** null where those of the codes do. */
  readonly names: readonly string[] | null;
  /** -1/+1, class numbers or amounts. */
  readonly labels: ArrayLike<number>;
}

function codeLabels({ task, labels }: DatasetInput, source: string): CodedLabels {
  if (task !== undefined && task !== "binary") return { task, names: null, labels };
  const list = Array.from(labels);
  if (task === "binary") {
    const areBits = list.includes(0) && list.every((label) => label === 0 || label === 1);
    return areBits
      ? { task, names: ["0", "1"], labels: list.map((label) => 2 * label - 1) }
      : { task, names: null, labels };
  }
  const profile = new LabelProfile();
  profile.add(list);
  const { names, codeOf, task: guessed } = profile.coding(source);
  // Amounts are scaled by what is declared of them, if anything is.
  if (guessed === "regression") return { task: guessed, names: null, labels };
  return { task: guessed, names, labels: list.map(codeOf) };
}

/** What is declared of the labels, or what they show coarsely. @throws ExpungeError E_OPTION */
function labelFacts(
  { labelScaling, logOdds, sampleWeights }: DatasetInput,
  { task, labels }: CodedLabels,
): LabelFacts {
  if (task === "regression")
    return { labelScaling: labelScaling ? checked(labelScaling) : draftedScaling(labels) };
  if (task !== "binary") return {};
  if (logOdds === undefined) return { logOdds: logOddsOf(labels, sampleWeights) };
  if (typeof logOdds === "number" && Math.abs(logOdds) <= 15) return { logOdds };
  throw new ExpungeError("E_OPTION", `Expected logOdds = ${String(logOdds)} in [-15, 15].`, {
    field: "logOdds",
    found: logOdds,
  });
}

type LabelFacts = Pick<DatasetInput, "labelScaling" | "logOdds">;

function checked(scaling: LabelScaling): LabelScaling {
  const { centre, scale } = scaling;
  if (Number.isFinite(centre) && Number.isFinite(scale) && scale > 0) return Object.freeze({ centre, scale });
  throw new ExpungeError(
    "E_OPTION",
    `Expected labelScaling = ${JSON.stringify(scaling)} to be {centre, scale}, finite numbers with scale > 0.`,
    { field: "labelScaling", found: scaling },
  );
}

function draftedScaling(labels: ArrayLike<number>): LabelScaling {
  const sample = new NumberSample();
  for (let i = 0; i < labels.length; i++) sample.add(labels[i]!);
  return draftLabelScaling(sample);
}

/** Rows count by their weights, as in training. */
function logOddsOf(labels: ArrayLike<number>, weights: ArrayLike<number> | undefined): number {
  let [positive, negative] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const weight = weights?.[i] ?? 1;
    if (labels[i]! > 0) positive += weight;
    else negative += weight;
  }
  return positive === 0 || negative === 0 ? 0 : roundedLogOdds(positive, negative);
}

interface Shape {
  readonly rowCount: number;
  readonly rawCount: number;
  /** undefined where a caller's list has a hole. */
  readonly rowAt: (row: number) => ArrayLike<number> | undefined;
  /** The rows, where they are sparse; `rowAt` then gives none. */
  readonly sparse?: SparseInput;
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
  if (isSparseInput(features)) {
    // A column is left for the intercept.
    const rawCount = requireColumnCount(featureCount, MAX_SPARSE_COLUMNS - 1);
    return { rowCount: sparseRowCount(features, source), rawCount, rowAt: () => undefined, sparse: features };
  }
  const flat = features as Float32Array | Float64Array;
  if (!(flat instanceof Float32Array || flat instanceof Float64Array))
    throw new ExpungeError(
      "E_OPTION",
      "Expected features to be a Float32Array, a Float64Array, a list of rows or sparse rows {starts, columns, values}.",
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
