import { ExpungeError } from "expunge";
import { throwIfAborted } from "expunge/process";
import type { SqlExecutor, Transaction } from "../database/open-database.js";
import type { Numbers } from "../database/row-numbers.js";
import { byPage, changedPages, type PageChanges, type PagedRows } from "./changed-pages.js";
import { bytesOfPage, type DatasetShape, rowsOfPage, widthOf, withoutRows } from "./dataset-rows.js";
import { pagesOfDataset } from "./pages.js";
import {
  byObject,
  damaged,
  lockPages,
  type PagePlace,
  type PagesOf,
  type PlacedPages,
  placePages,
  putPages,
  type ReadPage,
  type RowAccess,
} from "./stored-pages.js";

/*
 * Rows are erased from data sets by the transaction that completes their requests, but their pages are written before it: nobody waits for another's
 * objects with locks held, and a request may name every row that there is. A page that somebody else has written meanwhile is written once more.
 */

/** Pages that a transaction writes itself at most, where it may: a megabyte. */
const MOST_WITHIN = 64;
/** Bytes of one of them on an average, at most: those of sparse rows are as long as these are. */
const PAGE_BYTES = 2 ** 15;
/** Pages that are locked by one statement: of each the database says where it lies. */
const LOCKED_AT_ONCE = 4096;

/** Thrown within a transaction that would have to write too much: to be prepared, and then done again. */
export class NotPrepared extends Error {
  readonly dataset: DatasetShape;
  readonly rows: Numbers;

  constructor(dataset: DatasetShape, rows: Numbers) {
    super(`The pages of ${rows.length} rows are to be written first.`);
    this.dataset = dataset;
    this.rows = rows;
  }
}

/** A page without some rows, in an object that the database does not know yet. */
interface Prepared {
  readonly place: PagePlace;
  /** Of the page that it was made from. */
  readonly key: Uint8Array;
  readonly rows: Numbers;
}

/** What one transaction erases from data sets, however often it is begun. */
export class Erasure {
  private mostWithin: number;
  private readonly prepared = new Map<string, Map<number, Prepared>>();
  private readonly sizes = new Map<string, number>();
  private readonly placed = new Set<string>();

  /** @param mostWithin pages that the transaction writes itself at most: its locks are held for as long as the place of rows takes */
  constructor(mostWithin: number = MOST_WITHIN) {
    this.mostWithin = mostWithin;
  }

  /** From now on it writes a few pages itself, with locks held. */
  allowWithin(): void {
    this.mostWithin = Math.max(this.mostWithin, MOST_WITHIN);
  }

  /** The transaction begins, be it again. */
  begin(): void {
    this.placed.clear();
  }

  /** Objects that were written and not made to count. */
  leftovers(): string[] {
    return [...this.sizes.keys()].filter((id) => !this.placed.has(id));
  }

  /** Writes the pages of some rows, without them. @throws as reading and writing pages; ExpungeError E_ABORTED */
  async prepare(
    access: RowAccess,
    dataset: DatasetShape,
    rows: Numbers,
    signal?: AbortSignal,
  ): Promise<void> {
    const { id, pageRows } = dataset;
    const changes = byPage(rows, pageRows);
    const keys = new Map<number, Uint8Array>();
    const own = this.prepared.get(id) ?? new Map<number, Prepared>();
    this.prepared.set(id, own);
    const paged = pagedOf(dataset);
    const pages = notingKeys(changedPages(access, paged, changes), keys);
    for await (const { objectId, byteCount, pages: places } of putPages(access.objects, paged.of, pages)) {
      this.sizes.set(objectId, byteCount);
      for (const place of places) {
        const { page } = place;
        own.set(page, { place, key: keys.get(page)!, rows: changes.rowsOf(page) });
      }
      throwIfAborted(signal);
    }
  }

