import { ExpungeError } from "../errors.js";
import { cellError, dataError, type Place } from "./data-error.js";
import type { EntryList } from "./entry-list.js";

/** Rows of which only some numbers are given, all others being 0: compressed sparse rows, as SciPy's csr_matrix has them. */
export interface SparseInput {
  /** Where each row's entries begin, and where the last one's end (SciPy's indptr): rows + 1 numbers, from 0. */
  readonly starts: ArrayLike<number>;
  /** Columns of the entries, from 0, ascending within a row (SciPy's indices, sorted). */
  readonly columns: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export function isSparseInput(features: unknown): features is SparseInput {
  return typeof features === "object" && features !== null && "starts" in features && "columns" in features;
}

/** How many rows there are. @throws ExpungeError E_DATA where the three lists do not fit together */
export function sparseRowCount({ starts, columns, values }: SparseInput, file: string): number {
  const rowCount = starts.length - 1;
  if (rowCount < 0 || starts[0] !== 0)
    throw dataError({ file }, "features.starts that begin with 0", String(starts[0] ?? "nothing"));
  for (let row = 0; row < rowCount; row++)
    if (!(Number.isSafeInteger(starts[row + 1]) && starts[row + 1]! >= starts[row]!))
      throw dataError(
        { file, row: row + 1 },
        `features.starts[${row + 1}] to be an integer of at least ${starts[row]}`,
        String(starts[row + 1]),
      );
  const end = starts[rowCount];
  if (columns.length === end && values?.length === end) return rowCount;
  const found = `${columns.length} and ${values?.length ?? "none"}`;
  throw dataError({ file }, `${end} features.columns and as many features.values`, found);
}

/** Reads the entries of a row. @throws ExpungeError E_DATA naming row and column */
export function readEntries(
  { starts, columns, values }: SparseInput,
  row: number,
  rawCount: number,
  into: EntryList,
  place: () => Place,
): void {
  into.clear();
  let least = 0;
  for (let i = starts[row]!; i < starts[row + 1]!; i++) {
    const column: unknown = columns[i];
    if (!(Number.isInteger(column) && (column as number) >= least && (column as number) < rawCount))
      throw cellError(place(), `columns that ascend, the next one in [${least}, ${rawCount - 1}]`, column);
    const value: unknown = values[i];
    if (typeof value !== "number" || !Number.isFinite(value))
      throw cellError({ ...place(), column: (column as number) + 1 }, "a finite number", value);
    into.add(column as number, value);
    least = (column as number) + 1;
  }
}

/** The columns that sparse rows have. @throws ExpungeError E_OPTION */
export function requireColumnCount(featureCount: unknown, most: number): number {
  if (Number.isSafeInteger(featureCount) && (featureCount as number) >= 1 && (featureCount as number) <= most)
    return featureCount as number;
  throw new ExpungeError(
    "E_OPTION",
    `Expected featureCount = ${String(featureCount)} to be an integer from 1 to ${most} with sparse features.`,
    { field: "featureCount", found: featureCount },
  );
}
