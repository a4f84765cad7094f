import { type Dataset, denseRows } from "../data/dataset.js";
import { selectRows, splitDataset } from "../data/split-dataset.js";
import { ExpungeError, optionError, wordedError } from "../errors.js";
import { formSubject } from "../records/subject-form.js";
import { drawBatchOrder, seededUniform32 } from "./batch-order.js";

/** Fewer rows than this to score on say nothing about any plan. */
const MIN_SCORED = 20;

/** In what public data must be as the data are. */
const ALIKE = ["featureCount", "task", "labelNames", "scaling", "schemaDigest"] as const;

/** What trials learn from and what they are scored on. */
export interface TrialRows {
  readonly train: Dataset;
  readonly test: Dataset;
}

/**
 * Cuts the rows that trials may see in two, by owner, as often as the hold-outs have no row in common (at most `count` times).
 *
 * @param holdOut share that is scored on, in (0, 1)
 * @throws ExpungeError E_OPTION where a side would be too small
 */
export function holdOuts(rows: Dataset, holdOut: number, count: number, seed: string): readonly TrialRows[] {
  return Array.from({ length: Math.min(count, mostHoldOuts(holdOut)) }, (_, part) =>
    splitDataset(rows, { testFraction: holdOut, seed: `${seed}/hold-out`, part }),
  );
}

/** How many hold-outs of a share there are without a row in common. */
export function mostHoldOuts(holdOut: number): number {
  return Math.floor(1 / holdOut + 1e-9);
}

/** @throws ExpungeError E_OPTION where a share is none, or leaves too few rows on a side */
export function requireHoldOut({ rowCount }: Dataset, holdOut: number): void {
  if (!(holdOut > 0 && holdOut < 1)) throw optionError("holdOut", holdOut, "in (0, 1)");
  if (rowCount * Math.min(holdOut, 1 - holdOut) >= MIN_SCORED) return;
  throw wordedError(
    "E_OPTION",
    ({ field }) =>
      `Expected ${field("holdOut")} = ${holdOut} of ${rowCount} rows to leave at least ${MIN_SCORED} on both sides: with so few rows keep the defaults.`,
    { holdOut, rowCount, least: MIN_SCORED },
  );
}

/** So many rows of a data set, drawn at random. */
export function someRows(rows: Dataset, count: number, seed: string): Dataset {
  if (count >= rows.rowCount) return rows;
  return selectRows(rows, drawBatchOrder(rows.rowCount, seededUniform32(`${seed}/rows`)).subarray(0, count));
}

/**
 * That rows declared public fit the data, and are others.
 *
 * @throws ExpungeError E_DATA where they do not fit, E_ASSUMPTION where an owner of theirs is in the data too: the claim that trials saw no
 * training record would be false
 */
export function requirePublic(open: Dataset, data: Dataset): void {
  for (const field of ALIKE) {
    const [found, expected] = [JSON.stringify(open[field]), JSON.stringify(data[field])];
    if (found !== expected)
      throw new ExpungeError(
        "E_DATA",
        `Expected ${field} of the public data to be ${expected}, found ${found}.`,
        { field, found, expected },
      );
  }
  const shared = sharedOwners(open, data);
  if (shared === 0 && !isSame(open, data)) return;
  throw new ExpungeError(
    "E_ASSUMPTION",
    shared === 0
      ? "The public data are the data themselves: trials on them are trials on the training records (leave public out)."
      : `Expected no owner of the public data's rows in the data too, found ${shared}: trials would see training records.`,
    { shared },
  );
}

/** Spellings that either of the two takes for one person are one. */
function sharedOwners(open: Dataset, data: Dataset): number {
  if (open.subjects === null || data.subjects === null) return 0;
  const [a = "none", b = "none"] = [open.subjectForm, data.subjectForm];
  const owner = (subject: string): string => formSubject(formSubject(subject, a), b);
  const owners = new Set(data.subjects.map(owner));
  return new Set(open.subjects.map(owner).filter((subject) => owners.has(subject))).size;
}

/** Whatever the labels are called or scaled by. */
function isSame(a: Dataset, b: Dataset): boolean {
  if (a === b) return true;
  if (a.rowCount !== b.rowCount) return false;
  if (!a.sparse && !b.sparse) return a.features.every((x, i) => x === b.features[i]);
  // Row by row: the first that differs ends it, and never are all numbers of sparse rows there.
  for (let row = 0; row < a.rowCount; row++) {
    const other = denseRows(b, row, row + 1);
    if (!denseRows(a, row, row + 1).every((x, i) => x === other[i])) return false;
  }
  return true;
}
