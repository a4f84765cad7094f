import type { TrainingPlan } from "../records/training-plan.js";
import { createPlanKernel, type ProcessKernel, planRowWidth } from "./process-kernel.js";
import { contentsAt, type SlotRecords } from "./unlearn-slots.js";

/** A kernel that holds newcomers too. */
export interface GrownRows {
  readonly kernel: ProcessKernel;
  /** Takes the newcomers out again, or the larger kernel away. */
  rollback(): void;
}

/**
 * A kernel in memory with more slots, for the rows of another and newcomers. The other is left alone.
 *
 * @param slotCounts of the other, and of the new one
 */
export async function grownKernel(
  plan: TrainingPlan,
  kernel: ProcessKernel,
  slotCounts: { readonly before: number; readonly after: number },
  joined: SlotRecords,
): Promise<GrownRows> {
  const width = planRowWidth(plan);
  const features = new Float32Array(slotCounts.after * width);
  const labels = new Float32Array(slotCounts.after);
  for (let slot = 0; slot < slotCounts.before; slot++) {
    const record = await kernel.readSlot(slot);
    features.set(record.features, slot * width);
    labels[slot] = record.label;
  }
  joined.slots.forEach((slot, i) => {
    const record = contentsAt(joined, i);
    if (record === null) return;
    features.set(record.features as Float32Array, slot * width);
    labels[slot] = record.label;
  });
  const packed = { slotCount: slotCounts.after, featureCount: plan.featureCount, features, labels };
  const grown = await createPlanKernel(plan, packed);
  return { kernel: grown, rollback: () => grown.dispose() };
}
