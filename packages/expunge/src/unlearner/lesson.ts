import type { Dataset } from "../data/dataset.js";
import { batchCountOf, type Standing } from "../records/training-plan.js";
import { roomFor } from "./free-slots.js";
import { kernelWithCapacity } from "./kernel-with.js";
import { type LearnOptions, learnSlots, planLesson, requireLearnOptions } from "./learn-slots.js";
import type { ModelState } from "./model-state.js";
import { newcomersOf } from "./newcomers.js";
import type { ProcessKernel } from "./process-kernel.js";
import type { SubjectIndex } from "./subject-index.js";
import type { SlotRecords } from "./unlearn-slots.js";

export type { LearnOptions } from "./learn-slots.js";

/** What going on to learn would take, before anything is done. */
export interface LessonPreview {
  readonly rowCount: number;
  readonly steps: number;
  readonly gradientEvaluations: number;
  /** Batches of the cycle now, and with the newcomers. */
  readonly batchCountBefore: number;
  readonly batchCountAfter: number;
}

/** What going on to learn came to, besides the new model. */
export interface LessonOutcome {
  /** Numbers of the rows that joined, in their order. */
  readonly rows: readonly number[];
  readonly steps: number;
  readonly gradientEvaluations: number;
}

/** A lesson carried out in memory but not yet visible. */
export interface PendingLesson {
  readonly state: ModelState;
  /** The kernel that stands at the new state: the one given, or a larger one beside it. */
  readonly kernel: ProcessKernel;
  readonly outcome: LessonOutcome;
  /** The newcomers, in their slots. */
  readonly changed: SlotRecords;
  /** Takes the newcomers out again; the old state stands as it was. */
  rollback(): void;
}

/**
 * Another kernel over the same rows, where a model must have one to go on: with so many slots, or with the room for a row that it has as it is given here. It is
 * disposed of where the change fails. null where the one that there is will do, or one that is made of it in memory.
 */
export type KernelFor = (wider: Standing, slotCount: number) => Promise<ProcessKernel | null>;

/** What a lesson would take; nothing is changed. @throws as `carryOutLesson` */
export function previewLesson(state: ModelState, rows: Dataset, options: LearnOptions): LessonPreview {
  requireLearnOptions(options);
  const { rowCount, wider } = newcomersOf(state, rows);
  const room = roomFor(state, rowCount);
  const { steps } = planLesson(wider, { rowCount, room }, options);
  return Object.freeze({
    rowCount,
    steps,
    gradientEvaluations: steps * state.plan.process.batchSize,
    batchCountBefore: batchCountOf(state),
    batchCountAfter: room.batchCount,
  });
}

/**
 * Puts rows in free slots, runs further steps of the same process, and releases. If anything fails, the rows are taken out again.
 *
 * Source: docs/theory.md, "People who join, and rows that are corrected".
 * @throws ExpungeError E_DATA, E_ASSUMPTION for rows that do not fit; E_OPTION; E_INFEASIBLE where a limit would be passed; E_ABORTED, E_KERNEL
 */
export async function carryOutLesson(
  state: ModelState,
  kernel: ProcessKernel,
  rows: Dataset,
  options: LearnOptions,
  kernelFor?: KernelFor,
): Promise<PendingLesson> {
  requireLearnOptions(options);
  const { contents, rowCount, index, wider } = newcomersOf(state, rows);
  const room = roomFor(state, rowCount);
  const lesson = { contents, rowCount, room };
  // What can be refused is refused before another kernel is made.
  planLesson(wider, lesson, options);
  const slotCount = room.batchCount * state.plan.process.batchSize;
  const other = (await kernelFor?.(wider, slotCount)) ?? (await kernelWithCapacity(state, wider, kernel));
  const discard = (): void => {
    if (other !== kernel) other.dispose();
  };
  const learned = await learnSlots(wider, other, lesson, options).catch((error: unknown) => {
    discard();
    throw error;
  });
  // Where it got more slots, too, there is a third one, and nobody asks for the second any more.
  if (learned.kernel !== other) discard();
  const { weights, timeline, changed, steps } = learned;
  const rollback = (): void => {
    learned.rollback();
    discard();
  };
  const outcome = {
    rows: changed.slots.map((_, i) => state.description.rowCount + i),
    steps,
    gradientEvaluations: steps * state.plan.process.batchSize,
  };
  const after = stateWithRows(state, changed.slots, index, { weights, timeline });
  return { kernel: learned.kernel, state: after, outcome, changed, rollback };
}

/** A state with rows behind its others, which joined after the steps run before. */
export function stateWithRows(
  state: ModelState,
  slots: readonly number[],
  index: SubjectIndex,
  next: Pick<ModelState, "weights" | "timeline">,
): ModelState {
  const before = state.slotOfRow.length;
  const slotOfRow = new Uint32Array(before + slots.length);
  slotOfRow.set(state.slotOfRow);
  slotOfRow.set(slots, before);
  const joinedOfRow = new Uint32Array(slotOfRow.length);
  if (state.joinedOfRow) joinedOfRow.set(state.joinedOfRow);
  joinedOfRow.fill(state.timeline.steps, before);
  const description = Object.freeze({ ...state.description, rowCount: slotOfRow.length });
  return Object.freeze({ ...state, ...next, description, slotOfRow, joinedOfRow, index });
}
