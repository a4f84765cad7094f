import type { Numbers } from "../database/row-numbers.js";
import { byPage } from "./changed-pages.js";
import {
  damaged,
  type Page,
  type PagesOf,
  type PlacedPages,
  pickPages,
  putAllPages,
  type RowAccess,
  readPages,
} from "./stored-pages.js";

/*
 * The slot of every row of a data set in a model, in pages. Behind the rows of its training come those that joined; one that waits, was left out or is still to
 * be corrected has none.
 */

/** Rows whose slots stand in one page. */
const ORDER_ROWS = 4096;
/** In place of a slot. */
export const NO_SLOT: number = 2 ** 32 - 1;
const LAST_PAGE = 2 ** 31 - 1;

/** The pages of a model's order. */
export const orderOfModel = (id: string): PagesOf => ({ table: "model_order", id });

/** Pages of a whole order. */
export function* pagesOfOrder(slotOfRow: Uint32Array): Generator<Page> {
  for (let page = 0; page * ORDER_ROWS < slotOfRow.length; page++)
    yield { page, bytes: bytesOfSlots(slotOfRow.slice(page * ORDER_ROWS, (page + 1) * ORDER_ROWS)) };
}

/** All of an order: as many rows as have ever had a place in it. */
export async function readOrder(access: RowAccess, modelId: string): Promise<Uint32Array> {
  return joined(await readPages(access, orderOfModel(modelId), 0, LAST_PAGE));
}

/** Rows that are in a model, and their slots. */
export interface PlacedRows {
  readonly rows: Numbers;
  /** By row. */
  readonly slots: Numbers;
}

/** Pages that are looked up and held at once: 16 MiB of slots. */
const LOOKED_UP = 1024;

/**
 * Those of some rows that a model has or had, with their slots, by their numbers; those that never joined it are left out.
 *
 * @param trainedCount rows that there were when its training began
 * @param rows each once
 * @throws ExpungeError E_MODEL where the order says nothing of one of those
 */
export async function findSlots(
  access: RowAccess,
  { modelId, trainedCount }: { readonly modelId: string; readonly trainedCount: number },
  rows: Numbers,
): Promise<{ readonly rows: Uint32Array; readonly slots: Uint32Array }> {
  const asked = byPage(rows, ORDER_ROWS);
  const found = { rows: new Uint32Array(rows.length), slots: new Uint32Array(rows.length) };
  let count = 0;
  for (let start = 0; start < asked.pages.length; start += LOOKED_UP) {
    const numbers = asked.pages.slice(start, start + LOOKED_UP);
    const pages = await pickPages(access, orderOfModel(modelId), numbers);
    const slotsOf = new Map(pages.map(({ page, bytes }) => [page, slotsOfBytes(bytes)]));
    for (const page of numbers) {
      const slots = slotsOf.get(page);
      for (const row of asked.rowsOf(page)) {
        const slot = slots?.[row % ORDER_ROWS];
        if (slot === undefined && row < trainedCount)
          throw damaged(modelId, `row ${row} has no place in the order`);
        if (slot === undefined || slot === NO_SLOT) continue;
        found.rows[count] = row;
        found.slots[count++] = slot;
      }
    }
  }
  return { rows: found.rows.subarray(0, count), slots: found.slots.subarray(0, count) };
}

/**
 * Writes the slots of rows that joined. They count once they are placed.
 *
 * @param placed rows that had no slot before
 * @param rowCount rows that the order reaches to at least
 */
export async function putNewSlots(
  access: RowAccess,
  modelId: string,
  placed: PlacedRows,
  rowCount: number,
): Promise<PlacedPages[]> {
  const of = orderOfModel(modelId);
  const { rows } = await access.executor.executeSql<{ last: number }>(
    "select max(page) as last from model_order where model_id = $1",
    [modelId],
  );
  const last = rows[0]?.last ?? 0;
  let [first, end] = [last, rowCount];
  for (const row of placed.rows) {
    first = Math.min(first, Math.floor(row / ORDER_ROWS));
    end = Math.max(end, row + 1);
  }
  const before = joined(await readPages(access, of, first, last));
  const start = first * ORDER_ROWS;
  const slots = new Uint32Array(Math.max(before.length, end - start)).fill(NO_SLOT);
  slots.set(before);
  for (let i = 0; i < placed.rows.length; i++) slots[placed.rows[i]! - start] = placed.slots[i]!;
  const pages = [...pagesOfOrder(slots)].map(({ page, bytes }) => ({ page: first + page, bytes }));
  return putAllPages(access.objects, of, pages);
}

function joined(pages: readonly Page[]): Uint32Array {
  return slotsOfBytes(Buffer.concat(pages.map(({ bytes }) => bytes)));
}

function slotsOfBytes(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

function bytesOfSlots(slots: Uint32Array): Uint8Array {
  return new Uint8Array(slots.buffer, slots.byteOffset, slots.byteLength);
}
