import { and, eq, lt, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { mapGivingWay } from "../database/give-way.js";
import type { Queries, SqlExecutor } from "../database/open-database.js";
import { type Packed, packed, ROWS_AT_ONCE, type RowSet, unpacked } from "../database/row-numbers.js";
import { owners } from "../database/tables.js";
import type { Keyring } from "../keys/keyring.js";
import type { DeletionRequest } from "./deletion-request.js";

/** What a request names in its data set. Rows of owners stay in the database: one person may have millions. */
export interface Named {
  /** Rows that it names by their numbers, claimed ones too, each once; none where it names owners. */
  readonly rows: readonly number[];
  /** Owners that are known, each once, by the place where the request names them first; none where rows were named. */
  readonly owners: readonly NamedOwner[];
  /** Rows in all, found by their owners too. */
  readonly rowCount: number;
  /** Places of subjects that nobody knows, which were to be skipped. */
  readonly unknown: readonly number[];
}

export interface NamedOwner {
  readonly place: number;
  /** Hex HMAC. */
  readonly owner: string;
  /** Rows that the owner has; 0 of one whose rows are all erased. */
  readonly rowCount: number;
  /** The first and the last of them; -1 where there are none. */
  readonly firstRow: number;
  readonly lastRow: number;
}

/** A data set as it is looked into. */
export interface SearchedDataset {
  readonly id: string;
  readonly rowCount: number;
  readonly keyring: Keyring;
}

/**
 * Rows and owners that requests name; an error in place of each that names what is not there.
 *
 * @param mostRows an owner who has more rows is said to have one more than this; default all are counted
 */
export async function rowsNamed(
  executor: SqlExecutor,
  sought: readonly { readonly request: DeletionRequest; readonly dataset: SearchedDataset }[],
  mostRows: number = Number.POSITIVE_INFINITY,
): Promise<(Named | ExpungeError)[]> {
  const keysOf: string[][] = [];
  for (const { request, dataset } of sought)
    keysOf.push(await mapGivingWay(request.subjects ?? [], (subject) => dataset.keyring.ownerOf(subject)));
  const keys = sought.flatMap(({ dataset }, i) =>
    keysOf[i]!.map((owner) => ({ datasetId: dataset.id, owner })),
  );
  const known = await findOwners(executor, keys, mostRows);
  return sought.map(({ request, dataset: { id, rowCount } }, i) =>
    request.rows
      ? namedByRow(request.rows, rowCount)
      : namedByOwner(keysOf[i]!, known.get(id) ?? NOBODY, request),
  );
}

/** Rows that a request names and that are not erased, ascending; of a model's, those that it has not forgotten. */
export async function rowsLeft(
  { executeSql }: SqlExecutor,
  datasetId: string,
  { rows, owners }: Pick<Named, "rows" | "owners">,
  modelId?: string,
): Promise<Uint32Array> {
  if (rows.length === 0 && owners.length === 0) return new Uint32Array(0);
  const named = [datasetId, JSON.stringify(rows), JSON.stringify(owners.map(({ owner }) => owner))];
  const [text, values] =
    modelId === undefined
      ? [leftUnless(ERASED), named]
      : [leftUnless(ERASED, FORGOTTEN), [...named, modelId]];
  return unpacked((await executeSql<Packed>(text, values)).rows);
}

const leftUnless = (...gone: readonly string[]): string => `
with named as (
  select value::integer as "row" from json_array_elements_text($2::json)
  union all
  select o."row" from json_array_elements_text($3::json) join owners o on o.dataset_id = $1 and o.owner = decode(value, 'hex')
)
select ${packed('named."row"')} from named where ${gone
  .map(
    (one) =>
      `not exists (select from claimed_rows c join ${one} where c.dataset_id = $1 and c."row" = named."row")`,
  )
  .join(" and ")} group by 1`;
const ERASED = "requests r on r.id = c.request_id and r.state = 'completed'";
const FORGOTTEN = "tasks t on t.request_id = c.request_id and t.model_id = $4 and t.state = 'done'";

/** Rows of a data set that a training takes. */
export interface TakenRows {
  /** Those behind them come too late. */
  readonly rowCount: number;
  readonly leftOut: RowSet;
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
  const distinct = [...new Set(rows)];
  return { rows: distinct, owners: [], rowCount: distinct.length, unknown: [] };
}

/** Owners of a data set that are known. */
type KnownOwners = ReadonlyMap<string, Omit<NamedOwner, "place">>;

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
  const owners = [...places].map(([owner, place]) => ({ ...known.get(owner)!, place }));
  return { rows: [], owners, rowCount: owners.reduce((sum, { rowCount }) => sum + rowCount, 0), unknown };
}

/** Names places, never ids. Of a correction they are those of its new rows. */
function strangersText(unknown: readonly number[], asked: number, isCorrection: boolean): string {
  const others = unknown.length === 1 ? "" : ` (and ${unknown.length - 1} more of the ${asked} named)`;
  const advice = unknown.length === asked ? "" : ' The option unknown: "skip" serves the others.';
  if (isCorrection)
    return `to[${unknown[0]}]${others}: its owner has no row in this data set. Nothing was accepted. Ids must be spelt as in the data set.`;
  return `subjects[${unknown[0]}]${others} owns no row of this data set and was not forgotten by it. Nothing was accepted. Ids must be spelt as in the data set.${advice}`;
}

/** Those of some owners that have rows, or that an earlier request has named, by data set. */
async function findOwners(
  { executeSql }: SqlExecutor,
  keys: readonly { readonly datasetId: string; readonly owner: string }[],
  mostRows: number,
): Promise<ReadonlyMap<string, KnownOwners>> {
  const known = new Map<string, Map<string, FoundOwner>>();
  const limit = Number.isFinite(mostRows) ? mostRows + 1 : null;
  for (let start = 0; start < keys.length; start += ROWS_AT_ONCE) {
    const asked = keys
      .slice(start, start + ROWS_AT_ONCE)
      .map(({ datasetId, owner }) => ({ dataset_id: datasetId, owner: `\\x${owner}` }));
    const { rows } = await executeSql<FoundOwner>(OWNERS, [JSON.stringify(asked), limit], "owners");
    for (const found of rows) {
      const own = known.get(found.datasetId) ?? new Map();
      known.set(found.datasetId, own.set(found.owner, found));
    }
  }
  return known;
}

interface FoundOwner extends Omit<NamedOwner, "place"> {
  readonly datasetId: string;
}

/** One owner after another by the indexes, however many tables hold. */
const OWNERS = `
select asked.dataset_id as "datasetId", encode(asked.owner, 'hex') as owner, found.*
from json_populate_recordset(null::owners, $1::json) asked
cross join lateral (
  select count(*)::int as "rowCount", coalesce(min("row"), -1) as "firstRow", coalesce(max("row"), -1) as "lastRow"
  from (select o."row" from owners o where o.dataset_id = asked.dataset_id and o.owner = asked.owner limit $2) own
) found
where found."rowCount" > 0 or (
  select true from named_subjects n join requests r on r.id = n.request_id
  where n.dataset_id = asked.dataset_id and n.owner = asked.owner and r.state <> 'cancelled' limit 1
)`;

/** Places told of in an error's details. */
const MAX_TOLD = 1000;

function strangers(message: string, places: readonly number[]): ExpungeError {
  const details = { index: places[0], indices: places.slice(0, MAX_TOLD), count: places.length };
  return new ExpungeError("E_UNKNOWN_SUBJECT", message, details);
}
