import { ExpungeError, optionError, requireKnownKeys } from "../errors.js";
import type { Task } from "../objective/objective.js";
import type { Predictions } from "./metrics-record.js";

/** From which probability on a row is called positive. */
export interface ThresholdOptions {
  /** In (0, 1), default 0.5; two classes with probabilities only. */
  readonly threshold?: number;
}

const THRESHOLD_OPTIONS: Record<keyof ThresholdOptions, true> = { threshold: true };

/** @param call what they are options of @throws ExpungeError E_OPTION naming an option that is unknown */
export function knownThreshold(call: "predict" | "evaluate", options: ThresholdOptions): ThresholdOptions {
  requireKnownKeys(`the options of ${call}`, options, THRESHOLD_OPTIONS);
  return options;
}

const PREDICTIONS_KEYS: Record<keyof Predictions, true> = {
  task: true,
  labelNames: true,
  labels: true,
  outputs: true,
  probabilities: true,
  threshold: true,
};

/** @throws ExpungeError E_OPTION for a threshold outside (0, 1), or where nothing is decided by one */
export function requireThreshold(threshold: number | undefined, task: Task, hasProbabilities: boolean): void {
  if (threshold === undefined) return;
  if (!(typeof threshold === "number" && threshold > 0 && threshold < 1))
    throw optionError("threshold", threshold, "in (0, 1)");
  if (task === "binary" && hasProbabilities) return;
  throw new ExpungeError(
    "E_OPTION",
    `A threshold is for two classes with probabilities (objective logistic): this model's task is ${task}${hasProbabilities ? "" : ", without probabilities"}.`,
    { field: "threshold", found: threshold },
  );
}

/** @throws ExpungeError E_DATA, E_OPTION */
export function requirePredictions(predictions: Predictions): void {
  requireKnownKeys("predictions", predictions, PREDICTIONS_KEYS);
  const { task, labelNames, labels, outputs, probabilities, threshold } = predictions;
  const rowCount = labels.length;
  if (rowCount === 0) throw new ExpungeError("E_DATA", "Expected at least one row to evaluate, found none.");
  const classCount = labelNames.length;
  const namesExpected = { binary: classCount === 2, multiclass: classCount >= 2, regression: true }[task];
  if (!namesExpected)
    throw new ExpungeError("E_DATA", `Expected names of ${task} labels, found ${classCount} of them.`);
  if (!outputs && (!probabilities || task === "regression"))
    throw new ExpungeError(
      "E_DATA",
      `Expected outputs${task === "regression" ? "" : " or probabilities"} to evaluate, found none.`,
    );
  requireThreshold(threshold, task, Boolean(probabilities));
  const width = task === "multiclass" ? classCount : 1;
  if (outputs) requireNumbers("outputs", outputs, rowCount * width, Number.isFinite, "finite");
  if (probabilities)
    requireNumbers("probabilities", probabilities, rowCount * width, (p) => p >= 0 && p <= 1, "in [0, 1]");
  requireNumbers("labels", labels, rowCount, ...LABELS[task](classCount));
}

type Test = (value: number) => boolean;

const LABELS: Readonly<Record<Task, (classCount: number) => readonly [Test, string]>> = {
  binary: () => [(label) => label === 1 || label === -1, "-1 or +1"],
  multiclass: (classCount) => [
    (label) => Number.isInteger(label) && label >= 0 && label < classCount,
    `a class number from 0 to ${classCount - 1}, as the model knows them`,
  ],
  regression: () => [Number.isFinite, "finite"],
};

function requireNumbers(
  name: string,
  values: ArrayLike<number>,
  length: number,
  isFit: Test,
  expected: string,
): void {
  if (values.length !== length)
    throw new ExpungeError("E_DATA", `Expected ${name}.length = ${values.length} to be ${length}.`);
  for (let i = 0; i < length; i++) {
    if (!isFit(values[i]!))
      throw new ExpungeError("E_DATA", `Expected ${name}[${i}] = ${String(values[i])} to be ${expected}.`, {
        field: name,
        index: i,
        found: values[i],
      });
  }
}
