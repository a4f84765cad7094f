import type { SlotContents } from "expunge/process";
import { type Numbers, placeAmong, sortedOnce } from "../database/row-numbers.js";
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

/** Rows that change, by page. What changes in a page is made when it is its turn: of millions of rows no object each is held. */
export interface PageChanges {
  /** Ascending. */
  readonly pages: Numbers;
  /** Rows of a page, ascending; none of one that does not change. */
  rowsOf(page: number): Numbers;
  changesOf(page: number): readonly Change[];
}

/**
 * @param rows     each once
 * @param recordAt what the i-th of them is to hold; default nothing
 */
export function byPage(
  rows: Numbers,
  pageRows: number,
  recordAt: (i: number) => SlotContents = () => null,
): PageChanges {
  const order = orderOf(rows);
  const ascending = order === null ? rows : Uint32Array.from(order, (i) => rows[i]!);
  const { pages, starts } = runsOf(ascending, pageRows);
  const rangeOf = (page: number): [number, number] => {
    const at = placeAmong(pages, page);
    return pages[at] === page ? [starts[at]!, starts[at + 1]!] : [0, 0];
  };
  return {
    pages,
    rowsOf(page) {
      return ascending.slice(...rangeOf(page));
    },
    changesOf(page) {
      const [start, end] = rangeOf(page);
      return Array.from({ length: end - start }, (_, k) => {
        const i = start + k;
        return { row: ascending[i]!, record: recordAt(order === null ? i : order[i]!) };
      });
    },
  };
}

/** Places of some rows by their numbers; null where they are in that order. */
function orderOf(rows: Numbers): Uint32Array | null {
  for (let i = 1; i < rows.length; i++)
    if (rows[i - 1]! > rows[i]!) return Uint32Array.from(rows.keys()).sort((a, b) => rows[a]! - rows[b]!);
  return null;
}

/** Pages of ascending rows, and where those of each begin; behind the last where they end. */
function runsOf(
  rows: Numbers,
  pageRows: number,
): { readonly pages: Uint32Array; readonly starts: Uint32Array } {
  const pageAt = (i: number): number => Math.floor(rows[i]! / pageRows);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (i === 0 || pageAt(i) !== pageAt(i - 1)) count += 1;
  const pages = new Uint32Array(count);
  const starts = new Uint32Array(count + 1).fill(rows.length);
  let at = 0;
  for (let i = 0; i < rows.length; i++)
    if (i === 0 || pageAt(i) !== pageAt(i - 1)) {
      pages[at] = pageAt(i);
      starts[at++] = i;
    }
  return { pages, starts };
}

/**
 * The pages that change, in order, as they are to be from now on; their keys are those of the pages as they were read.
 *
 * @throws ExpungeError E_MODEL where a page is missing or damaged, E_DATABASE where an object is missing
 */
export async function* changedPages(
  access: RowAccess,
  paged: PagedRows,
  changes: PageChanges,
): AsyncGenerator<ReadPage> {
  const { of, featureCount, pageRows } = paged;
  const grown = pagesGrown(paged);
  const numbers =
    grown.length === 0 ? changes.pages : sortedOnce(Uint32Array.from([...changes.pages, ...grown]));
  const pages = eachPage(access, of, numbers);
  let next = await pages.next();
  for (const page of numbers) {
    const found = next.done || next.value.page !== page ? undefined : next.value;
    if (found === undefined && !isNew(paged, page)) throw damaged(of.id, "a page is missing");
    const { bytes, key } = found ?? NO_PAGE;
    if (paged.without) {
      const gone = new Set(Array.from(changes.rowsOf(page), (row) => row % pageRows));
      yield { page, key, bytes: paged.without(bytes, (row) => gone.has(row)) };
    } else {
      const rows = lengthened(rowsOfBytes(bytes, featureCount), paged, page);
      for (const change of changes.changesOf(page)) patchRow(rows, change, featureCount, pageRows);
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
