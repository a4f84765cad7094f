import type { DatasetFacts } from "../data/dataset.js";
import { ExpungeError } from "../errors.js";
import type { ObjectiveSpec } from "../objective/objective.js";

/** In units of the labels' scale, which is about their standard deviation: beyond it a residual is an outlier. */
const HUBER_THRESHOLD = 2;

/**
 * The objective that is asked for, or the usual one of a task: logistic, with what is known of the base rate as its offset; softmax; Huber.
 *
 * @throws ExpungeError E_OPTION for an unknown name
 */
export function objectiveSpecFor(
  dataset: Pick<DatasetFacts, "task" | "labelNames" | "logOdds">,
  objective: ObjectiveSpec | ObjectiveSpec["kind"] | undefined,
): ObjectiveSpec {
  if (typeof objective === "object") return objective;
  const kind =
    objective ??
    { binary: "logistic" as const, multiclass: "softmax" as const, regression: "huberRegression" as const }[
      dataset.task
    ];
  if (kind === "logistic") return dataset.logOdds ? { kind, offset: dataset.logOdds } : { kind };
  if (kind === "softmax") return { kind, classCount: dataset.labelNames.length };
  if (kind === "smoothedHinge") return { kind, width: 0.5 };
  if (kind === "huberRegression") return { kind, threshold: HUBER_THRESHOLD };
  throw new ExpungeError(
    "E_OPTION",
    `Unknown objective ${String(kind)}. Known: logistic, softmax, smoothedHinge, huberRegression.`,
  );
}
