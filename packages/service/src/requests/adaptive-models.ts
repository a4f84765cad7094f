import { and, eq, inArray } from "drizzle-orm";
import { ExpungeError, type TrainingPlan } from "expunge";
import type { Queries } from "../database/open-database.js";
import { models } from "../database/tables.js";

/*
 * The limit of a model for adaptive requesters covers so many rows of one person, over the model's whole life: forgotten rows and old values of corrected ones
 * count, too. A data set does not keep whose rows those were. So such a model takes in no row after its training, whose rows are all counted.
 */

const REASON =
  "its limit covers all rows that one person ever had in it, and the service no longer knows whose the forgotten ones were. Train a new model on what is there.";

interface Asked {
  /** Of its training. */
  readonly options: unknown;
  /** null until it is trained. */
  readonly plan?: TrainingPlan | null;
}

function isAdaptive({ options, plan }: Asked): boolean {
  return (plan?.limit ?? null) !== null || (options as { requesters?: unknown }).requesters === "adaptive";
}

/** @throws ExpungeError E_OPTION for a model, trained or not, that takes in no rows after its training */
export function requireMayLearn(model: Asked): void {
  if (!isAdaptive(model)) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected requesters = adaptive to be independent: a model for adaptive requesters has no lessons and no schedule, for ${REASON}`,
    { field: "requesters", found: "adaptive", expected: "independent" },
  );
}

/** Under `holdDataset`, so that no training begins meanwhile. @throws ExpungeError E_CONFLICT where a correction would bring a row into a model that takes in none */
export async function requireCorrectable(queries: Queries, datasetId: string): Promise<void> {
  const found = await queries
    .select({ id: models.id, options: models.options, plan: models.plan })
    .from(models)
    .where(and(eq(models.datasetId, datasetId), inArray(models.state, ["training", "ready"])))
    .orderBy(models.id);
  const adaptive = found.find(isAdaptive);
  if (adaptive === undefined) return;
  throw new ExpungeError(
    "E_CONFLICT",
    `Rows of this data set cannot be corrected: model ${adaptive.id} is for adaptive requesters (requesters = adaptive), and ${REASON.replace(/ Train .*/, "")} Nothing was accepted. Delete the rows, or delete the model.`,
    { field: "requesters", found: "adaptive", modelId: adaptive.id },
  );
}
