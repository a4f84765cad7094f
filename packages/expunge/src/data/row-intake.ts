import { optionError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { cellError, dataError, type Place } from "./data-error.js";
import type { DatasetFacts, RowScaling } from "./dataset.js";
import type { EntryList, SparseGatherer } from "./entry-list.js";
import type { LabelScaling } from "./label-scaling.js";
import { copyFinite, scaleRowInto } from "./scale-rows.js";

export interface IntakeOptions {
  readonly task: Task;
  readonly scaling: RowScaling["kind"];
  /** Value of the constant feature appended to every row before it is scaled; 0 for none. */
  readonly intercept: number;
  /** Features of a raw row, without the intercept. */
  readonly rawCount: number;
  /** What errors call the data. */
  readonly source: string;
  /** Whether all rows may have one label: enough to judge a model by, not to train one. Default false. */
  readonly allowOneClass?: boolean;
}

/** The facts that no row tells. */
export type RowNames = Pick<
  DatasetFacts,
  "labelNames" | "featureNames" | "schemaDigest" | "subjectForm" | "labelScaling" | "logOdds"
>;

/** Checks and scales rows one at a time, and remembers of them what can be judged only at the end. Holds no rows. */
export class RowIntake {
  private readonly options: IntakeOptions;
  readonly featureCount: number;
  private wide: Float64Array | undefined;
  private readonly classes = new Set<number>();
  private hasSubjects = false;
  private rows = 0;
  private largest = 0;

  /** @throws ExpungeError E_OPTION; E_DATA for rows without features */
  constructor(options: IntakeOptions) {
    requireOptions(options);
    this.options = options;
    this.featureCount = options.rawCount + (options.intercept === 0 ? 0 : 1);
  }

  /** Of the rows so far; 0 where none is above 0. */
  get largestLabel(): number {
    return this.largest;
  }

  /**
   * Checks a row and writes its features.
   *
   * @param values  rawCount numbers
   * @param subject owner, or null: for all rows or for none
   * @param into    featureCount numbers, the intercept's last
   * @throws ExpungeError E_DATA for a number or label that is none, or a row of zeros under "l2"
   */
  take(
    values: ArrayLike<number>,
    label: number,
    subject: string | null,
    place: () => Place,
    into: Float32Array,
  ): void {
    const { rawCount, intercept, scaling } = this.options;
    this.wide ??= new Float64Array(this.featureCount);
    copyFinite(values, this.wide, rawCount, place);
    if (intercept !== 0) this.wide[rawCount] = intercept;
    this.require(label, subject, place);
    scaleRowInto(this.wide, scaling, into, place);
    this.count(label);
  }

  /**
   * The same of a row of which only the numbers other than 0 are given, to the same bits.
   *
   * @param entries finite numbers; the intercept is added to them
   */
  takeEntries(
    entries: EntryList,
    label: number,
    subject: string | null,
    place: () => Place,
    into: SparseGatherer,
  ): void {
    const { rawCount, intercept, scaling } = this.options;
    this.require(label, subject, place);
    into.addScaled(entries, { kind: scaling, intercept }, rawCount, place);
    this.count(label);
  }

  private require(label: number, subject: string | null, place: () => Place): void {
    const { task } = this.options;
    if (!isLabel(label, task)) throw cellError(place(), `a label ${LABEL_TEXTS[task]}`, label);
    // A list of owners shorter than the rows would hand everybody the next one's row.
    if (this.rows === 0) this.hasSubjects = subject !== null;
    else if ((subject !== null) !== this.hasSubjects)
      throw dataError(place(), "a subject id on every row or on none", "rows of both kinds");
  }

  private count(label: number): void {
    this.rows++;
    this.largest = Math.max(this.largest, label);
    if (this.classes.size < 2) this.classes.add(label);
  }

  /** What the rows say of themselves, known before the first of them. @throws ExpungeError E_OPTION for a wrong number of names */
  describe(names: RowNames): DatasetFacts {
    const { labelNames, featureNames, schemaDigest, subjectForm = "none", labelScaling, logOdds } = names;
    const { task, scaling, intercept, rawCount } = this.options;
    if (featureNames !== null && featureNames.length !== rawCount)
      throw optionError("featureNames.length", featureNames.length, `to be ${rawCount}`);
    return {
      featureCount: this.featureCount,
      task,
      // Copies: the caller's own lists are neither frozen nor trusted to stay as they are.
      labelNames: Object.freeze([...labelNames]),
      featureNames: featureNames === null ? null : Object.freeze([...featureNames]),
      scaling: Object.freeze({ kind: scaling, intercept }),
      schemaDigest,
      ...(subjectForm === "none" ? {} : { subjectForm }),
      ...(task === "regression" && labelScaling && !isOwn(labelScaling) ? { labelScaling } : {}),
      ...(task === "binary" && logOdds ? { logOdds } : {}),
    };
  }

  /**
   * To be called behind the last row.
   *
   * @throws ExpungeError E_DATA for no rows at all or labels of one class only (unless allowed); E_OPTION for a wrong number of label names
   */
  requireComplete(labelNames: readonly string[]): void {
    const { source, task, allowOneClass = false } = this.options;
    if (this.rows === 0) throw dataError({ file: source }, "at least one row", "none");
    if (task !== "regression" && this.classes.size < 2 && !allowOneClass)
      throw dataError({ file: source }, "labels of at least two classes", `only ${[...this.classes].join()}`);
    requireLabelNames(task, labelNames.length, this.largest);
  }
}

function isOwn({ centre, scale }: LabelScaling): boolean {
  return centre === 0 && scale === 1;
}

/** Names for labels that came without. */
export function defaultLabelNames(task: Task, largestLabel: number): readonly string[] {
  if (task === "binary") return ["-1", "+1"];
  if (task === "regression") return [];
  return Array.from({ length: Math.min(largestLabel + 1, MAX_CLASSES) }, (_, i) => String(i));
}

const LABEL_TEXTS: Readonly<Record<Task, string>> = {
  binary: "-1 or +1",
  multiclass: "a class number 0, 1, ...",
  regression: "a finite number",
};

/** Softmax keeps one output a class: more of them than this is a column of ids taken for labels. */
const MAX_CLASSES = 2 ** 16;

function isLabel(label: number, task: Task): boolean {
  if (task === "binary") return label === 1 || label === -1;
  if (task === "multiclass") return Number.isSafeInteger(label) && label >= 0 && label < MAX_CLASSES;
  return typeof label === "number" && Number.isFinite(Math.fround(label));
}

function requireLabelNames(task: Task, found: number, largestLabel: number): void {
  if (task === "binary" && found !== 2) throw optionError("labelNames.length", found, "to be 2");
  if (task === "regression" && found !== 0) throw optionError("labelNames.length", found, "to be 0");
  if (task === "multiclass" && found <= largestLabel)
    throw optionError("labelNames.length", found, `to be above the largest label, ${largestLabel}`);
}

function requireOptions({ task, scaling, intercept, rawCount, source }: IntakeOptions): void {
  if (!Object.hasOwn(LABEL_TEXTS, task))
    throw optionError("task", task, "to be binary, multiclass or regression");
  if (scaling !== "l2" && scaling !== "clip") throw optionError("scaling", scaling, 'to be "l2" or "clip"');
  if (!(Number.isFinite(intercept) && intercept >= 0))
    throw optionError("intercept", intercept, "in [0, inf)");
  if (rawCount < 1) throw dataError({ file: source }, "at least one feature column", "none");
}
