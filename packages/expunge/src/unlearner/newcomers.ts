import type { Dataset } from "../data/dataset.js";
import { ownerAt } from "../data/row-owners.js";
import { ExpungeError } from "../errors.js";
import { requireLimitForAll } from "./disclosure-limit.js";
import type { ModelState } from "./model-state.js";
import { requireCountable, rowsToJoin, type StoredRows } from "./rows-to-join.js";
import { longestOf, storageAt, withCapacityFor } from "./sparse-storage.js";
import type { SubjectIndex } from "./subject-index.js";

/** Rows that are to join a model. */
export interface Newcomers extends StoredRows {
  /** The model's, with their owners. */
  readonly index: SubjectIndex;
  /** The model with room for them: as it is, unless one of them is longer than its rows have room for. */
  readonly wider: ModelState;
}

/**
 * Looks at rows that are to join a model, new ones or corrected ones. Nothing is changed.
 *
 * @param known keys of their owners, one behind the other, where it is known whose they are; left out, they are those that the rows name
 * @throws ExpungeError E_DATA naming what differs or the row, E_ASSUMPTION naming the row; E_OPTION where a limit would not cover an owner
 */
export function newcomersOf(state: ModelState, rows: Dataset, known?: Uint8Array): Newcomers {
  const { plan, timeline, description, index, forgotten } = state;
  requireCountable(timeline.steps);
  const wider = plan.sparse ? withCapacityFor(state, longestOf(rows)) : state;
  const stored = rowsToJoin(description, rows, { ...plan, sparse: storageAt(wider) });
  const owners = known ?? ownersOf(state, rows);
  if (plan.limit !== null) requireLimitForAll(plan, index.mostRowsWith(owners, forgotten));
  return { ...stored, index: index.withOwners(owners), wider };
}

/**
 * Keys of the owners of rows that join.
 *
 * @throws ExpungeError E_DATA where rows have owners and the model's have none, or the other way about; naming the row where an id is empty in the form in which
 *         the model compares ids: all such would be one owner
 */
function ownersOf({ index }: Pick<ModelState, "index">, { subjects }: Dataset): Uint8Array {
  if ((subjects !== null) === index.hasOwners) {
    const place = (i: number) => () => ({ file: "rows", row: i + 1 });
    return index.keysOf((subjects ?? []).map((_, i) => ownerAt(subjects, i, index.form, place(i)) as string));
  }
  throw new ExpungeError(
    "E_DATA",
    index.hasOwners
      ? "Expected rows with owners, as the model's have: give the column of subjects."
      : "Expected rows without owners: this model was trained on rows without.",
  );
}
