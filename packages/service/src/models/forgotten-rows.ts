import { and, eq, sql } from "drizzle-orm";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import { claimedRows, tasks } from "../database/tables.js";

/** A model, and the data set whose rows it has. */
interface Trained {
  readonly modelId: string;
  readonly datasetId: string;
}

/** Rows, a bit each: of millions that were forgotten some hundreds of KiB are held, and no object is made for any. */
export interface RowSet {
  has(row: number): boolean;
}

/** Rows that a model has forgotten: claimed by a request that has asked of it all that it had to ask. Rows that it never had are among them. */
export async function forgottenRows(queries: Queries, trained: Trained): Promise<RowSet> {
  // Of each stretch of rows their numbers one behind the other, 4 bytes each: the driver makes no value of a row.
  const { rows } = (await queries.execute(sql`
    select c."row" / ${sql.raw(String(STRETCH))} as stretch, string_agg(int4send(c."row"), ''::bytea) as numbers
    from ${claimedRows} c join ${tasks} t on t.request_id = c.request_id
    where c.dataset_id = ${trained.datasetId} and t.model_id = ${trained.modelId} and t.state = 'done'
    group by 1
  `)) as unknown as { rows: { stretch: number; numbers: Uint8Array }[] };
  const bitsOf = new Map(rows.map(({ stretch, numbers }) => [stretch, bitsIn(numbers)]));
  return {
    has(row) {
      const bits = bitsOf.get(Math.floor(row / STRETCH));
      const place = row % STRETCH;
      return bits !== undefined && (bits[place >> 3]! & (1 << (place & 7))) !== 0;
    },
  };
}

const STRETCH = 2 ** 20;

/** @param numbers of rows of one stretch, 4 bytes each, the first the highest */
function bitsIn(numbers: Uint8Array): Uint8Array {
  const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const bits = new Uint8Array(STRETCH / 8);
  for (let at = 0; at < numbers.length; at += 4) {
    const place = view.getUint32(at) % STRETCH;
    bits[place >> 3]! |= 1 << (place & 7);
  }
  return bits;
}

/** Whether a model has forgotten any of some rows. */
export async function hasForgotten(
  queries: Queries,
  { modelId, datasetId }: Trained,
  rows: readonly number[],
): Promise<boolean> {
  const found = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .innerJoin(tasks, eq(tasks.requestId, claimedRows.requestId))
    .where(
      and(
        eq(claimedRows.datasetId, datasetId),
        isOneOf(claimedRows.row, rows, "integer"),
        eq(tasks.modelId, modelId),
        eq(tasks.state, "done"),
      ),
    )
    .limit(1);
  return found.length > 0;
}
