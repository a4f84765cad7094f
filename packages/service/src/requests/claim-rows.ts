import type { SqlExecutor } from "../database/open-database.js";
import { ROWS_AT_ONCE } from "../database/row-numbers.js";
import type { Draft } from "./draft-requests.js";
import type { NamedOwner } from "./rows-named.js";

/*
 * Requests claim rows by statements of so many at the most. Those that were named by their owners are looked up where they lie: no program holds the rows of
 * one person, who may have millions.
 */

/** What one statement claims: rows by their numbers, and all those of some owners. */
export interface Claims {
  readonly rows: readonly {
    readonly dataset_id: string;
    readonly row: number;
    readonly request_id: string;
  }[];
  readonly owners: readonly ClaimedOwner[];
}

interface ClaimedOwner {
  readonly dataset_id: string;
  /** As PostgreSQL reads bytes. */
  readonly owner: string;
  readonly request_id: string;
  /** The last that was there when the request was read: a correction has brought a row since, which nobody asks to remove. */
  readonly last_row: number;
}

type Claim = readonly [size: number, row: Claims["rows"][number] | null, owner: ClaimedOwner | null];

/** Rows that requests name, but for those of whoever has more than one statement takes. */
export function* claimsOf(drafts: readonly Draft[]): Generator<Claims, undefined> {
  let [size, rows, owners]: [number, Claims["rows"][number][], ClaimedOwner[]] = [0, [], []];
  for (const draft of drafts)
    for (const [own, row, owner] of ofDraft(draft)) {
      if (size + own > ROWS_AT_ONCE) {
        yield { rows, owners };
        [size, rows, owners] = [0, [], []];
      }
      size += own;
      if (row) rows.push(row);
      if (owner) owners.push(owner);
    }
  if (size > 0) yield { rows, owners };
}

function* ofDraft({ id, request: { datasetId }, named: { rows, owners } }: Draft): Generator<Claim> {
  const own = { dataset_id: datasetId, request_id: id };
  for (const row of rows) yield [1, { ...own, row }, null];
  for (const { owner, rowCount, lastRow } of owners)
    if (rowCount > 0 && rowCount <= ROWS_AT_ONCE)
      yield [rowCount, null, { ...own, owner: `\\x${owner}`, last_row: lastRow }];
}

/**
 * Claims the rows of whoever has more than one statement takes, a stretch of rows after another.
 *
 * @returns rows that each request has claimed so
 */
export async function claimLarge(
  { executeSql }: SqlExecutor,
  drafts: readonly Draft[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { id, request, named } of drafts)
    for (const one of named.owners.filter(({ rowCount }) => rowCount > ROWS_AT_ONCE)) {
      const { stretch, text } = wayTo(one);
      for (let first = one.firstRow; first <= one.lastRow; first += stretch) {
        const last = Math.min(one.lastRow, first + stretch - 1);
        const { rows } = await executeSql<{ count: number }>(text, [
          ...[request.datasetId, Buffer.from(one.owner, "hex"), first, last, id],
        ]);
        counts.set(id, (counts.get(id) ?? 0) + rows[0]!.count);
      }
    }
  return counts;
}

/** Stretches in which an owner has about as many rows as one statement takes, and how to find these: among all rows of the stretch, or among the owner's. */
function wayTo({ rowCount, firstRow, lastRow }: NamedOwner): {
  readonly stretch: number;
  readonly text: string;
} {
  const span = lastRow - firstRow + 1;
  const stretchCount = Math.ceil(rowCount / ROWS_AT_ONCE);
  return {
    stretch: Math.ceil(span / stretchCount),
    text: span < stretchCount * rowCount ? CLAIM_AMONG_ALL : CLAIM_AMONG_OWN,
  };
}

/**
 * Rows `asked` are claimed that are not erased yet; whether one is, is looked up once, however many of the requests name it. Another request may name them too:
 * should it be taken back or fail, they are still this one's.
 */
export const CLAIMING = `erased as materialized (
  select dataset_id, "row" from (select distinct dataset_id, "row" from asked) named where exists (
    select 1 from claimed_rows held join requests earlier on earlier.id = held.request_id
    where held.dataset_id = named.dataset_id and held."row" = named."row" and earlier.state = 'completed'
  )
), claimed as (
  insert into claimed_rows (dataset_id, "row", request_id)
  select dataset_id, "row", request_id from asked
  where not exists (select 1 from erased where erased.dataset_id = asked.dataset_id and erased."row" = asked."row")
  order by dataset_id, "row" returning request_id
)`;

/** @param isOwn whether a row is of the owner, as the planner is to see it */
const claimStretch = (isOwn: string): string => `
with asked as materialized (
  select o.dataset_id, o."row", $5::uuid as request_id from owners o
  where o.dataset_id = $1 and ${isOwn} and o."row" between $3::integer and $4::integer
), ${CLAIMING} select count(*)::int as count from claimed`;
const CLAIM_AMONG_OWN = claimStretch("o.owner = $2::bytea");
// No index says it: the rows of the stretch are gone through.
const CLAIM_AMONG_ALL = claimStretch("o.owner || ''::bytea = $2::bytea");
