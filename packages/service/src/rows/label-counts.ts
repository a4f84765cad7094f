import type { DataDescription, FitOptions } from "expunge";
import { storedWidthOf } from "expunge/data";
import { countLabels, type Planned } from "expunge/process";
import type { Transaction } from "../database/open-database.js";
import { claimedOf, rowPagesOf } from "./dataset-pages.js";

/**
 * What a plan must know of a data set: its description, and where class weights are to be balanced the rows of each label.
 *
 * @param leftOut rows that are in no training; default those that any request has claimed
 */
export async function plannedFrom(
  transaction: Transaction,
  datasetId: string,
  description: DataDescription,
  { classWeights }: Pick<FitOptions, "classWeights">,
  leftOut?: ReadonlySet<number>,
): Promise<Planned> {
  if (classWeights !== "balanced" || description.task === "regression") return description;
  const gone = leftOut ?? (await claimedOf(transaction.queries, datasetId));
  const labelCounts = description.labelNames.map(() => 0);
  let first = 0;
  for await (const { labels } of rowPagesOf(transaction, datasetId, storedWidthOf(description))) {
    countLabels(
      description,
      labels.filter((_, row) => !gone.has(first + row)),
      labelCounts,
    );
    first += labels.length;
  }
  return { ...description, labelCounts };
}
