import { and, eq, ne, sql } from "drizzle-orm";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import { claimedRows, owners, requests, tasks } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import type { Keyring } from "./keyring.js";
import type { DeletionRequest } from "./service.js";

/** What a request names in its data set. */
export interface Named {
  /** Rows, claimed ones too, each once. */
  readonly rows: readonly number[];
  /** Hex keys of the owners; none where rows were named. */
  readonly owners: readonly string[];
}

/** A data set as it is looked into. */
export interface Searched {
  readonly id: string;
  readonly rowCount: number;
  readonly keyring: Keyring;
}

/** Rows and owners that requests for one data set name; an error in place of each that names what is not there. */
export async function rowsNamed(
  queries: Queries,
  { id, rowCount, keyring }: Searched,
  asked: readonly DeletionRequest[],
): Promise<(Named | ExpungeError)[]> {
  const keysOf = asked.map(({ subjects }) => subjects?.map((subject) => keyring.ownerOf(subject)) ?? []);
  const keys = [...new Set(keysOf.flat())];
  const rowsOf = await rowsOfOwners(queries, id, keys);
  const forgotten = await ownersForgotten(
    queries,
    id,
    keys.filter((key) => !rowsOf.has(key)),
  );
  const outcomes: (Named | ExpungeError)[] = [];
  for (const [i, { rows }] of asked.entries()) {
    outcomes.push(
      rows ? namedByRow(rows, rowCount) : namedByOwner(keysOf[i] as readonly string[], rowsOf, forgotten),
    );
  }
  return outcomes;
}

/** Those of some rows that are not erased, each once; of a model's, those that it has not forgotten. */
export async function rowsLeft(
  queries: Queries,
  datasetId: string,
  rows: readonly number[],
  modelId?: string,
): Promise<readonly number[]> {
  if (rows.length === 0) return [];
  const isDone =
    modelId === undefined
      ? eq(requests.state, "completed")
      : and(eq(tasks.modelId, modelId), eq(tasks.state, "done"));
  const found = await queries
    .selectDistinct({ row: claimedRows.row })
    .from(claimedRows)
    .innerJoin(requests, eq(requests.id, claimedRows.requestId))
    .leftJoin(tasks, eq(tasks.requestId, claimedRows.requestId))
    .where(and(eq(claimedRows.datasetId, datasetId), isOneOf(claimedRows.row, rows, "integer"), isDone));
  const gone = new Set(found.map(({ row }) => row));
  return [...new Set(rows)].filter((row) => !gone.has(row));
}

/** Rows of whoever owns the most that are still there; 0 where rows have no owner. */
export async function mostRowsOfOwner(queries: Queries, datasetId: string): Promise<number> {
  const [found] = await queries
    .select({ count: sql<number>`count(*)::int` })
    .from(owners)
    .where(eq(owners.datasetId, datasetId))
    .groupBy(owners.owner)
    .orderBy(sql`count(*) desc`)
    .limit(1);
  return found?.count ?? 0;
}

function namedByRow(rows: readonly number[], rowCount: number): Named | ExpungeError {
  const at = rows.findIndex((row) => row >= rowCount);
  if (at >= 0) return unknown(`Expected rows[${at}] = ${rows[at]} in [0, ${rowCount - 1}].`, at);
  return { rows: [...new Set(rows)], owners: [] };
}

function namedByOwner(
  keys: readonly string[],
  rowsOf: ReadonlyMap<string, readonly number[]>,
  forgotten: ReadonlySet<string>,
): Named | ExpungeError {
  const at = keys.findIndex((key) => !rowsOf.has(key) && !forgotten.has(key));
  if (at >= 0)
    return unknown(`subjects[${at}] owns no row of this data set and was not forgotten by it.`, at);
  const distinct = [...new Set(keys)];
  return { rows: distinct.flatMap((key) => rowsOf.get(key) ?? []), owners: distinct };
}

async function rowsOfOwners(
  queries: Queries,
  datasetId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rowsOf = new Map<string, number[]>();
  if (keys.length === 0) return rowsOf;
  const found = await queries
    .select({ row: owners.row, owner: owners.owner })
    .from(owners)
    .where(and(eq(owners.datasetId, datasetId), isOneOf(owners.owner, keys, "bytea")));
  for (const { row, owner } of found) {
    const key = Buffer.from(owner).toString("hex");
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  return rowsOf;
}

/** Which of some owners without a row an earlier request has named. */
async function ownersForgotten(
  queries: Queries,
  datasetId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const isNamed = sql`${requests.owners} ?| array(select json_array_elements_text(${JSON.stringify(keys)}::json))`;
  const found = await queries
    .select({ owners: requests.owners })
    .from(requests)
    .where(and(eq(requests.datasetId, datasetId), ne(requests.state, "cancelled"), isNamed));
  return new Set(found.flatMap(({ owners: named }) => named));
}

function unknown(message: string, index: number): ExpungeError {
  return new ExpungeError("E_UNKNOWN_SUBJECT", `${message} Nothing was accepted.`, { index });
}
