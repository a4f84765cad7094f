import type { DatasetView, NewModel, PlanInput } from "expunge/client";

/** The form as it is typed: text, until it is sent. */
export interface Draft {
  readonly datasetId: string;
  readonly evaluationDatasetId: string;
  readonly name: string;
  readonly objective: string;
  readonly epsilon: string;
  readonly delta: string;
  readonly batchSize: string;
  readonly epochs: string;
  readonly requests: string;
  readonly adaptiveEpsilon: string;
  readonly l2: string;
  readonly deletion: string;
  readonly releaseAt: string;
}

type Kind = "logistic" | "softmax" | "smoothedHinge" | "huberRegression";

interface Objective {
  readonly value: Kind;
  readonly text: string;
  readonly task: "binary" | "multiclass" | "regression";
  /** Of one record's loss, as docs/theorems.md has them for the default width and threshold. */
  readonly smoothness: number;
  readonly lipschitz: number;
}

export const OBJECTIVES: readonly Objective[] = [
  { value: "logistic", text: "logistic regression", task: "binary", smoothness: 0.25, lipschitz: 1 },
  {
    value: "smoothedHinge",
    text: "support vectors (smoothed hinge)",
    task: "binary",
    smoothness: 2,
    lipschitz: 1,
  },
  {
    value: "softmax",
    text: "softmax regression",
    task: "multiclass",
    smoothness: 0.5,
    lipschitz: Math.SQRT2,
  },
  {
    value: "huberRegression",
    text: "robust linear regression (Huber)",
    task: "regression",
    smoothness: 1,
    lipschitz: 1,
  },
];

export function draftFor({ id, name, description }: DatasetView): Draft {
  const rowCount = description?.rowCount ?? 1;
  const objective = OBJECTIVES.find(({ task }) => task === description?.task)?.value ?? "logistic";
  return {
    ...{ datasetId: id, evaluationDatasetId: "", name: `${name} model`, objective },
    ...{ epsilon: "1", delta: deltaFor(rowCount), batchSize: String(Math.min(128, rowCount)), epochs: "20" },
    ...{ requests: "100", adaptiveEpsilon: "", l2: "0.01", deletion: "tombstone", releaseAt: "step" },
  };
}

/** The power of ten below a tenth of one in all rows. */
function deltaFor(rowCount: number): string {
  return `1e-${Math.max(3, Math.ceil(Math.log10(10 * rowCount)))}`;
}

export function modelOf(draft: Draft): NewModel {
  const { datasetId, evaluationDatasetId, name } = draft;
  return {
    ...{ name: name.trim(), datasetId },
    ...(evaluationDatasetId === "" ? {} : { evaluationDatasetId }),
    options: {
      objective: draft.objective as Kind,
      epsilon: Number(draft.epsilon),
      delta: Number(draft.delta),
      batchSize: Number(draft.batchSize),
      epochs: Number(draft.epochs),
      requests: Number(draft.requests),
      ...(draft.adaptiveEpsilon.trim() === "" ? {} : { adaptiveEpsilon: Number(draft.adaptiveEpsilon) }),
      l2: Number(draft.l2),
      deletion: draft.deletion as "tombstone" | "replace",
      releaseAt: draft.releaseAt as "step" | "epoch",
    },
  };
}

/** What the service is asked for a preview of the plan: the same process, in exact arithmetic. */
export function planOf({ options }: NewModel, rowCount: number): PlanInput {
  const { epsilon, delta, batchSize = 1, epochs = 1, l2 = 0, requests, deletion, releaseAt } = options;
  const objective = OBJECTIVES.find(({ value }) => value === options.objective) ?? OBJECTIVES[0];
  const { smoothness, lipschitz } = objective;
  return {
    ...{ rowCount, batchSize, epochs, l2, smoothness, lipschitz, epsilon, delta },
    ...{ requests, deletion, releaseAt, unlearnSteps: Math.ceil(rowCount / batchSize) },
  };
}
