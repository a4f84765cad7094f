import { eq } from "drizzle-orm";
import type { DataDescription, FitOptions } from "expunge";
import { featuresOfStored, storedWidthOf } from "expunge/data";
import { bandwidthOf, countLabels, type Planned, rowsLookedAt } from "expunge/process";
import type { Database, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { datasets } from "../database/tables.js";
import { claimedOf, readDatasetRows, rowPagesOf } from "./dataset-pages.js";

/**
 * What a plan must know of a data set: its description, where class weights are to be balanced the rows of each label, and where a bandwidth is to be read
 * off rows what some of them say.
 *
 * @param leftOut rows that are in no training; default those that any request has claimed
 */
export async function plannedFrom(
  database: Database,
  datasetId: string,
  description: DataDescription,
  options: Pick<FitOptions, "classWeights" | "features" | "featureBandwidth">,
  leftOut?: ReadonlySet<number>,
): Promise<Planned> {
  const { classWeights, features, featureBandwidth } = options;
  const isBalanced = classWeights === "balanced" && description.task !== "regression";
  const isMeasured = features === "fourier" && featureBandwidth === undefined;
  if (!isBalanced && !isMeasured) return description;
  const gone = leftOut ?? (await readLarge(database, (queries) => claimedOf(queries, datasetId)));
  return {
    ...description,
    ...(isBalanced ? { labelCounts: await countedLabels(database, datasetId, description, gone) } : {}),
    ...(isMeasured ? { bandwidth: await bandwidthOfSome(database, datasetId, description, gone) } : {}),
  };
}

/** By rows spread over all of them, a page for each at the most; null where there are none that differ. */
async function bandwidthOfSome(
  transaction: Transaction,
  datasetId: string,
  description: DataDescription,
  gone: ReadonlySet<number>,
): Promise<number | null> {
  const rows = rowsLookedAt(description.rowCount).filter((row) => !gone.has(row));
  const [found] = await transaction.queries
    .select({ pageRows: datasets.pageRows })
    .from(datasets)
    .where(eq(datasets.id, datasetId));
  // Deleted meanwhile: nothing will be trained on it.
  if (found === undefined) return null;
  const shape = { id: datasetId, featureCount: storedWidthOf(description), ...found };
  const { features } = await readDatasetRows(transaction, shape, rows);
  return bandwidthOf(featuresOfStored(features, description), description.featureCount);
}

async function countedLabels(
  transaction: Transaction,
  datasetId: string,
  description: DataDescription,
  gone: ReadonlySet<number>,
): Promise<readonly number[]> {
  const labelCounts = description.labelNames.map(() => 0);
  let first = 0;
  const pages = rowPagesOf(transaction, datasetId, storedWidthOf(description), description.rowCount);
  for await (const { labels } of pages) {
    countLabels(
      description,
      labels.filter((_, row) => !gone.has(first + row)),
      labelCounts,
    );
    first += labels.length;
  }
  return labelCounts;
}
