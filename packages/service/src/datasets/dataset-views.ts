import { and, eq, exists, inArray, sql } from "drizzle-orm";
import type { DataDescription } from "expunge";
import type { Queries } from "../database/open-database.js";
import { type DatasetState, datasets, owners } from "../database/tables.js";

/* Data sets as the service shows them. */

export interface DatasetView {
  readonly id: string;
  readonly name: string;
  readonly state: Exclude<DatasetState, "deleted">;
  /** null until all rows are there. */
  readonly description: DataDescription | null;
  readonly hasSubjects: boolean;
  readonly createdAt: Date;
}

export async function datasetViews(
  queries: Queries,
  found: readonly (typeof datasets.$inferSelect)[],
): Promise<DatasetView[]> {
  const ids = found.map(({ id }) => id);
  const owned = ids.length === 0 ? [] : await owningDatasets(queries, ids);
  return found.map(({ id, name, state, description, createdAt }) => ({
    id,
    name,
    state: state as DatasetView["state"],
    description,
    hasSubjects: owned.includes(id),
    createdAt,
  }));
}

/** Asked of each by itself: one of its rows is enough, where a list of all would take every row of all of them. */
async function owningDatasets(queries: Queries, ids: readonly string[]): Promise<string[]> {
  const hasOwner = exists(
    queries.select({ one: sql`1` }).from(owners).where(eq(owners.datasetId, datasets.id)),
  );
  const rows = await queries
    .select({ id: datasets.id })
    .from(datasets)
    .where(and(inArray(datasets.id, [...ids]), hasOwner));
  return rows.map(({ id }) => id);
}
