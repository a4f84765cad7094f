import { contentsAt, type SlotContents, type SlotRecords } from "expunge/process";
import type { Transaction } from "../database/open-database.js";
import {
  damaged,
  type Page,
  type PagesOf,
  type PlacedPages,
  pickPages,
  placePages,
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

/** Rows of one page. */
export interface PageRows {
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

export function bytesOfRows({ features, labels }: PageRows): Uint8Array {
  const bytes = new Uint8Array(features.byteLength + labels.byteLength);
  bytes.set(bytesOfFloats(features));
  bytes.set(bytesOfFloats(labels), features.byteLength);
  return bytes;
}

/** @param featureCount numbers of a row, without its label */
export function rowsOfBytes(bytes: Uint8Array, featureCount: number): PageRows {
  const numbers = floatsOfBytes(bytes);
  const count = Math.floor(numbers.length / (featureCount + 1));
  return {
    features: numbers.subarray(0, count * featureCount),
    labels: numbers.subarray(count * featureCount),
  };
}

export function bytesOfFloats(numbers: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

export function floatsOfBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

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
export async function putSlots(
  access: RowAccess,
  { modelId, featureCount, pageSlots }: PagedSlots,
  records: SlotRecords,
): Promise<PlacedPages[]> {
  const changes = byPage(
    records.slots.map((row, i) => ({ row, record: contentsAt(records, i) })),
    pageSlots,
  );
  const of = pagesOfModel(modelId);
  const pages = await pickPages(access, of, [...changes.keys()]);
  return putAllPages(access.objects, of, patchAll(of, pages, changes, featureCount, pageSlots));
}

/** Erases rows of a data set. */
export async function eraseDatasetRows(
  transaction: Transaction,
  dataset: { readonly id: string; readonly featureCount: number; readonly pageRows: number },
  rows: readonly number[],
): Promise<void> {
  const { featureCount, pageRows } = dataset;
  const changes = byPage(
    rows.map((row) => ({ row, record: null })),
    pageRows,
  );
  const of = pagesOfDataset(dataset.id);
  const pages = await pickPages(transaction, of, [...changes.keys()], { isLocked: true });
  const changed = patchAll(of, pages, changes, featureCount, pageRows);
  await placePages(transaction.executor, of, await putAllPages(transaction.objects, of, changed));
}

interface Change {
  readonly row: number;
  readonly record: SlotContents;
}

function byPage(changes: readonly Change[], pageRows: number): ReadonlyMap<number, readonly Change[]> {
  const pages = new Map<number, Change[]>();
  for (const change of changes) {
    const page = Math.floor(change.row / pageRows);
    const own = pages.get(page);
    if (own) own.push(change);
    else pages.set(page, [change]);
  }
  return pages;
}

function patchAll(
  { id }: PagesOf,
  pages: readonly Page[],
  changes: ReadonlyMap<number, readonly Change[]>,
  featureCount: number,
  pageRows: number,
): Page[] {
  if (pages.length !== changes.size) throw damaged(id, "a page is missing");
  return pages.map(({ page, bytes }) => {
    const rows = rowsOfBytes(bytes, featureCount);
    for (const change of changes.get(page) as readonly Change[]) patch(rows, change, featureCount, pageRows);
    return { page, bytes: bytesOfRows(rows) };
  });
}

function patch(
  { features, labels }: PageRows,
  { row, record }: Change,
  featureCount: number,
  pageRows: number,
): void {
  const at = row % pageRows;
  features.fill(0, at * featureCount, (at + 1) * featureCount);
  if (record) features.set(record.features, at * featureCount);
  labels[at] = record?.label ?? 0;
}
