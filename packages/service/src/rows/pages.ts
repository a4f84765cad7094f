import { contentsAt, type SlotRecords } from "expunge/process";
import { byPage, changedPages } from "./changed-pages.js";
import {
  damaged,
  type PagesOf,
  type PlacedPages,
  pickPages,
  putAllPages,
  type RowAccess,
} from "./stored-pages.js";

/*
 * Rows in pages of 16 KiB, their features and then their labels, so that unlearning reads the batches it visits and little else.
 */

/** Small, since erasing a row writes its page anew; large enough that what the database keeps of each is little beside it. */
const PAGE_BYTES = 2 ** 14;
/** Rows whose slots stand in one page of an order. */
export const ORDER_ROWS = 4096;

/** Rows or slots of a full page. */
export function rowsPerPage(featureCount: number): number {
  return Math.max(1, Math.floor(PAGE_BYTES / (4 * featureCount)));
}

/** The pages of a data set's rows, in the order they came. */
export const pagesOfDataset = (id: string): PagesOf => ({ table: "dataset_pages", id });
/** The pages of a model's rows, in training order. */
export const pagesOfModel = (id: string): PagesOf => ({ table: "model_pages", id });
/** The pages of a model's order: the slot of every row. */
export const orderOfModel = (id: string): PagesOf => ({ table: "model_order", id });

export interface PagedSlots {
  readonly modelId: string;
  readonly slotCount: number;
  /** Numbers of a row: its features, and its sample weight where rows have one. */
  readonly featureCount: number;
  readonly pageSlots: number;
}

/** Slots of some rows of a model, in the order of the rows. */
export async function slotsOfRows(
  access: RowAccess,
  modelId: string,
  rows: readonly number[],
): Promise<number[]> {
  const numbers = [...new Set(rows.map((row) => Math.floor(row / ORDER_ROWS)))];
  if (numbers.length === 0) return [];
  const pages = await pickPages(access, orderOfModel(modelId), numbers);
  const slots = new Map(pages.map(({ page, bytes }) => [page, new Uint32Array(bytes.slice().buffer)]));
  return rows.map((row) => {
    const slot = slots.get(Math.floor(row / ORDER_ROWS))?.[row % ORDER_ROWS];
    if (slot === undefined) throw damaged(modelId, `row ${row} has no place in the order`);
    return slot;
  });
}

/**
 * Writes pages of a model with new contents of some slots: zeros where they are empty. They count once they are placed, in the transaction that says so
 * of the model too: nobody else changes a model's pages before its version goes up.
 */
export function putSlots(
  access: RowAccess,
  { modelId, featureCount, pageSlots }: PagedSlots,
  records: SlotRecords,
): Promise<PlacedPages[]> {
  const changes = records.slots.map((row, i) => ({ row, record: contentsAt(records, i) }));
  const paged = { of: pagesOfModel(modelId), featureCount, pageRows: pageSlots };
  return putAllPages(access.objects, paged.of, changedPages(access, paged, byPage(changes, pageSlots)));
}
