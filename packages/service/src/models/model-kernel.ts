import { createStreamingPlanKernel, type SlotRecords, storageAt, widerSource } from "expunge/process";
import { pagedSource } from "../rows/paged-source.js";
import { type PutSlots, putSlots, putWiderSlots } from "../rows/pages.js";
import type { RowAccess } from "../rows/stored-pages.js";
import type { StoredProcess } from "./stored-process.js";

/**
 * The kernel of a model over its pages.
 *
 * @param options.wider the model with room for longer rows than its pages have, where it is to have that
 */
export function kernelOf(
  access: RowAccess,
  process: StoredProcess,
  { wider = process }: { readonly wider?: StoredProcess } = {},
): ReturnType<typeof createStreamingPlanKernel> {
  const source = widerSource(process, wider, pagedSource(access, process));
  return createStreamingPlanKernel(process.plan, source, { storage: storageAt(wider) });
}

/**
 * Writes pages of a model with new contents of some slots, all of them where rows get more room.
 *
 * @param wider     the model with that room; itself where there is enough
 * @param slotCount slots that there are from now on
 */
export function putChanged(
  access: RowAccess,
  process: StoredProcess,
  wider: StoredProcess,
  records: SlotRecords,
  slotCount: number = process.slotCount,
): Promise<PutSlots> {
  if (wider === process) return putSlots(access, process, records, slotCount);
  const source = widerSource(process, wider, pagedSource(access, process));
  return putWiderSlots(access, process, source, records, slotCount);
}
