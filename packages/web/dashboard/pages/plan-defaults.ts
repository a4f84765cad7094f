import type { DatasetView, NewModel } from "@expunge/client";
import { defaultSettings } from "expunge";
import { FIT_OPTIONS } from "expunge/options";
import { type Defaults, objectiveOf } from "./model-draft";

/** What the service would choose for a table and the options given. */
export function defaultsFor(options: NonNullable<NewModel["options"]>, dataset: DatasetView): Defaults {
  const objective = objectiveOf(options, dataset);
  return defaultSettings({
    rowCount: dataset.description?.rowCount ?? 1,
    featureCount: dataset.description?.featureCount ?? 1,
    outputCount: objective.outputCount,
    ...{ task: objective.task, lipschitz: objective.lipschitz, recordSmoothness: objective.smoothness },
    noise: options.noise ?? "on-release",
    target: {
      epsilon: options.epsilon ?? FIT_OPTIONS.epsilon.usual,
      delta: options.delta ?? FIT_OPTIONS.delta.usual,
    },
  });
}
