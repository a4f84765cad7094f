import type { DataDescription, TrainingPlan } from "expunge";
import { type Dataset, featuresOfStored, storedWidthOf } from "expunge/data";
import { rowsToJoin } from "expunge/process";
import { readDatasetRows } from "./dataset-pages.js";
import type { PageRows } from "./page-bytes.js";
import type { RowAccess } from "./stored-pages.js";

/** A model, and the data set that its rows come from. */
interface Joining {
  readonly plan: Pick<TrainingPlan, "features" | "sparse">;
  readonly datasetId: string;
  readonly description: DataDescription;
  readonly pageRows: number;
}

/**
 * Some rows of a data set as slots of a model hold them: mapped where there is a map, each with its sample weight where rows have one, and its
 * label behind. Every row is measured once more.
 *
 * @throws ExpungeError E_ASSUMPTION, E_MODEL
 */
export async function contentsForModel(
  access: RowAccess,
  { plan, datasetId, description, pageRows }: Joining,
  rows: readonly number[],
): Promise<Float32Array> {
  const paged = { id: datasetId, featureCount: storedWidthOf(description), pageRows };
  // Labels are stored in the units that the model learns in.
  const known = { ...description, labelScaling: undefined };
  return rowsToJoin(known, datasetOf(known, await readDatasetRows(access, paged, rows)), plan).contents;
}

function datasetOf(facts: DataDescription, { features, labels }: PageRows): Dataset {
  const { featureCount, hasSampleWeights } = facts;
  const rows = {
    ...facts,
    rowCount: labels.length,
    features: featuresOfStored(features, facts),
    labels,
    subjects: null,
  };
  if (!hasSampleWeights) return rows;
  const width = featureCount + 1;
  return {
    ...rows,
    sampleWeights: Float32Array.from(labels, (_, row) => features[row * width + featureCount]!),
  };
}
