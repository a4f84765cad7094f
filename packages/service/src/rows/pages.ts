import { contentsAt, type SlotRecords } from "expunge/process";
import { byPage, changedPages } from "./changed-pages.js";
import type { DatasetShape } from "./dataset-rows.js";
import { type PagesOf, type PlacedPages, putAllPages, type RowAccess } from "./stored-pages.js";

/*
 * Rows in pages of 16 KiB, their features and then their labels, so that unlearning reads the batches it visits and little else.
 */

/** Small, since erasing a row writes its page anew; large enough that what the database keeps of each is little beside it. */
const PAGE_BYTES = 2 ** 14;

/** Rows or slots of a full page. */
export function rowsPerPage(featureCount: number): number {
  return Math.max(1, Math.floor(PAGE_BYTES / (4 * featureCount)));
}

/** The pages of a data set's rows, in the order they came. */
export const pagesOfDataset = ({ id, isSparse }: Pick<DatasetShape, "id" | "isSparse">): PagesOf => ({
  table: "dataset_pages",
  id,
  ...(isSparse ? { form: "sparse" } : {}),
});
/** The pages of a model's rows, in training order. */
export const pagesOfModel = (id: string): PagesOf => ({ table: "model_pages", id });

/** Rows of a full page of sparse ones: of a hundred numbers each, about as long as other pages. */
export const SPARSE_PAGE_ROWS = 20;

export interface PagedSlots {
  readonly modelId: string;
  readonly slotCount: number;
  /** Numbers of a row: its features, and its sample weight where rows have one. */
  readonly featureCount: number;
  readonly pageSlots: number;
}

/**
 * Writes pages of a model with new contents of some slots: zeros where they are empty. They count once they are placed, in the transaction that says so
 * of the model too: nobody else changes a model's pages before its version goes up.
 *
 * @param slotCount slots that there are from now on, at least as many as before
 */
export function putSlots(
  access: RowAccess,
  { modelId, featureCount, pageSlots, slotCount: before }: PagedSlots,
  records: SlotRecords,
  slotCount: number = before,
): Promise<PlacedPages[]> {
  const changes = records.slots.map((row, i) => ({ row, record: contentsAt(records, i) }));
  const grown = { before, after: slotCount };
  const paged = { of: pagesOfModel(modelId), featureCount, pageRows: pageSlots, grown };
  return putAllPages(access.objects, paged.of, changedPages(access, paged, byPage(changes, pageSlots)));
}
