import { and, eq, inArray, ne, sql } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows, owners, requests } from "../database/tables.js";
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
  const rowsOf = await rowsOfOwners(queries, id, [...new Set(keysOf.flat())]);
  const outcomes: (Named | ExpungeError)[] = [];
  for (const [i, { rows }] of asked.entries()) {
    outcomes.push(
      rows
        ? namedByRow(rows, rowCount)
        : await namedByOwner(queries, id, keysOf[i] as readonly string[], rowsOf),
    );
  }
  return outcomes;
}

/** Those of some rows that no request has claimed. */
export async function unclaimed(
  queries: Queries,
  datasetId: string,
  rows: readonly number[],
): Promise<readonly number[]> {
  if (rows.length === 0) return [];
  const found = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(and(eq(claimedRows.datasetId, datasetId), inArray(claimedRows.row, [...rows])));
  const gone = new Set(found.map(({ row }) => row));
  return rows.filter((row) => !gone.has(row));
}

function namedByRow(rows: readonly number[], rowCount: number): Named | ExpungeError {
  const at = rows.findIndex((row) => row >= rowCount);
  if (at >= 0) return unknown(`Expected rows[${at}] = ${rows[at]} in [0, ${rowCount - 1}].`, at);
  return { rows: [...new Set(rows)], owners: [] };
}

async function namedByOwner(
  queries: Queries,
  datasetId: string,
  keys: readonly string[],
  rowsOf: ReadonlyMap<string, readonly number[]>,
): Promise<Named | ExpungeError> {
  for (const [i, key] of keys.entries()) {
    if (rowsOf.has(key) || (await wasForgotten(queries, datasetId, key))) continue;
    return unknown(`subjects[${i}] owns no row of this data set and was not forgotten by it.`, i);
  }
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
  const wanted = keys.map((key) => Buffer.from(key, "hex"));
  const found = await queries
    .select({ row: owners.row, owner: owners.owner })
    .from(owners)
    .where(and(eq(owners.datasetId, datasetId), inArray(owners.owner, wanted)));
  for (const { row, owner } of found) {
    const key = Buffer.from(owner).toString("hex");
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  return rowsOf;
}

async function wasForgotten(queries: Queries, datasetId: string, owner: string): Promise<boolean> {
  const named = sql`${requests.owners} @> ${JSON.stringify([owner])}::jsonb`;
  const earlier = and(eq(requests.datasetId, datasetId), ne(requests.state, "cancelled"), named);
  const [found] = await queries.select({ id: requests.id }).from(requests).where(earlier).limit(1);
  return found !== undefined;
}

function unknown(message: string, index: number): ExpungeError {
  return new ExpungeError("E_UNKNOWN_SUBJECT", `${message} Nothing was accepted.`, { index });
}