  /**
   * Erases rows of a data set: with the commit the keys of their pages are gone.
   *
   * @throws NotPrepared where more pages have to be written than a transaction may wait for
   */
  async erase(transaction: Transaction, dataset: DatasetShape, rows: Numbers): Promise<void> {
    const changes = byPage(rows, dataset.pageRows);
    const { of } = pagedOf(dataset);
    const { ready, others, bytes } = await this.lockAll(transaction.executor, dataset, changes);
    const left = rowsOn(changes, others);
    if (others.length > this.mostWithin || bytes > PAGE_BYTES * this.mostWithin)
      throw new NotPrepared(dataset, left);
    for (const [objectId, pages] of byObject(ready)) {
      const byteCount = this.sizes.get(objectId)!;
      await this.place(transaction.executor, of, { objectId, byteCount, pages });
    }
    await this.eraseWithin(transaction, dataset, byPage(left, dataset.pageRows));
  }

  /** Locks the pages that change, in their order. @returns those that are written already, the others, and the bytes of these */
  private async lockAll(executor: SqlExecutor, dataset: DatasetShape, changes: PageChanges): Promise<Found> {
    const { of } = pagedOf(dataset);
    const prepared = this.prepared.get(dataset.id);
    const ready: PagePlace[] = [];
    const others: number[] = [];
    let [found, bytes] = [0, 0];
    for (let start = 0; start < changes.pages.length; start += LOCKED_AT_ONCE) {
      const places = await lockPages(executor, of, changes.pages.slice(start, start + LOCKED_AT_ONCE));
      found += places.length;
      for (const { page, key, byte_count } of places) {
        const one = prepared?.get(page);
        if (one && isSame(one, key, changes.rowsOf(page))) ready.push(one.place);
        else {
          others.push(page);
          bytes += byte_count;
        }
      }
    }
    if (found !== changes.pages.length) throw damaged(of.id, "a page is missing");
    return { ready, others, bytes };
  }

  /** Pages that are few, or that nobody else waits for; they are locked. */
  private async eraseWithin(
    { executor, objects }: Transaction,
    dataset: DatasetShape,
    changes: PageChanges,
  ): Promise<void> {
    const paged = pagedOf(dataset);
    const pages = changedPages({ executor, objects }, paged, changes);
    for await (const placed of putPages(objects, paged.of, pages)) {
      this.sizes.set(placed.objectId, placed.byteCount);
      await this.place(executor, paged.of, placed);
    }
  }

  private async place(executor: SqlExecutor, of: PagesOf, placed: PlacedPages): Promise<void> {
    await placePages(executor, of, [placed]);
    this.placed.add(placed.objectId);
  }
}

/** Whether a page is not as it was written, or its object not there: trying again does not help, putting it back does. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof ExpungeError)) return false;
  return error.code === "E_MODEL" || (error.code === "E_DATABASE" && error.details.name !== undefined);
}

/** Pages that are locked. */
interface Found {
  readonly ready: readonly PagePlace[];
  readonly others: readonly number[];
  readonly bytes: number;
}

/** Rows of some pages, ascending as these are. */
function rowsOn(changes: PageChanges, pages: readonly number[]): Uint32Array {
  const rows = new Uint32Array(pages.reduce((sum, page) => sum + changes.rowsOf(page).length, 0));
  let at = 0;
  for (const page of pages) {
    const own = changes.rowsOf(page);
    rows.set(own, at);
    at += own.length;
  }
  return rows;
}

const pagedOf = (dataset: DatasetShape): PagedRows => ({
  of: pagesOfDataset(dataset),
  featureCount: widthOf(dataset),
  pageRows: dataset.pageRows,
  ...(dataset.isSparse
    ? {
        without: (bytes, isGone) =>
          bytesOfPage(dataset, withoutRows(dataset, rowsOfPage(dataset, bytes), isGone)),
      }
    : {}),
});

/** Made from the page as it is now, and without these rows and no others. */
function isSame(one: Prepared, key: Uint8Array, rows: Numbers): boolean {
  if (Buffer.compare(one.key, key) !== 0 || one.rows.length !== rows.length) return false;
  for (let i = 0; i < rows.length; i++) if (one.rows[i] !== rows[i]) return false;
  return true;
}

async function* notingKeys(
  pages: AsyncIterable<ReadPage>,
  keys: Map<number, Uint8Array>,
): AsyncGenerator<ReadPage> {
  for await (const page of pages) {
    keys.set(page.page, page.key);
    yield page;
  }
}
