import { gridShift } from "../accounting/erasure.js";
import { GRID_NOISE_RANGE } from "../accounting/grid.js";
import { batchCountAfter } from "../accounting/phases.js";
import type { ProcessConstants } from "../accounting/process.js";
import { MOST_STD } from "../accounting/scaled.js";
import { MAX_LISTED_BATCHES, type UnlearningPredicate } from "../records/certificate.js";
import type { Issue } from "./issue.js";

/* That the slots of a request and the cells of its history are such as there can be. */

/** The batches that a request emptied slots in. */
export function checkSlots(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { request, timeline } = predicate;
  const { slots, rowCount } = request;
  const issues: Issue[] = [];
  const batchCount = batchCountAfter(process, timeline.stepsBefore);
  const report = (expected: unknown, actual: unknown): void => {
    issues.push({ code: "REQUEST_SLOTS_FALSE", path: "predicate.request.slots", expected, actual });
  };
  if (slots === null) {
    // Rows of one batch that joined at different steps are listed one by one.
    const places = Math.max(batchCount, joinedBefore(predicate));
    if (Math.min(rowCount, places) <= MAX_LISTED_BATCHES)
      report(`a list, for at most ${MAX_LISTED_BATCHES} batches`, null);
    return issues;
  }
  const isAscending = slots.every(({ batch }, i) => batch > (slots[i - 1]?.batch ?? -1));
  const isWithin = slots.every(({ batch, count }) => batch < batchCount && count <= process.batchSize);
  if (!isAscending || !isWithin)
    report(`batches below ${batchCount}, ascending, at most ${process.batchSize} slots each`, slots);
  const sum = slots.reduce((total, { count }) => total + count, 0);
  if (sum !== rowCount) report(`${rowCount} slots`, sum);
  return issues;
}

/** The cells: in order, between the steps that they may lie at, and the last one this request's release where it had one. */
export function checkCells(predicate: UnlearningPredicate, process: ProcessConstants): Issue[] {
  const { noise, timeline } = predicate;
  const { stepsBefore, stepsAfter, start, cells } = timeline;
  const issues: Issue[] = [];
  const report = (code: string, path: string, expected: unknown, actual: unknown): void => {
    issues.push({ code: `TIMELINE_${code}`, path: `predicate.timeline.${path}`, expected, actual });
  };
  const { steps, shifts, stds } = cells;
  if (shifts.length !== steps.length || stds.length !== steps.length) {
    report("CELLS", "cells", `${steps.length} of each`, [shifts.length, stds.length]);
    return issues;
  }
  if (start > stepsBefore) report("START_FALSE", "start", `at most ${stepsBefore}`, start);
  if (!steps.every((step, i) => step > (steps[i - 1] ?? start)))
    report("CELLS", "cells.steps", `ascending, after ${start}`, steps);
  const hasRelease = noise.kind === "on-release" && stepsAfter > stepsBefore;
  const older = hasRelease ? steps.slice(0, -1) : steps;
  if (older.some((step) => step > stepsBefore))
    report("CELLS", "cells.steps", `at most ${stepsBefore}`, older);
  if (stds.some((std) => std > MOST_STD)) report("CELLS", "cells.stds", `at most ${MOST_STD}`, stds);
  if (stds.some((std) => std > 0 && std < GRID_NOISE_RANGE.min))
    report("CELLS", "cells.stds", `0, or at least ${GRID_NOISE_RANGE.min}`, stds);
  if (noise.kind === "every-step" && stds.some((std) => std !== 0))
    report("CELLS", "cells.stds", "zeros: the noise of every step is stated elsewhere", stds);
  if (!hasRelease) return issues;
  const [step, std, shift] = [steps.at(-1), stds.at(-1), shifts.at(-1)];
  if (step !== stepsAfter || std !== noise.std)
    report("RELEASE", "cells", { step: stepsAfter, std: noise.std }, { step, std });
  else if (shift === undefined || !(shift >= gridShift(process, noise.std)))
    report("RELEASE", "cells.shifts", `at least the grid's ${gridShift(process, noise.std)}`, shift);
  return issues;
}

/** Records that had joined before the request. */
export function joinedBefore({ request, lives }: UnlearningPredicate): number {
  if (lives === undefined) return 0;
  return lives.joinedCount - (lives.isCorrection ? request.rowCount : 0);
}
