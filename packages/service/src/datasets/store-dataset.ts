import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type RowChunk, type RowSource, type Schema, storedWidthOf } from "expunge/data";
import { descriptionOf, randomBytes } from "expunge/process";
import { requireRoom } from "../accounts/quotas.js";
import { waitingBriefly } from "../database/brief-waits.js";
import { newId } from "../database/ids.js";
import type { Database, Queries } from "../database/open-database.js";
import { datasets, owners } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import {
  bytesOfPage,
  type DatasetRows,
  type DatasetShape,
  joinRows,
  shapeOfDataset,
  sliceRows,
} from "../rows/dataset-rows.js";
import { pagesOfDataset, rowsPerPage, SPARSE_PAGE_ROWS } from "../rows/pages.js";
import { type Page, placePages, putPages } from "../rows/stored-pages.js";
import { orDiscard } from "../rows/sweep-objects.js";
import { removeUpload } from "./remove-upload.js";

/**
 * Stores the rows of a source, page by page. The data set is seen as ready once all are there; where that fails nothing stays.
 *
 * @returns its id
 * @throws whatever the source throws
 */
export async function storeDataset(
  database: Database,
  tenantId: string,
  input: { readonly name: string; readonly source: RowSource; readonly schema: Schema | null },
): Promise<string> {
  const { name, source, schema } = input;
  const id = newId();
  const secret = randomBytes(32);
  const pageForm = source.isSparse ? "sparse" : null;
  const pageRows = source.isSparse ? SPARSE_PAGE_ROWS : rowsPerPage(storedWidthOf(source));
  const shape = shapeOfDataset(id, source, { pageRows, pageForm });
  // Whoever uploads has a turn. At the end it waits longer for the tenant's quotas: all rows are there.
  await waitingBriefly(database).transaction(async (transaction) => {
    await requireRoom(transaction, tenantId, "datasets", 1);
    await requireRoom(transaction, tenantId, "rows", 1);
    const values = { id, tenantId, name, state: "uploading", schema, secret, pageRows, pageForm } as const;
    await transaction.queries.insert(datasets).values(values);
  });
  try {
    const keyring = keyringOf(secret, source.subjectForm);
    const rowCount = await storeRows(database, source, shape, keyring);
    const description = descriptionOf(source, rowCount);
    const made = await database.transaction(async (transaction) => {
      await holdUpload(transaction.queries, id);
      await requireRoom(transaction, tenantId, "rows", rowCount);
      return transaction.queries
        .update(datasets)
        .set({ state: "ready", description })
        .where(and(eq(datasets.id, id), eq(datasets.state, "uploading")))
        .returning({ id: datasets.id });
    });
    if (made.length === 0) throw new ExpungeError("E_CONFLICT", "The data set was deleted while it came.");
    return id;
  } catch (error) {
    // What it leaves behind where that fails too is found later (remove-upload.ts): why the upload failed is what is told.
    await removeUpload(database, id).catch(() => {});
    throw error;
  }
}

/** Before its tenant: so does whoever takes requests in, be it for one that is not ready yet. */
async function holdUpload(queries: Queries, id: string): Promise<void> {
  await queries.select({ id: datasets.id }).from(datasets).where(eq(datasets.id, id)).for("no key update");
}

/** @returns how many */
async function storeRows(
  database: Database,
  source: RowSource,
  shape: DatasetShape,
  keyring: Keyring,
): Promise<number> {
  const of = pagesOfDataset(shape);
  const count = { rows: 0 };
  const ownedRows = storingOwners(database.queries, shape.id, source, keyring, count);
  for await (const placed of putPages(database.objects, of, pagesOfRows(ownedRows, shape)))
    await orDiscard(database, [placed], () =>
      database.transaction(({ executor }) => placePages(executor, of, [placed])),
    );
  return count.rows;
}

/** The database numbers rows in 32 bits. */
const MAX_ROWS = 2 ** 31 - 1;

/** @throws ExpungeError E_OPTION for more rows than a data set may have */
export function requireNumbers(rowCount: number): void {
  if (rowCount > MAX_ROWS)
    throw new ExpungeError("E_OPTION", `Expected at most ${MAX_ROWS} rows in a data set.`);
}

/** Stores whose the rows are on their way to the pages. */
async function* storingOwners(
  queries: Queries,
  id: string,
  source: RowSource,
  keyring: Keyring,
  count: { rows: number },
): AsyncGenerator<RowChunk> {
  for await (const chunk of source.chunks()) {
    requireNumbers(count.rows + chunk.labels.length);
    await storeOwners(queries, id, count.rows, chunk, keyring);
    count.rows += chunk.labels.length;
    yield chunk;
  }
}

async function* pagesOfRows(chunks: AsyncIterable<RowChunk>, shape: DatasetShape): AsyncGenerator<Page> {
  const { pageRows } = shape;
  let page = 0;
  let rest: DatasetRows | null = null;
  for await (const chunk of chunks) {
    const rows: DatasetRows = rest ? joinRows(shape, [rest, chunk]) : chunk;
    let from = 0;
    for (; from + pageRows <= rows.labels.length; from += pageRows)
      yield { page: page++, bytes: bytesOfPage(shape, sliceRows(shape, rows, from, from + pageRows)) };
    rest = from < rows.labels.length ? sliceRows(shape, rows, from, rows.labels.length) : null;
  }
  if (rest) yield { page, bytes: bytesOfPage(shape, rest) };
}

/** Rows of one insert: PostgreSQL takes 65,535 parameters, three of them a row. */
const OWNERS_AT_ONCE = 10_000;

export async function storeOwners(
  queries: Queries,
  datasetId: string,
  first: number,
  { subjects }: Pick<RowChunk, "subjects">,
  keyring: Keyring,
): Promise<void> {
  if (subjects === null) return;
  for (let start = 0; start < subjects.length; start += OWNERS_AT_ONCE) {
    const values = subjects.slice(start, start + OWNERS_AT_ONCE).map((subject, i) => ({
      datasetId,
      row: first + start + i,
      owner: Buffer.from(keyring.ownerOf(subject), "hex"),
    }));
    await queries.insert(owners).values(values);
  }
}
