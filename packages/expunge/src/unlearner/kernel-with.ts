import type { PackedRows } from "../engine/index.js";
import { widenRows } from "../records/sparse-rows.js";
import { type Standing, slotCountOf } from "../records/training-plan.js";
import { createPlanKernel, type ProcessKernel, rowWidthAt } from "./process-kernel.js";
import { readRows } from "./read-rows.js";
import { storageAt } from "./sparse-storage.js";
import { contentsAt, type SlotRecords, writeSlots } from "./unlearn-slots.js";

/** A kernel that holds newcomers too: the one given, or another one beside it. */
export interface JoinedRows {
  readonly kernel: ProcessKernel;
  /** Takes the newcomers out again, or the other kernel away. */
  rollback(): void;
}

/** A row put into an empty slot in memory moves the rows behind it: with more than this, packing all rows anew is faster. */
const MOST_WRITTEN = 512;

/**
 * Puts newcomers into slots, and makes room for them where the cycle grows. If that fails, the kernel is as it was.
 *
 * @param slotCount slots that there are from now on
 */
export async function kernelWith(
  standing: Standing,
  kernel: ProcessKernel,
  slotCount: number,
  joined: SlotRecords,
): Promise<JoinedRows> {
  const before = slotCountOf(standing);
  if (!("resize" in kernel)) {
    if (slotCount > before || joined.slots.length > MOST_WRITTEN)
      return kernelBeside(standing, kernel, slotCount, joined);
  } else kernel.resize(slotCount);
  const rollback = (): void => {
    writeSlots(kernel, { slots: joined.slots, contents: null });
    if ("resize" in kernel) kernel.resize(before);
  };
  try {
    writeSlots(kernel, joined);
    return { kernel, rollback };
  } catch (error) {
    rollback();
    throw error;
  }
}

/** Another kernel in memory, over the rows of one and newcomers. */
async function kernelBeside(
  { plan, timeline }: Standing,
  kernel: ProcessKernel,
  slotCount: number,
  joined: SlotRecords,
): Promise<JoinedRows> {
  const rows = await readRows({ plan, timeline, readSlot: (slot) => kernel.readSlot(slot) }, slotCount);
  putRows(rows, rowWidthAt({ plan, timeline }), joined);
  const beside = await createPlanKernel(plan, rows, storageAt({ plan, timeline }));
  return { kernel: beside, rollback: () => beside.dispose() };
}

/**
 * A kernel over the same rows, with the room that they are to have from now on.
 *
 * @param wider the model with that room
 * @returns the kernel given, where nothing changes; else another one beside it, in memory
 */
export async function kernelWithCapacity(
  standing: Standing,
  wider: Standing,
  kernel: ProcessKernel,
): Promise<ProcessKernel> {
  const [from, to] = [rowWidthAt(standing), rowWidthAt(wider)];
  if (from === to) return kernel;
  const { plan, timeline } = standing;
  const rows = await readRows({ plan, timeline, readSlot: (slot) => kernel.readSlot(slot) });
  const features = new Float32Array(rows.slotCount * to);
  widenRows(rows.features, features, { from, to, behind: plan.weighting?.samples ? 1 : 0 });
  return createPlanKernel(plan, { ...rows, features }, storageAt(wider));
}

function putRows({ features, labels }: PackedRows, width: number, joined: SlotRecords): void {
  joined.slots.forEach((slot, i) => {
    const record = contentsAt(joined, i);
    if (record === null) return;
    features.set(record.features, slot * width);
    labels[slot] = record.label;
  });
}
