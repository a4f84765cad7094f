import {
  PAGE_TABLES,
  type PageTable,
  pageOwners,
  pagesOfOwner,
  type SavedPage,
} from "../src/backup/page-rows.js";
import type { Database } from "../src/database/open-database.js";

/** Whose pages are read: others may be of any size. */
type IsAsked = (pages: { readonly table: PageTable; readonly owner: string }) => boolean;

const ALL: IsAsked = () => true;

/** Pages of a database as they are read, with their keys: what is not in any of them nobody can read any more. */
export async function storedPages(
  database: Database,
  isAsked = ALL,
): Promise<(SavedPage & { readonly table: PageTable })[]> {
  const found: (SavedPage & { table: PageTable })[] = [];
  for (const table of PAGE_TABLES)
    for (const one of await pageOwners(database, table)) {
      if (!isAsked({ table, owner: one.id })) continue;
      for await (const page of pagesOfOwner(database, table, one)) found.push({ table, ...page });
    }
  return found;
}

/** Their bytes, for looking whether a row is among them. */
export async function storedBytes(database: Database, isAsked = ALL): Promise<Buffer> {
  const pages = await storedPages(database, isAsked);
  return Buffer.concat(pages.map(({ bytes }) => Buffer.from(bytes, "base64")));
}
