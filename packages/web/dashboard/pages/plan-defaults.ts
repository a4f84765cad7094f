import type { DatasetView, NewModel } from "@expunge/client";
import { defaultSettings } from "expunge";
import { type Defaults, objectiveOf } from "./model-draft";

/** What the service would choose for a table and the options given. */
export function defaultsFor(
  options: NonNullable<NewModel["options"]>,
  { description }: DatasetView,
): Defaults {
  const { smoothness, lipschitz, task } = objectiveOf(options);
  return defaultSettings({
    rowCount: description?.rowCount ?? 1,
    featureCount: description?.featureCount ?? 1,
    outputCount: task === "multiclass" ? (description?.labelNames.length ?? 2) : 1,
    ...{ task, lipschitz, recordSmoothness: smoothness },
    noise: options.noise ?? "on-release",
    target: { epsilon: options.epsilon ?? 1, delta: options.delta ?? 1e-5 },
  });
}
