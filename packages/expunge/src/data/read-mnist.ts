import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { createDataset } from "./create-dataset.js";
import { dataError } from "./data-error.js";
import type { Dataset } from "./dataset.js";
import { readIdx } from "./read-idx.js";

/** Which rows of MNIST to read. */
export interface MnistOptions {
  /**
   * Digits to keep. Two make a binary set (first -1, second +1) with all rows of the first before those of the second, as in the
   * paper; more make a multiclass set in the files' order. Default all ten.
   */
  readonly digits?: readonly number[];
  /** Keep at most this many training rows, from the top. */
  readonly maxTrainRows?: number;
}

/**
 * Reads MNIST as the paper does: pixels / 255 - 0.5, rows scaled to norm 1, no intercept. The signs of the labels are ours.
 *
 * @param folder holds the four idx files under their usual names, gzipped or not
 * @throws ExpungeError E_DATA, E_OPTION
 */
export async function readMnist(
  folder: string,
  options: MnistOptions = {},
): Promise<{ readonly train: Dataset; readonly test: Dataset }> {
  const { digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], maxTrainRows = Number.POSITIVE_INFINITY } = options;
  const isDigitList =
    digits.length >= 2 &&
    new Set(digits).size === digits.length &&
    digits.every((d) => Number.isInteger(d) && d >= 0 && d <= 9);
  if (!isDigitList) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected digits = ${digits.join()} to be at least two different digits.`,
      { field: "digits", found: digits },
    );
  }
  if (!(maxTrainRows >= 1)) {
    throw new ExpungeError("E_OPTION", `Expected maxTrainRows = ${maxTrainRows} in [1, inf).`, {
      field: "maxTrainRows",
      found: maxTrainRows,
    });
  }
  const train = await readPart(folder, "train", digits, maxTrainRows);
  return { train, test: await readPart(folder, "t10k", digits, Number.POSITIVE_INFINITY) };
}

async function readPart(
  folder: string,
  part: "train" | "t10k",
  digits: readonly number[],
  maxRows: number,
): Promise<Dataset> {
  const images = await readIdx(find(folder, `${part}-images-idx3-ubyte`, `${part}-images.idx3-ubyte`));
  const labels = await readIdx(find(folder, `${part}-labels-idx1-ubyte`, `${part}-labels.idx1-ubyte`));
  const [count, height = 0, width = 0] = images.shape;
  if (images.shape.length !== 3 || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw dataError(
      { file: join(folder, `${part}-*`) },
      "images (count x height x width) and as many labels",
      `shapes ${images.shape.join(" x ")} and ${labels.shape.join(" x ")}`,
    );
  }
  const isBinary = digits.length === 2;
  const rowsOf = (wanted: readonly number[]): number[] =>
    Array.from(labels.data.keys()).filter((row) => wanted.includes(labels.data[row]!));
  const ordered = isBinary ? digits.flatMap((digit) => rowsOf([digit])) : rowsOf(digits);
  const rows = ordered.slice(0, maxRows);
  const featureCount = height * width;
  const features = new Float64Array(rows.length * featureCount);
  rows.forEach((row, i) => {
    for (let k = 0; k < featureCount; k++)
      features[i * featureCount + k] = images.data[row * featureCount + k]! / 255 - 0.5;
  });
  return createDataset({
    features,
    featureCount,
    labels: rows.map((row) =>
      isBinary ? (labels.data[row] === digits[0] ? -1 : 1) : digits.indexOf(labels.data[row]!),
    ),
    task: isBinary ? "binary" : "multiclass",
    labelNames: digits.map(String),
    scaling: "l2",
    source: `${folder} (${part})`,
  });
}

function find(folder: string, ...names: readonly string[]): string {
  const candidates = names.flatMap((name) => [name, `${name}.gz`]).map((name) => join(folder, name));
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw dataError({ file: folder }, `a file ${names[0]} (or .gz)`, "none");
}
