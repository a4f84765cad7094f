import type { PackedRows } from "../engine/index.js";
import type { Model } from "./model.js";
import { planRowWidth } from "./process-kernel.js";

/** A copy of all rows that a model's process holds, by slot, as kernels take them in. @throws ExpungeError E_SUPERSEDED */
export async function readRows(model: Model): Promise<PackedRows> {
  const { plan } = model;
  const { batchCount, batchSize } = plan.process;
  const width = planRowWidth(plan);
  const slotCount = batchCount * batchSize;
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot++) {
    const record = await model.readSlot(slot);
    features.set(record.features, slot * width);
    labels[slot] = record.label;
  }
  return { slotCount, featureCount: plan.featureCount, features, labels };
}
