import { eq } from "drizzle-orm";
import type { DataDescription, FitOptions } from "expunge";
import { bandwidthOf, countLabels, expandRows, type Planned, rowsLookedAt } from "expunge/process";
import type { Pass } from "../child/turns.js";
import type { Database, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import type { RowSet } from "../database/row-numbers.js";
import { datasets } from "../database/tables.js";
import { claimedOf, readDatasetRows, rowPagesOf } from "./dataset-pages.js";
import { type DatasetShape, shapeOfDataset } from "./dataset-rows.js";

/** How the rows of a data set are looked at, where all of them are. */
export interface Looking {
  /** Rows that are in no training; default those that any request has claimed. */
  readonly leftOut?: RowSet;
  /** Awaited after each megabyte, about. */
  readonly pass?: Pass;
}

/** Pages of a piece. */
const PIECE_PAGES = 64;

/**
 * What a plan must know of a data set: its description, where class weights are to be balanced the rows of each label, where a bandwidth is to be read
 * off rows what some of them say, and where rows are sparse the longest of them.
 *
 * @param how how its rows are looked at
 */
export async function plannedFrom(
  database: Database,
  datasetId: string,
  description: DataDescription,
  options: Pick<FitOptions, "classWeights" | "features" | "featureBandwidth">,
  { leftOut, pass }: Looking = {},
): Promise<Planned> {
  const { classWeights, features, featureBandwidth } = options;
  const isBalanced = classWeights === "balanced" && description.task !== "regression";
  const isMeasured = features === "fourier" && featureBandwidth === undefined;
  const [found] = await database.queries
    .select({ pageRows: datasets.pageRows, pageForm: datasets.pageForm })
    .from(datasets)
    .where(eq(datasets.id, datasetId));
  // Deleted meanwhile: nothing will be trained on it.
  if (found === undefined) return description;
  const shape = shapeOfDataset(datasetId, description, found);
  if (!isBalanced && !isMeasured && !shape.isSparse) return description;
  const gone = leftOut ?? (await readLarge(database, (queries) => claimedOf(queries, datasetId)));
  return {
    ...description,
    ...(isMeasured ? { bandwidth: await bandwidthOfSome(database, shape, description, gone) } : {}),
    ...(isBalanced || shape.isSparse ? await countedRows(database, shape, description, gone, pass) : {}),
  };
}

/** By rows spread over all of them, a page for each at the most; null where there are none that differ. */
async function bandwidthOfSome(
  transaction: Transaction,
  shape: DatasetShape,
  { rowCount, featureCount }: DataDescription,
  gone: RowSet,
): Promise<number | null> {
  const rows = rowsLookedAt(rowCount).filter((row) => !gone.has(row));
  const { features, sparse } = await readDatasetRows(transaction, shape, rows);
  return bandwidthOf(sparse ? expandRows(sparse, featureCount) : features, featureCount);
}

/** Rows of each label, and where rows are sparse the entries of the longest. */
async function countedRows(
  transaction: Transaction,
  shape: DatasetShape,
  description: DataDescription,
  gone: RowSet,
  pass?: Pass,
): Promise<{ readonly labelCounts: readonly number[]; readonly mostEntries?: number }> {
  const labelCounts = description.labelNames.map(() => 0);
  let [first, mostEntries, pages] = [0, 0, 0];
  for await (const { labels, sparse } of rowPagesOf(transaction, shape, description.rowCount)) {
    pages += 1;
    if (pages % PIECE_PAGES === 0) await pass?.();
    const start = first;
    const kept = labels.filter((_, row) => !gone.has(start + row));
    countLabels(description, kept, labelCounts);
    if (sparse)
      for (let row = 0; row < labels.length; row++)
        if (!gone.has(first + row))
          mostEntries = Math.max(mostEntries, sparse.starts[row + 1]! - sparse.starts[row]!);
    first += labels.length;
  }
  return { labelCounts, ...(shape.isSparse ? { mostEntries } : {}) };
}
