import { batchCountAfter } from "../accounting/phases.js";
import type { Dataset } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { isInRange } from "../math/number-range.js";
import { type ModelTimeline, processAfter } from "../records/training-plan.js";
import { requireLimitForAll, requireWithinLimit } from "./disclosure-limit.js";
import { drawPlaces } from "./free-slots.js";
import { type GrownRows, grownKernel } from "./grown-kernel.js";
import { modelDigest } from "./model-digest.js";
import type { ModelState } from "./model-state.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { requireCountable, rowsToJoin } from "./rows-to-join.js";
import { runRelease } from "./run-release.js";
import { type RunOptions, runOptionsOf } from "./run-steps.js";
import type { SubjectIndex } from "./subject-index.js";
import { timelineAfterLesson } from "./timeline.js";
import { type SlotRecords, writeSlots } from "./unlearn-slots.js";

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
  /** Takes the newcomers out again; the old state stands as it was. */
  rollback(): void;
}

/** A lesson as far as it depends on nothing but numbers. */
interface PlannedLesson {
  readonly slots: readonly number[];
  readonly timeline: ModelTimeline;
  readonly steps: number;
}

/** What a lesson would take; nothing is drawn that matters, and nothing changed. @throws as `carryOutLesson` */
export function previewLesson(state: ModelState, rows: Dataset, options: LearnOptions): LessonPreview {
  const { rowCount } = rowsToJoin(state.description, rows);
  const { steps, timeline } = planLesson(state, rowCount, options);
  return Object.freeze({
    rowCount,
    steps,
    gradientEvaluations: steps * state.plan.process.batchSize,
    batchCountBefore: batchCountAfter(processAfter(state.plan, state.timeline), state.timeline.steps),
    batchCountAfter: batchCountAfter(processAfter(state.plan, timeline), timeline.steps),
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
  dataset: Dataset,
  options: LearnOptions,
): Promise<PendingLesson> {
  const { plan, timeline, description } = state;
  const newcomers = rowsToJoin(description, dataset);
  const index = indexWith(state, dataset);
  if (plan.limit !== null) requireLimitForAll(plan, index.mostRows());
  const planned = planLesson(state, newcomers.rowCount, options);
  const joined = { slots: planned.slots, contents: newcomers.contents };
  const grown = await rowsWith(state, kernel, planned, joined);
  try {
    const release = {
      firstStep: timeline.steps + 1,
      steps: planned.steps,
      std: plan.noise.kind === "every-step" ? plan.noise.std : 0,
    };
    const weights = await runRelease(
      grown.kernel,
      plan,
      state.weights,
      release,
      noiseOriginOf(plan),
      "learn",
      runOptionsOf(options),
    );
    const next = stateWithRows(state, planned.slots, index, { weights, timeline: planned.timeline });
    const rows = planned.slots.map((_, i) => description.rowCount + i);
    const gradientEvaluations = planned.steps * plan.process.batchSize;
    const outcome = { rows, steps: planned.steps, gradientEvaluations };
    return { state: next, kernel: grown.kernel, outcome, rollback: grown.rollback };
  } catch (error) {
    grown.rollback();
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

/** @throws ExpungeError E_OPTION, E_INFEASIBLE */
function planLesson(state: ModelState, rowCount: number, options: LearnOptions): PlannedLesson {
  const { plan, timeline } = state;
  requireCountable(timeline.steps);
  const modelBefore = modelDigest(state);
  const after = (batches: number, steps: number): ModelTimeline =>
    timelineAfterLesson(plan, timeline, { rowCount, batches, steps, modelBefore });
  const batchCountOf = (batches: number): number =>
    batchCountAfter(processAfter(plan, after(batches, 1)), timeline.steps);
  const { slots, batches } = drawPlaces(state, rowCount, batchCountOf);
  const steps = stepsOf(state, batchCountOf(batches), options);
  const next = after(batches, steps);
  requireWithinLimit({ plan, timeline: { ...timeline, ...given({ lives: next.lives }) } }, next.steps);
  return { slots, timeline: next, steps };
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

/** @throws ExpungeError E_DATA where rows have owners and the model's have none, or the other way about */
function indexWith({ index }: ModelState, { subjects }: Dataset): SubjectIndex {
  if ((subjects !== null) !== index.hasOwners)
    throw new ExpungeError(
      "E_DATA",
      index.hasOwners
        ? "Expected rows with owners, as the model's have: give the column of subjects."
        : "Expected rows without owners: this model was trained on rows without.",
    );
  return subjects === null ? index : index.withOwners(index.keysOf(subjects));
}

/** The rows with the newcomers among them: in the kernel's own slots where these are enough, else in a larger kernel beside it. */
async function rowsWith(
  { plan, timeline }: ModelState,
  kernel: ProcessKernel,
  planned: PlannedLesson,
  joined: SlotRecords,
): Promise<GrownRows> {
  const { batchSize } = plan.process;
  const before = batchCountAfter(processAfter(plan, timeline), timeline.steps) * batchSize;
  const after = batchCountAfter(processAfter(plan, planned.timeline), timeline.steps) * batchSize;
  if (after > before) return grownKernel(plan, kernel, { before, after }, joined);
  const rollback = (): void => writeSlots(kernel, { slots: joined.slots, contents: null });
  try {
    writeSlots(kernel, joined);
    return { kernel, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}
