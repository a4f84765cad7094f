import type { DatasetFacts } from "../data/dataset.js";
import { usualKind, usualSpec } from "../objective/index.js";
import type { ObjectiveSpec } from "../objective/objective.js";

/**
 * The objective that is asked for, or the usual one of a task, with what the data say of its parameters.
 *
 * @throws ExpungeError E_OPTION for an unknown name
 */
export function objectiveSpecFor(
  dataset: Pick<DatasetFacts, "task" | "labelNames" | "logOdds">,
  objective: ObjectiveSpec | ObjectiveSpec["kind"] | undefined,
): ObjectiveSpec {
  if (typeof objective === "object") return objective;
  const { task, labelNames, logOdds } = dataset;
  return usualSpec(objective ?? usualKind(task), { classCount: labelNames.length, logOdds });
}
