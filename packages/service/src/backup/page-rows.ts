import type { Transaction } from "../database/open-database.js";
import { holdObjects } from "../rows/hold-objects.js";
import { pagesOfDataset } from "../rows/pages.js";
import {
  eachPage,
  ownerColumn,
  type Page,
  type PagesOf,
  placePages,
  putPages,
  type RowAccess,
} from "../rows/stored-pages.js";

/*
 * Pages of rows in a backup: their bytes, where the database has places and keys. So a backup needs no object of the place it was made at, and goes into
 * another.
 */

/** Tables whose rows are pages. */
export const PAGE_TABLES = ["dataset_pages", "model_pages", "model_order"] as const;

export type PageTable = PagesOf["table"];

/** A page as a backup has it. */
export interface SavedPage {
  /** Of the data set or the model. */
  readonly owner: string;
  readonly page: number;
  /** Base64. */
  readonly bytes: string;
}

export function isPageTable(table: string): table is PageTable {
  return (PAGE_TABLES as readonly string[]).includes(table);
}

/** Characters of pages that are held until they are written. */
const LOT_CHARACTERS = 2 ** 23;

/** All pages of a table as the transaction sees them, each as JSON of a SavedPage; their objects stay until it ends. */
export async function* savedPages(transaction: Transaction, table: PageTable): AsyncGenerator<string> {
  await holdObjects(transaction);
  for (const owner of await pageOwners(transaction, table))
    for await (const page of pagesOfOwner(transaction, table, owner)) yield JSON.stringify(page);
}

/** Whose pages are in a table, and the number of the last one. */
export interface PageOwner {
  readonly id: string;
  readonly last: number;
}

/** Data sets, or models, that have pages in a table. */
export async function pageOwners(
  { executor }: Pick<Transaction, "executor">,
  table: PageTable,
): Promise<PageOwner[]> {
  const owner = ownerColumn({ table, id: "" });
  const { rows } = await executor.executeSql<PageOwner>(
    `select ${owner} as id, max(page) as last from ${table} group by ${owner}`,
  );
  return rows;
}

/** All pages of one of them. */
export async function* pagesOfOwner(
  access: RowAccess,
  table: PageTable,
  { id, last }: PageOwner,
): AsyncGenerator<SavedPage> {
  const of = await pagesOf(access, table, id);
  const numbers = Array.from({ length: last + 1 }, (_, page) => page);
  for await (const { page, bytes } of eachPage(access, of, numbers)) yield savedPage(id, page, bytes);
}

/** With the form that the database says. */
async function pagesOf(
  { executor }: Pick<Transaction, "executor">,
  table: PageTable,
  id: string,
): Promise<PagesOf> {
  if (table !== "dataset_pages") return { table, id };
  const { rows } = await executor.executeSql<{ form: "sparse" | null }>(
    "select page_form as form from datasets where id = $1",
    [id],
  );
  return pagesOfDataset({ id, isSparse: rows[0]?.form === "sparse" });
}

function savedPage(owner: string, page: number, bytes: Uint8Array): SavedPage {
  return { owner, page, bytes: Buffer.from(bytes).toString("base64") };
}

/** Pages of a backup on their way into a database and its place of rows. */
export interface PageLoader {
  /** @param row as `savedPages` gives it */
  add(table: PageTable, row: string): Promise<void>;
  /** Writes what is held. */
  flush(): Promise<void>;
}

export function createPageLoader(transaction: Transaction): PageLoader {
  const { objects, executor } = transaction;
  let of: PagesOf | null = null;
  let held: Page[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (of === null) return;
    for await (const placed of putPages(objects, of, held)) await placePages(executor, of, [placed]);
    held = [];
    size = 0;
  };
  return {
    async add(table, row) {
      const { owner, page, bytes }: SavedPage = JSON.parse(row);
      const isOther = of?.table !== table || of.id !== owner;
      if (isOther || size > LOT_CHARACTERS) await flush();
      if (isOther) of = await pagesOf(transaction, table, owner);
      held.push({ page, bytes: Buffer.from(bytes, "base64") });
      size += bytes.length;
    },
    flush,
  };
}
