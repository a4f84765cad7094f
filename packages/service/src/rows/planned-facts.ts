import type { DataDescription, FitOptions } from "expunge";
import { featuresOfStored, storedWidthOf } from "expunge/data";
import { bandwidthOf, countLabels, type Planned } from "expunge/process";
import type { Transaction } from "../database/open-database.js";
import { claimedOf, rowPagesOf } from "./dataset-pages.js";

/**
 * What a plan must know of a data set: its description, where class weights are to be balanced the rows of each label, and where a bandwidth is to be read
 * off rows what some of them say.
 *
 * @param leftOut rows that are in no training; default those that any request has claimed
 */
export async function plannedFrom(
  transaction: Transaction,
  datasetId: string,
  description: DataDescription,
  options: Pick<FitOptions, "classWeights" | "features" | "featureBandwidth">,
  leftOut?: ReadonlySet<number>,
): Promise<Planned> {
  const { classWeights, features, featureBandwidth } = options;
  const isBalanced = classWeights === "balanced" && description.task !== "regression";
  const isMeasured = features === "fourier" && featureBandwidth === undefined;
  if (!isBalanced && !isMeasured) return description;
  const gone = leftOut ?? (await claimedOf(transaction.queries, datasetId));
  return {
    ...description,
    ...(isBalanced ? { labelCounts: await countedLabels(transaction, datasetId, description, gone) } : {}),
    ...(isMeasured ? { bandwidth: await bandwidthOfFirst(transaction, datasetId, description, gone) } : {}),
  };
}

/** By some rows of the first page; null where it has none that differ. */
async function bandwidthOfFirst(
  transaction: Transaction,
  datasetId: string,
  description: DataDescription,
  gone: ReadonlySet<number>,
): Promise<number | null> {
  const pages = rowPagesOf(transaction, datasetId, storedWidthOf(description), description.rowCount);
  for await (const page of pages) {
    const features = featuresOfStored(page.features, description);
    const { featureCount } = description;
    for (const row of gone) features.fill(0, row * featureCount, (row + 1) * featureCount);
    return bandwidthOf(features, featureCount);
  }
  return null;
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
