import { and, eq, sql } from "drizzle-orm";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import { type Packed, packed, type RowSet, rowSetOf } from "../database/row-numbers.js";
import { claimedRows, tasks } from "../database/tables.js";

/** A model, and the data set whose rows it has. */
interface Trained {
  readonly modelId: string;
  readonly datasetId: string;
}

/** Rows that a model has forgotten: claimed by a request that has asked of it all that it had to ask. Rows that it never had are among them. */
export async function forgottenRows(queries: Queries, trained: Trained): Promise<RowSet> {
  const { rows } = (await queries.execute(sql`
    select ${sql.raw(packed('c."row"'))}
    from ${claimedRows} c join ${tasks} t on t.request_id = c.request_id
    where c.dataset_id = ${trained.datasetId} and t.model_id = ${trained.modelId} and t.state = 'done'
    group by 1
  `)) as unknown as { rows: Packed[] };
  return rowSetOf(rows);
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
