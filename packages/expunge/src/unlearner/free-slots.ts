import { grown, type Phase, phasesOf } from "../accounting/phases.js";
import { processAfter, type Standing, slotCountOf } from "../records/training-plan.js";
import { below, seededUniform32, systemUniform32 } from "./batch-order.js";
import type { Forgotten } from "./forgotten.js";
import type { ModelState } from "./model-state.js";

/** Room for newcomers. */
export interface Room {
  /** Slots that hold no record, at least as many as rows join: those never used, those emptied by a tombstone, those of new batches. */
  readonly free: readonly number[];
  /** The cycle's lengths from now on, longer by a phase where free slots were too few. */
  readonly phases: readonly Phase[];
  /** Batches of the cycle from now on. */
  readonly batchCount: number;
}

/** Where rows lie, and which of them are gone. */
export interface TakenSlots extends Standing, Pick<ModelState, "slotOfRow"> {
  readonly forgotten: Pick<Forgotten, "hasRow">;
}

/**
 * Finds room for rows. Where there are too few free slots the cycle grows. It looks at which slots are free, never at a row or a weight.
 *
 * @param state a row without a slot has one beyond all that there are
 */
export function roomFor(state: TakenSlots, rowCount: number): Room {
  const { plan, timeline } = state;
  const { batchSize } = plan.process;
  const free = freeSlots(state);
  const process = processAfter(plan, timeline);
  const missing = Math.ceil((rowCount - free.length) / batchSize);
  const phases = missing > 0 ? grown(process, timeline.steps, missing) : phasesOf(process);
  const { batchCount } = phases.at(-1) as Phase;
  for (let slot = slotCountOf(state); slot < batchCount * batchSize; slot++) free.push(slot);
  return { free, phases, batchCount };
}

/** A slot for each newcomer, drawn uniformly (docs/theory.md, "People who join, and rows that are corrected"). */
export function drawSlots({ plan, timeline }: Standing, { free }: Room, rowCount: number): readonly number[] {
  const slots = [...free];
  const uniform32 =
    plan.seed === null ? systemUniform32() : seededUniform32(`${plan.seed}/join/${timeline.steps}`);
  for (let i = 0; i < rowCount; i++) {
    const j = i + below(slots.length - i, uniform32);
    [slots[i], slots[j]] = [slots[j]!, slots[i]!];
  }
  return slots.slice(0, rowCount);
}

/** A replaced record's slot holds the one that replaced it. */
function freeSlots(state: TakenSlots): number[] {
  const { plan, slotOfRow, forgotten } = state;
  const isTaken = new Uint8Array(slotCountOf(state));
  for (let row = 0; row < slotOfRow.length; row++)
    if (plan.process.deletion === "replace" || !forgotten.hasRow(row)) isTaken[slotOfRow[row]!] = 1;
  const free: number[] = [];
  for (let slot = 0; slot < isTaken.length; slot++) if (isTaken[slot] === 0) free.push(slot);
  return free;
}
