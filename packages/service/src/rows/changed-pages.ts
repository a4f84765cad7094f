import type { SlotContents } from "expunge/process";
import { bytesOfRows, type PageRows, rowsOfBytes } from "./page-bytes.js";
import { damaged, eachPage, type PagesOf, type ReadPage, type RowAccess } from "./stored-pages.js";

/* Pages with new contents of some rows, a few at a time: a request may change every page of a data set. */

export interface Change {
  readonly row: number;
  /** null: zeros. */
  readonly record: SlotContents;
}

/** How rows lie in pages. */
export interface PagedRows {
  readonly of: PagesOf;
  /** Numbers of a row, without its label. */
  readonly featureCount: number;
  /** Rows of every page but the last. */
  readonly pageRows: number;
  /** Of a data set's rows, which are only ever emptied: a page without those that change. Left out for rows with all their numbers. */
  readonly without?: (bytes: Uint8Array, isGone: (row: number) => boolean) => Uint8Array;
  /** Rows that there were, and that there are from now on: pages become longer with zeros, or come to be. Left out where their number stays. */
  readonly grown?: { readonly before: number; readonly after: number };
}

export function byPage<T extends { readonly row: number }>(
  changes: readonly T[],
  pageRows: number,
): Map<number, T[]> {
  const pages = new Map<number, T[]>();
  for (const change of changes) {
    const page = Math.floor(change.row / pageRows);
    const own = pages.get(page);
    if (own) own.push(change);
    else pages.set(page, [change]);
  }
  return pages;
}

/**
 * The pages that change, in order, as they are to be from now on; their keys are those of the pages as they were read.
 *
 * @throws ExpungeError E_MODEL where a page is missing or damaged, E_DATABASE where an object is missing
 */
export async function* changedPages(
  access: RowAccess,
  paged: PagedRows,
  changes: ReadonlyMap<number, readonly Change[]>,
): AsyncGenerator<ReadPage> {
  const { of, featureCount, pageRows } = paged;
  const numbers = [...new Set([...changes.keys(), ...pagesGrown(paged)])].sort((a, b) => a - b);
  const pages = eachPage(access, of, numbers);
  let next = await pages.next();
  for (const page of numbers) {
    const found = next.done || next.value.page !== page ? undefined : next.value;
    if (found === undefined && !isNew(paged, page)) throw damaged(of.id, "a page is missing");
    const { bytes, key } = found ?? NO_PAGE;
    if (paged.without) {
      const gone = new Set(changes.get(page)?.map(({ row }) => row % pageRows));
      yield { page, key, bytes: paged.without(bytes, (row) => gone.has(row)) };
    } else {
      const rows = lengthened(rowsOfBytes(bytes, featureCount), paged, page);
      for (const change of changes.get(page) ?? []) patchRow(rows, change, featureCount, pageRows);
      yield { page, key, bytes: bytesOfRows(rows) };
    }
    if (found) next = await pages.next();
  }
}

const NO_PAGE = { bytes: new Uint8Array(0), key: new Uint8Array(0) };

/** Pages that become longer, or come to be. */
function pagesGrown({ pageRows, grown }: PagedRows): number[] {
  if (grown === undefined || grown.after === grown.before) return [];
  const first = Math.floor(grown.before / pageRows);
  return Array.from({ length: Math.ceil(grown.after / pageRows) - first }, (_, i) => first + i);
}

function isNew({ pageRows, grown }: PagedRows, page: number): boolean {
  return grown !== undefined && page * pageRows >= grown.before;
}

function lengthened(rows: PageRows, { featureCount, pageRows, grown }: PagedRows, page: number): PageRows {
  const { length } = rows.labels;
  const count = grown === undefined ? length : Math.min(pageRows, grown.after - page * pageRows);
  if (count <= length) return rows;
  const features = new Float32Array(count * featureCount);
  const labels = new Float32Array(count);
  features.set(rows.features);
  labels.set(rows.labels);
  return { features, labels };
}

/** Puts a record in the place of a page's row. */
export function patchRow(
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
