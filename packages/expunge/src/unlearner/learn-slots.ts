import { ExpungeError, requireKnownKeys, wordedError } from "../errors.js";
import { given } from "../given.js";
import { type ModelTimeline, type Standing, slotCountOf } from "../records/training-plan.js";
import { requireWithinLimit } from "./disclosure-limit.js";
import { drawSlots, type Room } from "./free-slots.js";
import { kernelWith } from "./kernel-with.js";
import { modelDigest } from "./model-digest.js";
import { requirePositiveInteger } from "./option-checks.js";
import { noiseOriginOf, type ProcessKernel } from "./process-kernel.js";
import { requireCountable } from "./rows-to-join.js";
import { runRelease } from "./run-release.js";
import { type RunOptions, runOptionsOf, type WatchedRun } from "./run-steps.js";
import { timelineAfterLesson } from "./timeline.js";
import type { RunningProcess, SlotRecords } from "./unlearn-slots.js";

/** How a model goes on learning. */
export interface LearnOptions extends RunOptions {
  /** Passes over all batches, those of the newcomers included; default 1. Not together with `steps`. */
  readonly epochs?: number;
  /** Steps of one batch each; not for a plan that releases only at the ends of epochs. */
  readonly steps?: number;
}

const LEARN_OPTIONS: Record<keyof LearnOptions, true> = {
  epochs: true,
  steps: true,
  signal: true,
  onProgress: true,
};

/** @throws ExpungeError E_OPTION naming an option that is unknown */
export function requireLearnOptions(options: LearnOptions): void {
  requireKnownKeys("the options of learn", options, LEARN_OPTIONS);
}

/** Rows that are to join, and the room there is for them. */
export interface SlotLesson {
  readonly rowCount: number;
  /** For at least as many rows. */
  readonly room: Room;
  /** Of each row what its slot is to hold: features (mapped, where there is a map), its sample weight where rows have one, and its label, float32. */
  readonly contents: Float32Array;
}

/** Rows that joined, in the kernel only: its keeper makes that durable, or takes it back. */
export interface LearnedSlots {
  readonly weights: Float64Array;
  readonly timeline: ModelTimeline;
  readonly steps: number;
  /** The newcomers, in the slots that were drawn for them. */
  readonly changed: SlotRecords & { readonly slots: readonly number[] };
  /** The kernel that stands at the new state: the one given, or a larger one beside it. */
  readonly kernel: ProcessKernel;
  /** Takes the newcomers out again; the old state stands as it was. */
  rollback(): void;
}

/**
 * What a lesson will take; nothing is changed.
 *
 * @throws ExpungeError E_OPTION; E_INFEASIBLE where a limit would be passed
 */
export function planLesson(
  process: Standing & Pick<RunningProcess, "weights">,
  { rowCount, room }: Pick<SlotLesson, "rowCount" | "room">,
  options: LearnOptions,
): { readonly steps: number; readonly timeline: ModelTimeline } {
  const { plan, timeline } = process;
  requireCountable(timeline.steps);
  const steps = stepsOf(process, room.batchCount, options);
  const next = timelineAfterLesson(plan, timeline, {
    rowCount,
    phases: room.phases,
    steps,
    modelBefore: modelDigest(process),
  });
  requireWithinLimit({ plan, timeline: { ...timeline, ...given({ lives: next.lives }) } }, next.steps);
  return { steps, timeline: next };
}

/**
 * Puts rows in free slots, drawn at random, runs further steps of the same process, and releases. If anything fails, the rows are taken out again.
 *
 * Source: docs/theory.md, "People who join, and rows that are corrected".
 * @throws ExpungeError as `planLesson`; E_MODEL where a slot drawn is not empty; E_ABORTED, E_KERNEL
 */
export async function learnSlots(
  process: RunningProcess,
  kernel: ProcessKernel,
  lesson: SlotLesson,
  options: LearnOptions & Pick<WatchedRun, "onSlice">,
): Promise<LearnedSlots> {
  const { plan, timeline } = process;
  const { steps, timeline: next } = planLesson(process, lesson, options);
  const { room, rowCount, contents } = lesson;
  const changed = { slots: drawSlots(process, room, rowCount), contents };
  await requireEmpty(process, kernel, changed.slots);
  const joined = await kernelWith(process, kernel, room.batchCount * plan.process.batchSize, changed);
  try {
    const std = plan.noise.kind === "every-step" ? plan.noise.std : 0;
    const weights = await runRelease(
      joined.kernel,
      plan,
      process.weights,
      { firstStep: timeline.steps + 1, steps, std },
      noiseOriginOf(plan),
      "learn",
      { ...runOptionsOf(options), ...given({ onSlice: options.onSlice }) },
    );
    return { ...joined, weights, timeline: next, steps, changed };
  } catch (error) {
    joined.rollback();
    throw error;
  }
}

/** Whoever keeps the order knows which slots are free; that a row is there all the same would void its owner's claims, and is worth a look. */
async function requireEmpty(
  process: Standing,
  kernel: ProcessKernel,
  slots: readonly number[],
): Promise<void> {
  const before = slotCountOf(process);
  // In the order in which they lie, for a kernel that reads them from somewhere.
  for (const slot of slots.filter((slot) => slot < before).sort((a, b) => a - b)) {
    const record = await kernel.readSlot(slot);
    if (record.features.some((value) => value !== 0))
      throw new ExpungeError("E_MODEL", `Expected slot ${slot} to be empty, found a row in it.`, { slot });
  }
}

function stepsOf({ plan, timeline }: Standing, batchCount: number, options: LearnOptions): number {
  const { epochs, steps } = options;
  const atEpochs = plan.releaseAt === "epoch";
  if (epochs !== undefined && steps !== undefined)
    throw wordedError(
      "E_OPTION",
      ({ field }) => `Expected ${field("epochs")} or ${field("steps")}, not both.`,
    );
  if (steps !== undefined && atEpochs)
    throw wordedError(
      "E_OPTION",
      ({ field }) => `Expected ${field("epochs")}: this model is released only where an epoch ends.`,
    );
  const asked = steps ?? epochs ?? 1;
  requirePositiveInteger(steps === undefined ? "epochs" : "steps", asked);
  if (steps !== undefined) return steps;
  const toEpochEnd = atEpochs ? (batchCount - (timeline.steps % batchCount)) % batchCount : 0;
  return toEpochEnd + asked * batchCount;
}
