import { ExpungeError, type FitOptions, type Proof, type TrainingPlan } from "expunge";
import {
  costOf,
  given,
  holdsOf,
  requireKnownFitOptions,
  requireLimitForAll,
  trainedTimeline,
} from "expunge/process";
import { privacyAt } from "../child/model-claims.js";
import type { Pass } from "../child/turns.js";
import type { Database } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import type { DatasetView } from "../datasets/dataset-views.js";
import { type Meant, meantByPreview } from "../requests/holds.js";
import { mostRowsOfOwner } from "../requests/rows-named.js";
import { plannedFrom } from "../rows/planned-facts.js";
import { planTraining } from "./planner.js";

/** What a model with some options would be, before anything is trained. */
export interface ModelPlan {
  readonly plan: TrainingPlan;
  /** Steps of the training. */
  readonly trainingSteps: number;
  /** Of the model as it would be trained, for anybody in it; null where noise comes on release alone. */
  readonly privacy: Proof | null;
  /** A first request for one row, in the place that costs most; null where it could not be certified. */
  readonly firstRequest: FirstRequest | null;
  /** Why it could not; null where it could. */
  readonly refusal: string | null;
}

interface FirstRequest extends Meant {
  readonly steps: number;
  readonly noise: number;
}

/**
 * The plan of a training: all that can be said of options and a data set before any row is read.
 *
 * @param pass awaited between pieces of a data set of which all rows are looked at: others' plans are not to wait for it
 * @throws ExpungeError E_OPTION, E_CONFLICT, and as `planTraining`
 */
export async function planFor(
  database: Database,
  tenantId: string,
  dataset: DatasetView,
  options: FitOptions,
  pass?: Pass,
): Promise<TrainingPlan> {
  if (!dataset.description)
    throw new ExpungeError("E_CONFLICT", `The data set is ${dataset.state}, not ready.`);
  requireKnownFitOptions(options);
  if (options.seed !== undefined || options.kernel === "reference")
    throw new ExpungeError("E_OPTION", "A service trains unseeded models, on kernel float64 or float32.");
  const planned = await plannedFrom(database, dataset.id, dataset.description, options, given({ pass }));
  const plan = await planTraining(tenantId, planned, options);
  if (plan.limit !== null) {
    const most = await readLarge(database, (queries) => mostRowsOfOwner(queries, dataset.id));
    requireLimitForAll(plan, most);
  }
  return plan;
}

/** The same, with what it means for a first request. @throws as `planFor` */
export async function planModel(
  database: Database,
  tenantId: string,
  dataset: DatasetView,
  options: FitOptions,
  pass?: Pass,
): Promise<ModelPlan> {
  const plan = await planFor(database, tenantId, dataset, options, pass);
  const trainingSteps = plan.epochs * plan.process.batchCount;
  return { plan, trainingSteps, privacy: privacyAt(plan, trainingSteps), ...firstOf(plan, trainingSteps) };
}

function firstOf(plan: TrainingPlan, trainingSteps: number): Pick<ModelPlan, "firstRequest" | "refusal"> {
  const { process, target } = plan;
  // The batch that was visited last has had the fewest steps to fade.
  const worst = (process.batchCount - 1) * process.batchSize;
  try {
    const standing = { plan, timeline: trainedTimeline(plan, trainingSteps) };
    const { release, proof } = costOf(standing, [worst], { target });
    const { steps, left: noise } = release;
    return { firstRequest: { steps, noise, ...meantByPreview(holdsOf(plan, proof)) }, refusal: null };
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    return { firstRequest: null, refusal: error.message };
  }
}
