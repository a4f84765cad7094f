import { type SparseStorage, sparseOfPairs } from "../records/sparse-rows.js";
import type { TrainingPlan } from "../records/training-plan.js";

/** A row of trials. */
export interface TrialRow {
  /** Ascending. */
  readonly columns: Uint32Array;
  readonly values: Float32Array;
  readonly label: number;
  /** What its gradient is multiplied by. */
  readonly weight: number;
}

/** The numbers other than 0 of a stored row. */
export function entriesOf(
  { featureCount }: TrainingPlan,
  sparse: SparseStorage | undefined,
  stored: Float32Array,
): Pick<TrialRow, "columns" | "values"> {
  if (sparse) {
    const { columns, values } = sparseOfPairs(stored, stored.length, sparse);
    return { columns, values };
  }
  const columns = Uint32Array.from(stored.subarray(0, featureCount).keys()).filter((i) => stored[i] !== 0);
  return { columns, values: Float32Array.from(columns, (column) => stored[column]!) };
}
