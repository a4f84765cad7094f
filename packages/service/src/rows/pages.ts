import { and, asc, between, eq, inArray } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { SlotSource } from "expunge/engine";
import { contentsAt, type SlotContents, type SlotRecords } from "expunge/process";
import type { Queries } from "../database/open-database.js";
import { datasetPages, modelOrder, modelPages } from "../database/tables.js";

/*
 * Rows in the database, 64 KiB to a page, so that unlearning reads the batches it visits and little else.
 */

/** Small, since erasing a row writes its page anew; large enough that reading them all is one long read. */
const PAGE_BYTES = 2 ** 16;
/** Rows whose slots stand in one page of an order. */
export const ORDER_ROWS = 4096;

/** Rows or slots of a full page. */
export function rowsPerPage(featureCount: number): number {
  return Math.max(1, Math.floor(PAGE_BYTES / (4 * featureCount)));
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

/** A model's rows as a kernel reads them. @throws ExpungeError E_MODEL for a page that is missing or of the wrong size */
export function pagedSource(queries: Queries, paged: PagedSlots): SlotSource {
  const { modelId, slotCount, featureCount, pageSlots } = paged;
  /** The page of the last slot that was read alone: those that are removed are read one by one, in order. */
  let held: DecodedPage | null = null;
  const readPages = async (first: number, last: number): Promise<DecodedPage[]> => {
    if (held && first === last && held.page === first) return [held];
    const pages = await queries
      .select()
      .from(modelPages)
      .where(and(eq(modelPages.modelId, modelId), between(modelPages.page, first, last)))
      .orderBy(asc(modelPages.page));
    if (pages.length !== last - first + 1) throw damaged(modelId, "a page is missing");
    return pages.map(({ page, features, labels }) => {
      const count = Math.min(pageSlots, slotCount - page * pageSlots);
      if (features.length !== 4 * count * featureCount || labels.length !== 4 * count)
        throw damaged(modelId, `page ${page} is of the wrong size`);
      return { page, count, features: floatsOfBytes(features), labels: floatsOfBytes(labels) };
    });
  };
  return {
    slotCount,
    featureCount,
    async read(firstSlot, features, labels) {
      const endSlot = firstSlot + labels.length;
      const pages = await readPages(Math.floor(firstSlot / pageSlots), Math.floor((endSlot - 1) / pageSlots));
      if (labels.length === 1) held = pages[0] ?? null;
      for (const one of pages) {
        const start = one.page * pageSlots;
        const from = Math.max(firstSlot, start);
        const to = Math.min(endSlot, start + one.count);
        const rows = one.features.subarray((from - start) * featureCount, (to - start) * featureCount);
        features.set(rows, (from - firstSlot) * featureCount);
        labels.set(one.labels.subarray(from - start, to - start), from - firstSlot);
      }
    },
  };
}

interface DecodedPage {
  readonly page: number;
  /** Slots in it. */
  readonly count: number;
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

/** Slots of some rows of a model, in the order of the rows. */
export async function slotsOfRows(
  queries: Queries,
  modelId: string,
  rows: readonly number[],
): Promise<number[]> {
  const numbers = [...new Set(rows.map((row) => Math.floor(row / ORDER_ROWS)))];
  if (numbers.length === 0) return [];
  const pages = await queries
    .select()
    .from(modelOrder)
    .where(and(eq(modelOrder.modelId, modelId), inArray(modelOrder.page, numbers)));
  const slots = new Map(pages.map(({ page, slots: bytes }) => [page, new Uint32Array(bytes.slice().buffer)]));
  return rows.map((row) => {
    const slot = slots.get(Math.floor(row / ORDER_ROWS))?.[row % ORDER_ROWS];
    if (slot === undefined) throw damaged(modelId, `row ${row} has no place in the order`);
    return slot;
  });
}

/** Puts new contents into slots of a model: zeros where they are empty. */
export async function overwriteSlots(
  queries: Queries,
  { modelId, featureCount, pageSlots }: PagedSlots,
  records: SlotRecords,
): Promise<void> {
  const places = records.slots.map((row, i) => ({ row, record: contentsAt(records, i) }));
  for (const [page, changes] of byPage(places, pageSlots)) {
    const where = and(eq(modelPages.modelId, modelId), eq(modelPages.page, page));
    const [found] = await queries.select().from(modelPages).where(where).for("update");
    if (!found) throw damaged(modelId, `page ${page} is missing`);
    await queries
      .update(modelPages)
      .set(patched(found, changes, featureCount, pageSlots))
      .where(where);
  }
}

/** Erases rows of a data set. */
export async function eraseDatasetRows(
  queries: Queries,
  dataset: { readonly id: string; readonly featureCount: number; readonly pageRows: number },
  rows: readonly number[],
): Promise<void> {
  const places = rows.map((row) => ({ row, record: null }));
  for (const [page, changes] of byPage(places, dataset.pageRows)) {
    const where = and(eq(datasetPages.datasetId, dataset.id), eq(datasetPages.page, page));
    const [found] = await queries.select().from(datasetPages).where(where).for("update");
    if (!found) throw damaged(dataset.id, `page ${page} is missing`);
    const values = patched(found, changes, dataset.featureCount, dataset.pageRows);
    await queries.update(datasetPages).set(values).where(where);
  }
}

interface Change {
  readonly row: number;
  readonly record: SlotContents;
}

/** In order of the pages, so that two transactions never wait for each other's. */
function byPage(changes: readonly Change[], pageRows: number): [number, Change[]][] {
  const pages = new Map<number, Change[]>();
  for (const change of changes) {
    const page = Math.floor(change.row / pageRows);
    const own = pages.get(page);
    if (own) own.push(change);
    else pages.set(page, [change]);
  }
  return [...pages].sort(([a], [b]) => a - b);
}

function patched(
  page: { readonly features: Uint8Array; readonly labels: Uint8Array },
  changes: readonly Change[],
  featureCount: number,
  pageRows: number,
): { features: Uint8Array; labels: Uint8Array } {
  const features = floatsOfBytes(page.features);
  const labels = floatsOfBytes(page.labels);
  for (const { row, record } of changes) {
    const at = row % pageRows;
    features.fill(0, at * featureCount, (at + 1) * featureCount);
    if (record) features.set(record.features, at * featureCount);
    labels[at] = record?.label ?? 0;
  }
  return { features: bytesOfFloats(features), labels: bytesOfFloats(labels) };
}

function damaged(id: string, what: string): ExpungeError {
  return new ExpungeError("E_MODEL", `The stored rows of ${id} are damaged: ${what}.`, { id });
}
