import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type RowChunk, type RowSource, type Schema, storedRows, storedWidthOf } from "expunge/data";
import { descriptionOf, randomBytes } from "expunge/process";
import { newId } from "../database/ids.js";
import type { Database, Queries } from "../database/open-database.js";
import { datasetPages, datasets, owners } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import { bytesOfFloats, rowsPerPage } from "../rows/pages.js";

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
  const pageRows = rowsPerPage(storedWidthOf(source));
  const { queries } = database;
  await queries.insert(datasets).values({ id, tenantId, name, state: "uploading", schema, secret, pageRows });
  try {
    const keyring = keyringOf(secret, source.subjectForm);
    const rowCount = await storeRows(database, id, storedRows(source), pageRows, keyring);
    const description = descriptionOf(source, rowCount);
    const made = await queries
      .update(datasets)
      .set({ state: "ready", description })
      .where(and(eq(datasets.id, id), eq(datasets.state, "uploading")))
      .returning({ id: datasets.id });
    if (made.length === 0) throw new ExpungeError("E_CONFLICT", "The data set was deleted while it came.");
    return id;
  } catch (error) {
    await queries.delete(datasets).where(eq(datasets.id, id));
    throw error;
  }
}

async function storeRows(
  database: Database,
  id: string,
  source: RowSource,
  pageRows: number,
  keyring: Keyring,
): Promise<number> {
  const { featureCount } = source;
  let first = 0;
  let features = new Float32Array(pageRows * featureCount);
  let labels = new Float32Array(pageRows);
  let held = 0;
  const flush = async (): Promise<void> => {
    if (held === 0) return;
    await database.queries.insert(datasetPages).values({
      datasetId: id,
      page: first / pageRows,
      features: bytesOfFloats(features.slice(0, held * featureCount)),
      labels: bytesOfFloats(labels.slice(0, held)),
    });
    first += held;
    held = 0;
    features = new Float32Array(pageRows * featureCount);
    labels = new Float32Array(pageRows);
  };
  for await (const chunk of source.chunks()) {
    await storeOwners(database.queries, id, first + held, chunk, keyring);
    for (let row = 0; row < chunk.labels.length; ) {
      const count = Math.min(pageRows - held, chunk.labels.length - row);
      features.set(
        chunk.features.subarray(row * featureCount, (row + count) * featureCount),
        held * featureCount,
      );
      labels.set(chunk.labels.subarray(row, row + count), held);
      held += count;
      row += count;
      if (held === pageRows) await flush();
    }
  }
  await flush();
  return first;
}

/** Rows of one insert: PostgreSQL takes 65,535 parameters, three of them a row. */
const OWNERS_AT_ONCE = 10_000;

async function storeOwners(
  queries: Queries,
  datasetId: string,
  first: number,
  { subjects }: RowChunk,
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
