import type { SlotSource } from "expunge/engine";
import { type PageRows, rowsOfBytes } from "./page-bytes.js";
import { type PagedSlots, pagesOfModel } from "./pages.js";
import { damaged, type Page, pickPages, type RowAccess, readPages } from "./stored-pages.js";

/** Most bytes of rows that a source keeps and reads at once: a model of that size is read once, however often its rows are visited. */
const HELD_BYTES = 2 ** 23;
/** Many of some pages are one of so many. */
const MANY = 4;

/** A model's rows, and what is known of whoever reads them next. */
export interface PagedSource extends SlotSource {
  /** Slots that are about to be read one by one, ascending: their pages are read together. */
  readSoon(slots: readonly number[]): void;
}

/**
 * A model's rows as a kernel reads them. Every reading asks the database and opens files, so one that goes on near where the last ended fetches twice
 * as many pages as that did.
 *
 * @throws ExpungeError E_MODEL for a page that is missing or damaged
 */
export function pagedSource(access: RowAccess, paged: PagedSlots): PagedSource {
  const { slotCount, featureCount, pageSlots } = paged;
  const held = new HeldPages(access, paged);
  return {
    readSoon: (slots) => held.readSoon(slots),
    slotCount,
    featureCount,
    async read(firstSlot, features, labels) {
      const endSlot = firstSlot + labels.length;
      const pages = await held.read(Math.floor(firstSlot / pageSlots), Math.floor((endSlot - 1) / pageSlots));
      for (const one of pages) {
        const start = one.page * pageSlots;
        const from = Math.max(firstSlot, start);
        const to = Math.min(endSlot, start + one.labels.length);
        const rows = one.features.subarray((from - start) * featureCount, (to - start) * featureCount);
        features.set(rows, (from - firstSlot) * featureCount);
        labels.set(one.labels.subarray(from - start, to - start), from - firstSlot);
      }
    },
  };
}

interface DecodedPage extends PageRows {
  readonly page: number;
}

class HeldPages {
  private readonly access: RowAccess;
  private readonly paged: PagedSlots;
  private readonly pageCount: number;
  private readonly mostPages: number;
  private readonly pages = new Map<number, DecodedPage>();
  /** Behind the last page that was fetched, and how many were fetched with it. */
  private end = 0;
  private fetched = 0;
  /** Pages that are about to be read one by one, ascending. */
  private soon: readonly number[] = [];
  /** Readings wait for each other: what one fetches the next may need. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(access: RowAccess, paged: PagedSlots) {
    const { slotCount, featureCount, pageSlots } = paged;
    this.access = access;
    this.paged = paged;
    this.pageCount = Math.ceil(slotCount / pageSlots);
    this.mostPages = Math.max(1, Math.floor(HELD_BYTES / (4 * pageSlots * (featureCount + 1))));
  }

  readSoon(slots: readonly number[]): void {
    this.soon = [...new Set(slots.map((slot) => Math.floor(slot / this.paged.pageSlots)))];
  }

  read(first: number, last: number): Promise<DecodedPage[]> {
    const read = this.last.then(() => this.pagesFrom(first, last));
    this.last = read.catch(() => {});
    return read;
  }

  private async pagesFrom(first: number, last: number): Promise<DecodedPage[]> {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const missing = numbers.find((page) => !this.pages.has(page));
    if (missing !== undefined) {
      const place = first === last ? this.soon.indexOf(missing) : -1;
      await (place < 0 ? this.fetch(first, missing, last) : this.fetchSoon(place));
    }
    return numbers.map((page) => this.pages.get(page) as DecodedPage);
  }

  /** Pages from the first missing one on, where those from `from` to it are held and needed too. */
  private async fetch(from: number, first: number, last: number): Promise<void> {
    const isNear = first >= this.end && first < this.end + this.fetched;
    const ahead = isNear ? Math.min(2 * this.fetched, this.mostPages) : 0;
    const end = Math.min(Math.max(last + 1, first + ahead), this.pageCount);
    const pages = await readPages(this.access, pagesOfModel(this.paged.modelId), first, end - 1);
    this.hold(pages, end - first, (page) => page >= from && page < first);
    [this.end, this.fetched] = [end, pages.length];
  }

  /** Those that are soon read one by one, from one on, but for those that are held. A model that can be held whole is read whole where they are many of its pages and none is held, for its steps need the others. */
  private async fetchSoon(place: number): Promise<void> {
    const wanted = new Set(this.soon.slice(place, place + this.mostPages));
    this.soon = this.soon.slice(place + this.mostPages);
    const missing = [...wanted].filter((page) => !this.pages.has(page));
    const { pageCount, mostPages } = this;
    if (this.pages.size === 0 && pageCount <= mostPages && MANY * missing.length >= pageCount)
      return this.fetch(0, 0, pageCount - 1);
    const pages = await pickPages(this.access, pagesOfModel(this.paged.modelId), missing);
    this.hold(pages, missing.length, (page) => wanted.has(page));
  }

  private hold(pages: readonly Page[], expected: number, isNeeded: (page: number) => boolean): void {
    if (pages.length !== expected) throw damaged(this.paged.modelId, "a page is missing");
    if (this.pages.size + pages.length > this.mostPages) {
      for (const page of this.pages.keys()) if (!isNeeded(page)) this.pages.delete(page);
    }
    for (const page of pages) this.pages.set(page.page, decode(this.paged, page));
  }
}

function decode(
  { modelId, slotCount, featureCount, pageSlots }: PagedSlots,
  { page, bytes }: Page,
): DecodedPage {
  const count = Math.min(pageSlots, slotCount - page * pageSlots);
  if (bytes.length !== 4 * count * (featureCount + 1))
    throw damaged(modelId, `page ${page} is of the wrong size`);
  return { page, ...rowsOfBytes(bytes, featureCount) };
}
