import { contentsAt, type SlotRecords } from "expunge/process";
import { byPage, changedPages } from "./changed-pages.js";
import {
  lockPages,
  type PagesOf,
  type PlacedPages,
  placePages,
  putAllPages,
  putPages,
  type RowAccess,
} from "./stored-pages.js";

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
export const pagesOfDataset = (id: string): PagesOf => ({ table: "dataset_pages", id });
/** The pages of a model's rows, in training order. */
export const pagesOfModel = (id: string): PagesOf => ({ table: "model_pages", id });

/** A data set as its pages need it. */
export interface DatasetShape {
  readonly id: string;
  /** Numbers of a stored row, without its label. */
  readonly featureCount: number;
  readonly pageRows: number;
}

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

/**
 * Writes rows behind the others of a data set, within the transaction that says that they are there. The caller holds the data set.
 *
 * @param rowCount rows that there were before
 * @param contents of each row its features, its sample weight where rows have one, and its label
 */
export async function appendDatasetRows(
  { executor, objects }: RowAccess,
  { id, featureCount, pageRows }: DatasetShape,
  rowCount: number,
  contents: Float32Array,
): Promise<void> {
  const of = pagesOfDataset(id);
  const width = featureCount + 1;
  const added = Array.from({ length: contents.length / width }, (_, i) => i);
  const changes = added.map((i) => {
    const features = contents.subarray(i * width, (i + 1) * width - 1);
    return { row: rowCount + i, record: { features, label: contents[(i + 1) * width - 1]! } };
  });
  const grown = { before: rowCount, after: rowCount + added.length };
  // The last page so far: rows of it may be erased just now.
  await lockPages(executor, of, [Math.floor(rowCount / pageRows)]);
  const pages = changedPages(
    { executor, objects },
    { of, featureCount, pageRows, grown },
    byPage(changes, pageRows),
  );
  for await (const placed of putPages(objects, of, pages)) await placePages(executor, of, [placed]);
}
