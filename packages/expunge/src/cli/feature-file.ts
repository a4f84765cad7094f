import { open, writeFile } from "node:fs/promises";
import { longestOf, NPY_HEADER_BYTES, npyBytes, npyHeader, npyType } from "../export/npy.js";
import type { TableColumn } from "../export/parquet.js";

type ColumnData = TableColumn["data"];

/** Encoded rows on their way into a file. */
export interface FeatureFile {
  /**
   * @param features rows x columns, row-major
   * @param labels   one a row, null where there are none
   */
  write(features: Float32Array | Float64Array, labels: ColumnData | null): Promise<void>;
  finish(): Promise<void>;
}

/** What will be written. */
export interface FeatureShape {
  readonly featureNames: readonly string[];
  /** A feature array of no rows: its type is the file's. */
  readonly type: Float32Array | Float64Array;
  /** The label column, and a label array of the type of all; null for none. */
  readonly label: TableColumn | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Formats by the endings of a file's name. */
export const FEATURE_FORMATS = { parquet: [".parquet", ".pq"], npy: [".npy"] } as const;

export type FeatureFormat = keyof typeof FEATURE_FORMATS;

/** One column a feature, and the label's column behind them. @throws ExpungeError E_OPTION for names that are there twice */
export async function beginFeatureTable(path: string, shape: FeatureShape): Promise<FeatureFile> {
  const { featureNames, type, label, metadata } = shape;
  const { beginParquet } = await import("../export/parquet.js");
  const columns = [...featureNames.map((name) => ({ name, data: type })), ...(label ? [label] : [])];
  const table = beginParquet(path, columns, metadata);
  const width = featureNames.length;
  return {
    async write(features, labels) {
      const rowCount = features.length / width;
      const arrays: ColumnData[] = featureNames.map((_, k) =>
        type.constructor === Float32Array
          ? Float32Array.from({ length: rowCount }, (_, i) => features[i * width + k]!)
          : Float64Array.from({ length: rowCount }, (_, i) => features[i * width + k]!),
      );
      await table.write(labels === null ? arrays : [...arrays, labels]);
    },
    finish: () => table.finish(),
  };
}

/**
 * Rows x columns in one .npy, the labels in another; what the columns are called, and all else that the arrays have no room for, beside them as JSON.
 *
 * @param paths of the features, their description and the labels
 */
export async function beginFeatureArrays(
  paths: { readonly features: string; readonly description: string; readonly labels: string | null },
  { featureNames, type, label, metadata }: FeatureShape,
): Promise<FeatureFile> {
  await writeFile(paths.description, `${JSON.stringify({ ...metadata, columns: featureNames }, null, 2)}\n`);
  const features = await openArray(paths.features, type, featureNames.length);
  const labels =
    paths.labels === null || label === null ? null : await openArray(paths.labels, label.data, 0);
  return {
    async write(rows, given) {
      await features.append(rows);
      if (given !== null) await labels?.append(given);
    },
    async finish() {
      await features.finish();
      await labels?.finish();
    },
  };
}

/** An array that grows row by row. @param width numbers a row; 0 for a vector */
async function openArray(path: string, sample: ColumnData, width: number) {
  const file = await open(path, "w");
  // What it says is known at the end.
  await file.writeFile(new Uint8Array(NPY_HEADER_BYTES));
  const textWidth = Array.isArray(sample) ? longestOf(sample) : 0;
  let count = 0;
  return {
    async append(data: ColumnData): Promise<void> {
      await file.writeFile(npyBytes(data, textWidth));
      count += data.length;
    },
    async finish(): Promise<void> {
      const shape = width === 0 ? [count] : [count / width, width];
      await file.write(npyHeader(npyType(sample, textWidth), shape), 0, NPY_HEADER_BYTES, 0);
      await file.close();
    },
  };
}
