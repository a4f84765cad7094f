import type { SlotSource } from "expunge/engine";
import { contentsAt, type SlotRecords } from "expunge/process";
import type { SqlExecutor } from "../database/open-database.js";
import { byPage, changedPages, type PageChanges, patchRow } from "./changed-pages.js";
import type { DatasetShape } from "./dataset-rows.js";
import { bytesOfRows } from "./page-bytes.js";
import {
  type Page,
  type PagesOf,
  type PlacedPages,
  placePages,
  putAllPages,
  type RowAccess,
  replacePages,
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

/** Pages of a model that were written, and how its rows lie in them. */
export interface PutSlots {
  readonly pages: readonly PlacedPages[];
  readonly pageSlots: number;
  /** Whether they are all of its pages, in place of those that there were. */
  readonly isWhole: boolean;
}

/**
 * Writes pages of a model with new contents of some slots: zeros where they are empty. They count once they are placed, in the transaction that says so
 * of the model too: nobody else changes a model's pages before its version goes up.
 *
 * @param slotCount slots that there are from now on, at least as many as before
 */
export async function putSlots(
  access: RowAccess,
  { modelId, featureCount, pageSlots, slotCount: before }: PagedSlots,
  records: SlotRecords,
  slotCount: number = before,
): Promise<PutSlots> {
  const grown = { before, after: slotCount };
  const paged = { of: pagesOfModel(modelId), featureCount, pageRows: pageSlots, grown };
  const changes = changesOf(records, pageSlots);
  const pages = await putAllPages(access.objects, paged.of, changedPages(access, paged, changes));
  return { pages, pageSlots, isWhole: false };
}

/** The same where rows get more room: all pages are written, again about as long as pages are meant to be. @param source the slots with that room */
export async function putWiderSlots(
  access: RowAccess,
  { modelId, slotCount: before }: PagedSlots,
  source: SlotSource,
  records: SlotRecords,
  slotCount: number = before,
): Promise<PutSlots> {
  const pageSlots = rowsPerPage(source.featureCount);
  const changes = changesOf(records, pageSlots);
  const pages = widerPages(source, changes, { pageSlots, slotCount });
  return {
    pages: await putAllPages(access.objects, pagesOfModel(modelId), pages),
    pageSlots,
    isWhole: true,
  };
}

async function* widerPages(
  source: SlotSource,
  changes: PageChanges,
  { pageSlots, slotCount }: { readonly pageSlots: number; readonly slotCount: number },
): AsyncGenerator<Page> {
  const { featureCount } = source;
  for (let page = 0; page * pageSlots < slotCount; page++) {
    const first = page * pageSlots;
    const count = Math.min(pageSlots, slotCount - first);
    const rows = { features: new Float32Array(count * featureCount), labels: new Float32Array(count) };
    const read = Math.max(0, Math.min(count, source.slotCount - first));
    if (read > 0)
      await source.read(first, rows.features.subarray(0, read * featureCount), rows.labels.subarray(0, read));
    for (const change of changes.changesOf(page)) patchRow(rows, change, featureCount, pageSlots);
    yield { page, bytes: bytesOfRows(rows) };
  }
}

function changesOf(records: SlotRecords, pageSlots: number): PageChanges {
  return byPage(records.slots, pageSlots, (i) => contentsAt(records, i));
}

/** Says where a model's pages lie from now on. */
export function placeSlots(
  executor: SqlExecutor,
  modelId: string,
  { pages, isWhole }: PutSlots,
): Promise<void> {
  return (isWhole ? replacePages : placePages)(executor, pagesOfModel(modelId), pages);
}
