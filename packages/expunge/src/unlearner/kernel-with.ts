import { type Standing, slotCountOf } from "../records/training-plan.js";
import { createPlanKernel, type ProcessKernel } from "./process-kernel.js";
import { readRows } from "./read-rows.js";
import { type SlotRecords, writeSlots } from "./unlearn-slots.js";

/** A kernel that holds newcomers too: the one given, or, where a cycle in memory has grown, a larger one beside it. */
export interface JoinedRows {
  readonly kernel: ProcessKernel;
  /** Takes the newcomers out again, or the larger kernel away. */
  rollback(): void;
}

/**
 * Puts newcomers into slots, and makes room for them where the cycle grows. If that fails, the kernel is as it was.
 *
 * @param slotCount slots that there are from now on
 */
export async function kernelWith(
  { plan, timeline }: Standing,
  kernel: ProcessKernel,
  slotCount: number,
  joined: SlotRecords,
): Promise<JoinedRows> {
  const before = slotCountOf({ plan, timeline });
  const held = { plan, timeline, readSlot: (slot: number) => kernel.readSlot(slot) };
  const isBeside = slotCount > before && !("resize" in kernel);
  const next = isBeside ? await createPlanKernel(plan, await readRows(held, slotCount)) : kernel;
  const rollback = (): void => {
    if (isBeside) next.dispose();
    else writeSlots(kernel, { slots: joined.slots, contents: null });
    if ("resize" in kernel) kernel.resize(before);
  };
  if ("resize" in kernel) kernel.resize(slotCount);
  try {
    writeSlots(next, joined);
    return { kernel: next, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}
