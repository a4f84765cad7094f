import { and, eq } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows, tasks } from "../database/tables.js";

/** Rows that a model has forgotten: claimed by a request that has asked of it all that it had to ask. Rows that it never had are among them. */
export async function forgottenRows(
  queries: Queries,
  { modelId, datasetId }: { readonly modelId: string; readonly datasetId: string },
): Promise<ReadonlySet<number>> {
  const found = await queries
    .selectDistinct({ row: claimedRows.row })
    .from(claimedRows)
    .innerJoin(tasks, eq(tasks.requestId, claimedRows.requestId))
    .where(and(eq(claimedRows.datasetId, datasetId), eq(tasks.modelId, modelId), eq(tasks.state, "done")));
  return new Set(found.map(({ row }) => row));
}
