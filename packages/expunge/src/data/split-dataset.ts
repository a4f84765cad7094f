import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { ExpungeError } from "../errors.js";
import { selectSparse } from "../records/sparse-rows.js";
import { type Dataset, denseRows } from "./dataset.js";

/** The rows with the given 0-based numbers, in that order. @throws ExpungeError E_OPTION for a number out of range, or none at all */
export function selectRows(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  const { featureCount, rowCount } = dataset;
  if (rows.length === 0)
    throw new ExpungeError("E_OPTION", "Expected at least one row to select, found none.");
  const features = new Float32Array(dataset.sparse ? 0 : rows.length * featureCount);
  const labels = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < rowCount)) {
      throw new ExpungeError(
        "E_OPTION",
        `Expected rows[${i}] = ${row} to be an integer in [0, ${rowCount - 1}].`,
      );
    }
    if (!dataset.sparse) features.set(denseRows(dataset, row, row + 1), i * featureCount);
    labels[i] = dataset.labels[row]!;
  }
  const { subjects, sampleWeights, sparse } = dataset;
  return Object.freeze({
    ...dataset,
    rowCount: rows.length,
    features,
    ...(sparse ? { sparse: selectSparse(sparse, rows) } : {}),
    labels,
    subjects: subjects === null ? null : Object.freeze(Array.from(rows, (row) => subjects[row] as string)),
    ...(sampleWeights ? { sampleWeights: Float32Array.from(rows, (row) => sampleWeights[row]!) } : {}),
  });
}

/**
 * Cuts a data set in two by subject: all rows of a subject fall on the same side, decided by a hash of seed and subject (of seed and
 * row number where rows have no owner). The same seed gives the same cut.
 *
 * @param options.testFraction in (0, 1): expected share of the test side
 * @param options.part which of the 1 / testFraction disjoint test sides of this seed, from 0 (the default)
 * @throws ExpungeError E_OPTION for a fraction out of range, or one that leaves a side empty
 */
export function splitDataset(
  dataset: Dataset,
  options: { readonly testFraction: number; readonly seed: string | number; readonly part?: number },
): { readonly train: Dataset; readonly test: Dataset } {
  const { testFraction, seed, part = 0 } = options;
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new ExpungeError("E_OPTION", `Expected testFraction = ${testFraction} in (0, 1).`);
  }
  const trainRows: number[] = [];
  const testRows: number[] = [];
  for (let row = 0; row < dataset.rowCount; row++) {
    const owner = dataset.subjects?.[row] ?? `row ${row}`;
    const place = uniformOf(`${seed}/${owner}`) / testFraction - part;
    (place >= 0 && place < 1 ? testRows : trainRows).push(row);
  }
  if (trainRows.length === 0 || testRows.length === 0) {
    throw new ExpungeError(
      "E_OPTION",
      `testFraction = ${testFraction} leaves one side of ${dataset.rowCount} rows empty.`,
    );
  }
  return { train: selectRows(dataset, trainRows), test: selectRows(dataset, testRows) };
}

/** A number in [0, 1) from a text. */
function uniformOf(text: string): number {
  const hash = sha256(utf8ToBytes(text));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0) / 2 ** 32;
}
