import { batchCountAfter } from "../accounting/phases.js";
import { processAfter } from "../records/training-plan.js";
import { below, seededUniform32, systemUniform32 } from "./batch-order.js";
import type { ModelState } from "./model-state.js";

/** Where newcomers are put. */
export interface Placement {
  /** A slot for each newcomer. */
  readonly slots: readonly number[];
  /** Batches that the cycle has to grow by at least; 0 where there were free slots enough. */
  readonly batches: number;
}

/**
 * Draws slots for newcomers, uniformly from the free ones: those never used or emptied by a tombstone. Where there are too few the cycle grows first.
 * It looks at which slots are free and at how many rows join, never at a row or a weight (docs/theory.md, "People who join, and rows that are
 * corrected").
 *
 * @param batchCountOf how many batches there are once the cycle has grown by so many at least
 */
export function drawPlaces(
  state: Pick<ModelState, "plan" | "timeline" | "slotOfRow" | "forgotten">,
  count: number,
  batchCountOf: (batches: number) => number,
): Placement {
  const { plan, timeline } = state;
  const { batchSize } = plan.process;
  const free = freeSlots(state);
  const missing = count - free.length;
  const batches = missing > 0 ? Math.ceil(missing / batchSize) : 0;
  const slotCount = batchCountAfter(processAfter(plan, timeline), timeline.steps) * batchSize;
  if (batches > 0)
    for (let slot = slotCount; slot < batchCountOf(batches) * batchSize; slot++) free.push(slot);
  const uniform32 =
    plan.seed === null ? systemUniform32() : seededUniform32(`${plan.seed}/join/${timeline.steps}`);
  for (let i = 0; i < count; i++) {
    const j = i + below(free.length - i, uniform32);
    [free[i], free[j]] = [free[j]!, free[i]!];
  }
  return { slots: free.slice(0, count), batches };
}

/** Slots that hold no record. A replaced record's slot holds the one that replaced it. */
function freeSlots({
  plan,
  timeline,
  slotOfRow,
  forgotten,
}: Pick<ModelState, "plan" | "timeline" | "slotOfRow" | "forgotten">): number[] {
  const { batchSize, deletion } = plan.process;
  const slotCount = batchCountAfter(processAfter(plan, timeline), timeline.steps) * batchSize;
  const isTaken = new Uint8Array(slotCount);
  for (let row = 0; row < slotOfRow.length; row++)
    if (deletion === "replace" || !forgotten.hasRow(row)) isTaken[slotOfRow[row]!] = 1;
  const free: number[] = [];
  for (let slot = 0; slot < slotCount; slot++) if (isTaken[slot] === 0) free.push(slot);
  return free;
}
