import { type DatasetFacts, factsOf } from "../data/dataset.js";
import type { ModelTimeline, TrainingPlan } from "../records/training-plan.js";
import type { Forgotten } from "./forgotten.js";
import type { SubjectIndex } from "./subject-index.js";

/** What a model remembers of the data set besides its rows: `rowCount` counts all that it ever had. */
export type DataDescription = DatasetFacts & { readonly rowCount: number };

/** The description of a data set with so many rows, frozen. */
export function descriptionOf(facts: DatasetFacts, rowCount: number): DataDescription {
  return Object.freeze({ ...factsOf(facts), rowCount });
}

/** Everything a model is, except whether it has been superseded. Frozen: forgetting makes a new one. */
export interface ModelState {
  readonly plan: TrainingPlan;
  readonly timeline: ModelTimeline;
  /** outputCount x featureCount, row-major. */
  readonly weights: Float64Array;
  readonly description: DataDescription;
  /** slotOfRow[row] = slot; the batch order, fixed for the life of the model. Rows that joined later come behind the others. */
  readonly slotOfRow: Uint32Array;
  /** Steps run before each row joined; left out where the rows are those of the start, or fewer. */
  readonly joinedOfRow?: Uint32Array;
  readonly index: SubjectIndex;
  readonly forgotten: Forgotten;
}

/** Slots of rows. */
export function slotsOf(
  { slotOfRow }: Pick<ModelState, "slotOfRow">,
  rows: readonly number[],
): readonly number[] {
  return rows.map((row) => slotOfRow[row]!);
}
