import { and, asc, eq, gt } from "drizzle-orm";
import type { DataDescription, FitOptions } from "expunge";
import { countLabels, type Planned } from "expunge/process";
import type { Queries } from "../database/open-database.js";
import { claimedRows, datasetPages } from "../database/tables.js";
import { floatsOfBytes } from "./pages.js";

/**
 * What a plan must know of a data set: its description, and where class weights are to be balanced the rows of each label.
 *
 * @param leftOut rows that are in no training; default those that any request has claimed
 */
export async function plannedFrom(
  queries: Queries,
  datasetId: string,
  description: DataDescription,
  { classWeights }: Pick<FitOptions, "classWeights">,
  leftOut?: ReadonlySet<number>,
): Promise<Planned> {
  if (classWeights !== "balanced" || description.task === "regression") return description;
  const gone = leftOut ?? (await claimedOf(queries, datasetId));
  const labelCounts = description.labelNames.map(() => 0);
  let first = 0;
  for (let last = -1; ; ) {
    const [page] = await queries
      .select({ page: datasetPages.page, labels: datasetPages.labels })
      .from(datasetPages)
      .where(and(eq(datasetPages.datasetId, datasetId), gt(datasetPages.page, last)))
      .orderBy(asc(datasetPages.page))
      .limit(1);
    if (!page) return { ...description, labelCounts };
    last = page.page;
    const labels = floatsOfBytes(page.labels);
    countLabels(
      description,
      labels.filter((_, row) => !gone.has(first + row)),
      labelCounts,
    );
    first += labels.length;
  }
}

async function claimedOf(queries: Queries, datasetId: string): Promise<ReadonlySet<number>> {
  const rows = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  return new Set(rows.map(({ row }) => row));
}
