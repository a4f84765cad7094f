import { PAGE_TABLES, type SavedPage, savedPages } from "../src/backup/page-rows.js";
import type { Database } from "../src/database/open-database.js";

/** All pages of a database as they are read, with their keys: what is not in here nobody can read any more. */
export async function storedPages(database: Database): Promise<(SavedPage & { readonly table: string })[]> {
  const found: (SavedPage & { table: string })[] = [];
  for (const table of PAGE_TABLES)
    for await (const row of savedPages(database, table))
      found.push({ table, ...(JSON.parse(row) as SavedPage) });
  return found;
}

/** Their bytes, for looking whether a row is among them. */
export async function storedBytes(
  database: Database,
  isAsked: (page: SavedPage & { readonly table: string }) => boolean = () => true,
): Promise<Buffer> {
  const pages = (await storedPages(database)).filter(isAsked);
  return Buffer.concat(pages.map(({ bytes }) => Buffer.from(bytes, "base64")));
}
