import type { DatasetView, NewModel, OnReleasePlanInput, PlanInput } from "@expunge/client";

/** The form as it is typed: text, until it is sent. What is empty is left to the service's defaults. */
export interface Draft {
  readonly datasetId: string;
  readonly evaluationDatasetId: string;
  readonly name: string;
  readonly objective: string;
  readonly epsilon: string;
  readonly delta: string;
  readonly requesters: string;
  readonly adaptiveEpsilon: string;
  readonly noise: string;
  readonly maxNoise: string;
  readonly requests: string;
  readonly batchSize: string;
  readonly epochs: string;
  readonly l2: string;
  /** "balanced" or empty. */
  readonly classWeights: string;
  readonly deletion: string;
  readonly releaseAt: string;
}

type Kind = "logistic" | "softmax" | "smoothedHinge" | "huberRegression";
type Options = NonNullable<NewModel["options"]>;

interface Objective {
  readonly value: Kind;
  readonly text: string;
  readonly task: "binary" | "multiclass" | "regression";
  /** Of one record's loss, as docs/theory.md has them for the default width and threshold. */
  readonly smoothness: number;
  readonly lipschitz: number;
}

export const OBJECTIVES: readonly [Objective, ...Objective[]] = [
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
  const objective = OBJECTIVES.find(({ task }) => task === description?.task)?.value ?? "logistic";
  return {
    ...{ datasetId: id, evaluationDatasetId: "", name: `${name} model`, objective },
    ...{ epsilon: "1", delta: deltaFor(description?.rowCount ?? 1) },
    ...{
      requesters: "independent",
      adaptiveEpsilon: "1",
      noise: "on-release",
      maxNoise: "",
      requests: "100",
    },
    ...{ batchSize: "", epochs: "", l2: "", classWeights: "", deletion: "tombstone", releaseAt: "step" },
  };
}

/** The power of ten below a tenth of one in all rows. */
function deltaFor(rowCount: number): string {
  return `1e-${Math.max(3, Math.ceil(Math.log10(10 * rowCount)))}`;
}

/** Requesters who may have seen releases need noise at every step. */
export const isEveryStep = ({ requesters, noise }: Draft): boolean =>
  requesters === "adaptive" || noise === "every-step";

export function modelOf(draft: Draft): NewModel {
  const { datasetId, evaluationDatasetId, name } = draft;
  const numbers: Readonly<Record<string, string>> = {
    ...{ epsilon: draft.epsilon, delta: draft.delta },
    ...{ batchSize: draft.batchSize, epochs: draft.epochs, l2: draft.l2 },
    ...(isEveryStep(draft) ? { requests: draft.requests } : { maxNoise: draft.maxNoise }),
    ...(draft.requesters === "adaptive" ? { adaptiveEpsilon: draft.adaptiveEpsilon } : {}),
  };
  return {
    ...{ name: name.trim(), datasetId },
    ...(evaluationDatasetId === "" ? {} : { evaluationDatasetId }),
    options: {
      objective: draft.objective as Kind,
      requesters: draft.requesters as NonNullable<Options["requesters"]>,
      noise: isEveryStep(draft) ? "every-step" : "on-release",
      ...typed(numbers),
      ...(draft.classWeights === "balanced" ? { classWeights: "balanced" as const } : {}),
      deletion: draft.deletion as "tombstone" | "replace",
      ...(isEveryStep(draft) ? { releaseAt: draft.releaseAt as "step" | "epoch" } : {}),
    },
  };
}

/** The numbers that were typed. */
function typed(texts: Readonly<Record<string, string>>): Readonly<Record<string, number>> {
  const given = Object.entries(texts).filter(([, text]) => text.trim() !== "");
  return Object.fromEntries(given.map(([name, text]) => [name, Number(text)]));
}

/** What the service would choose for settings that were left empty. */
export interface Defaults {
  readonly batchSize: number;
  readonly epochs: number;
  readonly l2: number;
  readonly maxNoise: number;
}

export function objectiveOf(options: Options): Objective {
  return OBJECTIVES.find(({ value }) => value === options.objective) ?? OBJECTIVES[0];
}

type Asked =
  | { readonly kind: "on-release"; readonly input: OnReleasePlanInput }
  | { readonly kind: "every-step"; readonly input: PlanInput };

/** What the service is asked for a preview of the plan: the same process, in exact arithmetic. */
export function planOf(options: Options, rowCount: number, defaults: Defaults): Asked {
  const { epsilon = 1, delta = 1e-5, maxNoise = defaults.maxNoise } = options;
  const { batchSize = defaults.batchSize, epochs = defaults.epochs, l2 = defaults.l2 } = options;
  const { smoothness, lipschitz } = objectiveOf(options);
  const shared = {
    ...{ rowCount, batchSize, epochs, l2, smoothness, lipschitz, epsilon, delta },
    ...(options.deletion ? { deletion: options.deletion } : {}),
  };
  if (options.noise !== "every-step") return { kind: "on-release", input: { ...shared, maxNoise } };
  const { requests, releaseAt, adaptiveEpsilon } = options;
  return {
    kind: "every-step",
    input: {
      ...shared,
      unlearnSteps: Math.ceil(rowCount / batchSize),
      ...(requests === undefined ? {} : { requests }),
      ...(releaseAt === undefined ? {} : { releaseAt }),
      ...(adaptiveEpsilon === undefined ? {} : { adaptiveEpsilon }),
    },
  };
}
