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
  const isTaken = new Uint8Array(slotCountOf(state));
  takeSlots(isTaken, state);
  return roomIn(state, isTaken, rowCount);
}

/** The same for a keeper who has marked slots himself, some rows at a time. @param isTaken by slot, not 0 where a record lies */
export function roomIn(standing: Standing, isTaken: Uint8Array, rowCount: number): Room {
  const { plan, timeline } = standing;
  const { batchSize } = plan.process;
  const free: number[] = [];
  for (let slot = isTaken.indexOf(0); slot >= 0; slot = isTaken.indexOf(0, slot + 1)) free.push(slot);
  const process = processAfter(plan, timeline);
  const missing = Math.ceil((rowCount - free.length) / batchSize);
  const phases = missing > 0 ? grown(process, timeline.steps, missing) : phasesOf(process);
  const { batchCount } = phases.at(-1) as Phase;
  for (let slot = isTaken.length; slot < batchCount * batchSize; slot++) free.push(slot);
  return { free, phases, batchCount };
}

/** Marks the slots of rows that are there. A replaced record's slot holds the one that replaced it. */
export function takeSlots(
  isTaken: Uint8Array,
  { plan, slotOfRow, forgotten }: Pick<TakenSlots, "plan" | "slotOfRow" | "forgotten">,
): void {
  for (let row = 0; row < slotOfRow.length; row++)
    if (plan.process.deletion === "replace" || !forgotten.hasRow(row)) isTaken[slotOfRow[row]!] = 1;
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
