import type { DeletedSlots, ProcessConstants, Target } from "expunge/accounting";

/** Whose trace is drawn. */
export interface CourseCase {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly target: Target;
  /** null: one row that was looked at last, as an example. */
  readonly deleted: readonly DeletedSlots[] | null;
  readonly stepsBefore: number;
  /** null: as many as the accountant asks for. */
  readonly stepsAfter: number | null;
}
