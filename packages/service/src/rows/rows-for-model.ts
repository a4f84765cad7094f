import { type DataDescription, ExpungeError, type TrainingPlan } from "expunge";
import { rowsToJoin } from "expunge/process";
import { readDatasetRows } from "./dataset-pages.js";
import { type PageForm, shapeOfDataset } from "./dataset-rows.js";
import type { RowAccess } from "./stored-pages.js";

/** A model, and the data set that its rows come from. */
interface Joining {
  readonly plan: Pick<TrainingPlan, "features" | "sparse">;
  readonly datasetId: string;
  readonly description: DataDescription;
  readonly pageRows: number;
  readonly pageForm: PageForm;
}

/**
 * Some rows of a data set as slots of a model hold them: mapped where there is a map, in pairs where the model's rows are sparse, each with its sample weight
 * where rows have one, and its label behind. Every row is measured once more.
 *
 * @throws ExpungeError E_ASSUMPTION, E_MODEL; E_DATA for a row with more numbers other than 0 than the model has room for
 */
export async function contentsForModel(
  access: RowAccess,
  joining: Joining,
  rows: readonly number[],
): Promise<Float32Array> {
  const { plan, datasetId, description } = joining;
  const found = await readDatasetRows(access, shapeOfDataset(datasetId, description, joining), rows);
  // Labels are stored in the units that the model learns in.
  const known = { ...description, labelScaling: undefined };
  const dataset = { ...known, ...found, rowCount: rows.length, subjects: null };
  return byNumber(rows, () => rowsToJoin(known, dataset, plan).contents);
}

/** What is wrong with a row is said of its number in the data set, by which it can be deleted. */
function byNumber<T>(rows: readonly number[], use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof ExpungeError && typeof error.details.row === "number")) throw error;
    const row = rows[error.details.row];
    const message = error.message.replace(/^Row \d+:/, `Row ${row} of the data set:`);
    throw new ExpungeError(error.code, message, { ...error.details, row });
  }
}
