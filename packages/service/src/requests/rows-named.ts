import { and, eq, lt, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { mapGivingWay } from "../database/give-way.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries, SqlExecutor } from "../database/open-database.js";
import { claimedRows, owners, requests, tasks } from "../database/tables.js";
import type { Keyring } from "../keys/keyring.js";
import type { DeletionRequest } from "./deletion-request.js";

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
export interface SearchedDataset {
  readonly id: string;
  readonly rowCount: number;
  readonly keyring: Keyring;
}

/** Rows and owners that requests name; an error in place of each that names what is not there. */
export async function rowsNamed(
  executor: SqlExecutor,
  sought: readonly { readonly request: DeletionRequest; readonly dataset: SearchedDataset }[],
): Promise<(Named | ExpungeError)[]> {
  const keysOf: string[][] = [];
  for (const { request, dataset } of sought)
    keysOf.push(await mapGivingWay(request.subjects ?? [], (subject) => dataset.keyring.ownerOf(subject)));
  const keys = sought.flatMap(({ dataset }, i) =>
    keysOf[i]!.map((owner) => ({ datasetId: dataset.id, owner })),
  );
  const known = await findOwners(executor, keys);
  return sought.map(({ request, dataset: { id, rowCount } }, i) =>
    request.rows
      ? namedByRow(request.rows, rowCount)
      : namedByOwner(keysOf[i]!, known.get(id) ?? NOBODY, request),
  );
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

/** Rows of a data set that a training takes. */
export interface TakenRows {
  /** Those behind them come too late. */
  readonly rowCount: number;
  readonly leftOut: ReadonlySet<number>;
}

/**
 * Rows of whoever owns the most that are still there; 0 where rows have no owner.
 *
 * @param taken those that count; default all
 */
export async function mostRowsOfOwner(
  queries: Queries,
  datasetId: string,
  taken?: TakenRows,
): Promise<number> {
  // A subquery is hashed: there may be hundreds of thousands of them.
  const left = JSON.stringify([...(taken?.leftOut ?? [])]);
  const isTaken =
    taken &&
    and(
      lt(owners.row, taken.rowCount),
      sql`${owners.row} not in (select value::integer from json_array_elements_text(${left}::json))`,
    );
  const [found] = await queries
    .select({ count: sql<number>`count(*)::int` })
    .from(owners)
    .where(and(eq(owners.datasetId, datasetId), isTaken))
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

/** Owners of a data set that are known, with their rows; none of whom it has forgotten. */
type KnownOwners = ReadonlyMap<string, readonly number[]>;

const NOBODY: KnownOwners = new Map();

function namedByOwner(
  keys: readonly string[],
  known: KnownOwners,
  { unknown: onUnknown = "refuse", correction }: DeletionRequest,
): Named | ExpungeError {
  const places = new Map<string, number>();
  const unknown: number[] = [];
  for (const [place, key] of keys.entries()) {
    if (!known.has(key)) unknown.push(place);
    else if (!places.has(key)) places.set(key, place);
  }
  const isTaken = onUnknown === "accept" || (onUnknown === "skip" && places.size > 0);
  if (unknown.length > 0 && !isTaken)
    return strangers(strangersText(unknown, keys.length, correction !== undefined), unknown);
  const owners = [...places].map(([owner, place]) => ({ owner, place }));
  return { rows: owners.flatMap(({ owner }) => known.get(owner) ?? []), owners, unknown };
}

/** Names places, never ids. Of a correction they are those of its new rows. */
function strangersText(unknown: readonly number[], asked: number, isCorrection: boolean): string {
  const others = unknown.length === 1 ? "" : ` (and ${unknown.length - 1} more of the ${asked} named)`;
  const advice = unknown.length === asked ? "" : ' The option unknown: "skip" serves the others.';
  if (isCorrection)
    return `to[${unknown[0]}]${others}: its owner has no row in this data set. Nothing was accepted. Ids must be spelt as in the data set.`;
  return `subjects[${unknown[0]}]${others} owns no row of this data set and was not forgotten by it. Nothing was accepted. Ids must be spelt as in the data set.${advice}`;
}

/** Owners looked up by one statement: one text holds them all. */
const AT_ONCE = 10_000;

/** Those of some owners that have rows, or that an earlier request has named, by data set. */
async function findOwners(
  { executeSql }: SqlExecutor,
  keys: readonly { readonly datasetId: string; readonly owner: string }[],
): Promise<ReadonlyMap<string, KnownOwners>> {
  const known = new Map<string, Map<string, readonly number[]>>();
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const asked = keys
      .slice(start, start + AT_ONCE)
      .map(({ datasetId, owner }) => ({ dataset_id: datasetId, owner: `\\x${owner}` }));
    const { rows: found } = await executeSql<FoundOwner>(OWNERS, [JSON.stringify(asked)], "owners");
    for (const { dataset_id: id, owner, rows } of found) {
      const own = known.get(id) ?? new Map();
      known.set(id, own.set(owner, rows ?? []));
    }
  }
  return known;
}

interface FoundOwner {
  readonly dataset_id: string;
  readonly owner: string;
  readonly rows: readonly number[] | null;
}

/** One owner after another by the indexes, however many tables hold. */
const OWNERS = `
select asked.dataset_id, encode(asked.owner, 'hex') as owner, found.rows
from json_populate_recordset(null::owners, $1::json) asked
cross join lateral (select json_agg(o."row") as rows from owners o where o.dataset_id = asked.dataset_id and o.owner = asked.owner) found
where found.rows is not null or (
  select true from named_subjects n join requests r on r.id = n.request_id
  where n.dataset_id = asked.dataset_id and n.owner = asked.owner and r.state <> 'cancelled' limit 1
)`;

/** Places told of in an error's details. */
const MAX_TOLD = 1000;

function strangers(message: string, places: readonly number[]): ExpungeError {
  const details = { index: places[0], indices: places.slice(0, MAX_TOLD), count: places.length };
  return new ExpungeError("E_UNKNOWN_SUBJECT", message, details);
}
