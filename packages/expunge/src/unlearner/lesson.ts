import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { isInRange } from "../math/number-range.js";
import { batchCountOf, type ModelTimeline } from "../records/training-plan.js";
import { requireWithinLimit } from "./disclosure-limit.js";
import { drawSlots, type Room, roomFor } from "./free-slots.js";
import { kernelWith } from "./kernel-with.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { type Newcomers, newcomersOf, ownersOf } from "./newcomers.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { runRelease } from "./run-release.js";
import { type RunOptions, runOptionsOf } from "./run-steps.js";
import type { SubjectIndex } from "./subject-index.js";
import { timelineAfterLesson } from "./timeline.js";
import type { SlotRecords } from "./unlearn-slots.js";

/** How a model goes on learning. */
export interface LearnOptions extends RunOptions {
  /** Passes over all batches, those of the newcomers included; default 1. Not together with `steps`. */
  readonly epochs?: number;
  /** Steps of one batch each; not for a plan that releases only at the ends of epochs. */
  readonly steps?: number;
}

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

/** A lesson before anything is drawn or run. */
interface PreparedLesson {
  readonly newcomers: Newcomers;
  readonly room: Room;
  readonly steps: number;
  readonly timeline: ModelTimeline;
}

/** What a lesson would take; nothing is changed. @throws as `carryOutLesson` */
export function previewLesson(state: ModelState, rows: Dataset, options: LearnOptions): LessonPreview {
  const { newcomers, room, steps } = prepareLesson(state, rows, options);
  return Object.freeze({
    rowCount: newcomers.rowCount,
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
): Promise<PendingLesson> {
  const { plan, timeline, description } = state;
  const { newcomers, room, steps, timeline: next } = prepareLesson(state, rows, options);
  const changed = {
    slots: drawSlots(state, room, newcomers.rowCount),
    contents: newcomers.contents,
  };
  const joined = await kernelWith(state, kernel, room.batchCount * plan.process.batchSize, changed);
  try {
    const std = plan.noise.kind === "every-step" ? plan.noise.std : 0;
    const weights = await runRelease(
      joined.kernel,
      plan,
      state.weights,
      { firstStep: timeline.steps + 1, steps, std },
      noiseOriginOf(plan),
      "learn",
      runOptionsOf(options),
    );
    const outcome = {
      rows: changed.slots.map((_, i) => description.rowCount + i),
      steps,
      gradientEvaluations: steps * plan.process.batchSize,
    };
    const after = stateWithRows(state, changed.slots, newcomers.index, { weights, timeline: next });
    return { ...joined, state: after, outcome, changed };
  } catch (error) {
    joined.rollback();
    throw error;
  }
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

/** @throws ExpungeError E_DATA, E_ASSUMPTION, E_OPTION, E_INFEASIBLE */
function prepareLesson(state: ModelState, rows: Dataset, options: LearnOptions): PreparedLesson {
  const { plan, timeline } = state;
  const newcomers = newcomersOf(state, rows, ownersOf(state, rows));
  const room = roomFor(state, newcomers.rowCount);
  const steps = stepsOf(state, room.batchCount, options);
  const next = timelineAfterLesson(plan, timeline, {
    rowCount: newcomers.rowCount,
    phases: room.phases,
    steps,
    modelBefore: modelDigest(state),
  });
  requireWithinLimit({ plan, timeline: { ...timeline, ...given({ lives: next.lives }) } }, next.steps);
  return { newcomers, room, steps, timeline: next };
}

function stepsOf({ plan, timeline }: ModelState, batchCount: number, options: LearnOptions): number {
  const { epochs, steps } = options;
  const atEpochs = plan.releaseAt === "epoch";
  if (epochs !== undefined && steps !== undefined)
    throw new ExpungeError("E_OPTION", "Expected epochs or steps, not both.");
  if (steps !== undefined && atEpochs)
    throw new ExpungeError("E_OPTION", "Expected epochs: this model is released only where an epoch ends.");
  const asked = steps ?? epochs ?? 1;
  if (!isInRange(asked, { min: 1, integer: true }))
    throw new ExpungeError(
      "E_OPTION",
      `Expected ${steps === undefined ? "epochs" : "steps"} = ${asked} to be an integer of at least 1.`,
    );
  if (steps !== undefined) return steps;
  const toEpochEnd = atEpochs ? (batchCount - (timeline.steps % batchCount)) % batchCount : 0;
  return toEpochEnd + asked * batchCount;
}
