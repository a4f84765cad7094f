import type { SlotSource } from "expunge/engine";
import { createStreamingPlanKernel, type SlotRecords, storageAt, widerSource } from "expunge/process";
import { type PagedSource, pagedSource } from "../rows/paged-source.js";
import { type PutSlots, putSlots, putWiderSlots } from "../rows/pages.js";
import type { RowAccess } from "../rows/stored-pages.js";
import type { StoredProcess } from "./stored-process.js";

/** The slots of a model as they are stored: whoever reads some of them after another finds the pages that are held. */
export interface ModelSlots extends Pick<PagedSource, "readSoon"> {
  /** With the room that rows are to have. */
  readonly source: SlotSource;
}

/** @param wider the model with room for longer rows than its pages have, where it is to have that */
export function slotsOf(
  access: RowAccess,
  process: StoredProcess,
  wider: StoredProcess = process,
): ModelSlots {
  const paged = pagedSource(access, process);
  return { source: widerSource(process, wider, paged), readSoon: paged.readSoon };
}

/** The kernel of a model over its slots. @param wider as of these */
export function kernelOf(
  { plan }: StoredProcess,
  { source }: ModelSlots,
  wider: StoredProcess,
): ReturnType<typeof createStreamingPlanKernel> {
  return createStreamingPlanKernel(plan, source, { storage: storageAt(wider) });
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
  const { source } = slotsOf(access, process, wider);
  return putWiderSlots(access, process, source, records, slotCount);
}
