import { ExpungeError } from "../errors.js";
import type { Task } from "../objective/objective.js";
import { cellError, dataError, type Place } from "./data-error.js";
import type { Dataset, RowScaling } from "./dataset.js";
import { copyFinite, scaleRowInto } from "./scale-rows.js";

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

/** Float32 numbers per piece of memory: 4 MiB. */
const PIECE_NUMBERS = 2 ** 20;

/** Collects rows one at a time, scaled and checked as they come, in memory that grows by pieces. */
export class DatasetBuilder {
  private readonly options: BuilderOptions;
  private readonly featureCount: number;
  private readonly wide: Float64Array;
  private readonly pieceRows: number;
  private readonly pieces: Float32Array[] = [];
  private readonly labels: number[] = [];
  private readonly subjects: string[] = [];
  private readonly classes = new Set<number>();
  private largestLabel = 0;

  constructor(options: BuilderOptions) {
    requireOptions(options);
    this.options = options;
    this.featureCount = options.rawCount + (options.intercept === 0 ? 0 : 1);
    this.wide = new Float64Array(this.featureCount);
    this.pieceRows = Math.max(1, Math.floor(PIECE_NUMBERS / this.featureCount));
  }

  get rowCount(): number {
    return this.labels.length;
  }

  /**
   * Adds a row.
   *
   * @param values  rawCount numbers
   * @param subject owner, or null: for all rows or for none
   * @throws ExpungeError E_DATA for a number or label that is none, or a row of zeros under "l2"
   */
  add(values: ArrayLike<number>, label: number, subject: string | null, place: () => Place): void {
    const { rawCount, intercept, scaling, task } = this.options;
    copyFinite(values, this.wide, rawCount, place);
    if (intercept !== 0) this.wide[rawCount] = intercept;
    if (!isLabel(label, task)) throw cellError(place(), `a label ${LABEL_TEXTS[task]}`, label);
    // A list of owners shorter than the rows would hand everybody the next one's row.
    if ((subject !== null) !== this.subjects.length > 0 && this.rowCount > 0)
      throw dataError(place(), "a subject id on every row or on none", "rows of both kinds");
    const start = (this.rowCount % this.pieceRows) * this.featureCount;
    if (start === 0) this.pieces.push(new Float32Array(this.pieceRows * this.featureCount));
    const piece = this.pieces[this.pieces.length - 1];
    scaleRowInto(this.wide, scaling, piece.subarray(start, start + this.featureCount), place);
    this.labels.push(label);
    this.largestLabel = Math.max(this.largestLabel, label);
    if (this.classes.size < 2) this.classes.add(label);
    if (subject !== null) this.subjects.push(subject);
  }

  /**
   * @throws ExpungeError E_DATA for no rows at all, labels of one class only, or a class without a name; E_OPTION for a wrong
   *         number of names
   */
  finish(names: Pick<Dataset, "labelNames" | "featureNames" | "schemaDigest">): Dataset {
    const { source, task, scaling, intercept, rawCount } = this.options;
    const { rowCount, featureCount } = this;
    if (rowCount === 0) throw dataError({ file: source }, "at least one row", "none");
    if (task !== "regression" && this.classes.size < 2)
      throw dataError({ file: source }, "labels of at least two classes", `only ${[...this.classes].join()}`);
    if (names.featureNames !== null && names.featureNames.length !== rawCount)
      throw optionError("featureNames.length", names.featureNames.length, `to be ${rawCount}`);
    requireLabelNames(task, names.labelNames.length, this.largestLabel);
    const features = new Float32Array(rowCount * featureCount);
    const pieceNumbers = this.pieceRows * featureCount;
    this.pieces.forEach((piece, i) => {
      const start = i * pieceNumbers;
      features.set(piece.subarray(0, Math.min(pieceNumbers, features.length - start)), start);
    });
    return Object.freeze({
      rowCount,
      featureCount,
      features,
      labels: Float32Array.from(this.labels),
      task,
      // Copies: the caller's own lists are neither frozen nor trusted to stay as they are.
      labelNames: Object.freeze([...names.labelNames]),
      featureNames: names.featureNames === null ? null : Object.freeze([...names.featureNames]),
      subjects: this.subjects.length === 0 ? null : Object.freeze(this.subjects),
      scaling: Object.freeze({ kind: scaling, intercept }),
      schemaDigest: names.schemaDigest,
    });
  }
}

const LABEL_TEXTS: Readonly<Record<Task, string>> = {
  binary: "-1 or +1",
  multiclass: "a class number 0, 1, ...",
  regression: "a finite number",
};

/** Softmax keeps one output a class: more of them than this is a column of ids taken for labels. */
const MOST_CLASSES = 2 ** 16;

function isLabel(label: number, task: Task): boolean {
  if (task === "binary") return label === 1 || label === -1;
  if (task === "multiclass") return Number.isSafeInteger(label) && label >= 0 && label < MOST_CLASSES;
  return typeof label === "number" && Number.isFinite(Math.fround(label));
}

function requireLabelNames(task: Task, found: number, largestLabel: number): void {
  if (task === "binary" && found !== 2) throw optionError("labelNames.length", found, "to be 2");
  if (task === "regression" && found !== 0) throw optionError("labelNames.length", found, "to be 0");
  if (task === "multiclass" && found <= largestLabel)
    throw optionError("labelNames.length", found, `to be above the largest label, ${largestLabel}`);
}

function requireOptions({ task, scaling, intercept, rawCount, source }: BuilderOptions): void {
  if (!Object.hasOwn(LABEL_TEXTS, task))
    throw optionError("task", task, "to be binary, multiclass or regression");
  if (scaling !== "l2" && scaling !== "clip") throw optionError("scaling", scaling, 'to be "l2" or "clip"');
  if (!(Number.isFinite(intercept) && intercept >= 0))
    throw optionError("intercept", intercept, "in [0, inf)");
  if (rawCount < 1) throw dataError({ file: source }, "at least one feature column", "none");
}

function optionError(field: string, found: unknown, expected: string): ExpungeError {
  return new ExpungeError("E_OPTION", `Expected ${field} = ${String(found)} ${expected}.`, {
    field,
    found,
    expected,
  });
}
