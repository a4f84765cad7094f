import { type Widths, widenRows } from "../records/sparse-rows.js";
import type { SlotSource } from "./kernel.js";

/** The same slots, with more room in each. @param widths `from` is the source's */
export function widenedSource(source: SlotSource, widths: Widths): SlotSource {
  const { from, to } = widths;
  return {
    slotCount: source.slotCount,
    featureCount: to,
    async read(firstSlot, features, labels) {
      const stored = new Float32Array(labels.length * from);
      await source.read(firstSlot, stored, labels);
      features.fill(0);
      widenRows(stored, features, widths);
    },
  };
}
