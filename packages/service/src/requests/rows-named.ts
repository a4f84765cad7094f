import { and, eq, ne, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { hexOf } from "../database/ids.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import { claimedRows, namedSubjects, owners, requests, tasks } from "../database/tables.js";
import type { Keyring } from "../keys/keyring.js";
import type { DeletionRequest, UnknownSubjects } from "./deletion-request.js";

/** What a request names in its data set. */
export interface Named {
  /** Rows, claimed ones too, each once. */
  readonly rows: readonly number[];
  /** Owners that are known, each once, by the place where the request names them first; none where rows were named. */
  readonly owners: readonly { readonly place: number; readonly owner: string }[];
  /** Places of subjects that nobody knows, which were to be skipped. */
  readonly unknown: readonly number[];
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
  for (const [i, { rows, unknown }] of asked.entries()) {
    outcomes.push(
      rows
        ? namedByRow(rows, rowCount)
        : namedByOwner(keysOf[i]!, { rowsOf, forgotten, onUnknown: unknown ?? "refuse" }),
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
  if (at >= 0)
    return strangers(`Expected rows[${at}] = ${rows[at]} in [0, ${rowCount - 1}]. Nothing was accepted.`, [
      at,
    ]);
  return { rows: [...new Set(rows)], owners: [], unknown: [] };
}

interface KnownOwners {
  readonly rowsOf: ReadonlyMap<string, readonly number[]>;
  readonly forgotten: ReadonlySet<string>;
  readonly onUnknown: UnknownSubjects;
}

function namedByOwner(
  keys: readonly string[],
  { rowsOf, forgotten, onUnknown }: KnownOwners,
): Named | ExpungeError {
  const places = new Map<string, number>();
  const unknown: number[] = [];
  for (const [place, key] of keys.entries()) {
    if (!rowsOf.has(key) && !forgotten.has(key)) unknown.push(place);
    else if (!places.has(key)) places.set(key, place);
  }
  const isTaken = onUnknown === "accept" || (onUnknown === "skip" && places.size > 0);
  if (unknown.length > 0 && !isTaken) return strangers(strangersText(unknown, keys.length), unknown);
  const owners = [...places].map(([owner, place]) => ({ owner, place }));
  return { rows: owners.flatMap(({ owner }) => rowsOf.get(owner) ?? []), owners, unknown };
}

/** Names places, never ids. */
function strangersText(unknown: readonly number[], asked: number): string {
  const others = unknown.length === 1 ? "" : ` (and ${unknown.length - 1} more of the ${asked} named)`;
  const advice = unknown.length === asked ? "" : ' The option unknown: "skip" serves the others.';
  return `subjects[${unknown[0]}]${others} owns no row of this data set and was not forgotten by it. Nothing was accepted. Ids must be spelt as in the data set.${advice}`;
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
    const key = hexOf(owner);
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
  const found = await queries
    .selectDistinct({ owner: namedSubjects.owner })
    .from(namedSubjects)
    .innerJoin(requests, eq(requests.id, namedSubjects.requestId))
    .where(
      and(
        eq(namedSubjects.datasetId, datasetId),
        isOneOf(namedSubjects.owner, keys, "bytea"),
        ne(requests.state, "cancelled"),
      ),
    );
  return new Set(found.map(({ owner }) => hexOf(owner as Uint8Array)));
}

/** Places told of in an error's details. */
const MAX_TOLD = 1000;

function strangers(message: string, places: readonly number[]): ExpungeError {
  const details = { index: places[0], indices: places.slice(0, MAX_TOLD), count: places.length };
  return new ExpungeError("E_UNKNOWN_SUBJECT", message, details);
}
