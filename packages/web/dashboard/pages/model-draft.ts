import type { DatasetView, NewModel } from "@expunge/client";
import {
  definitionOf,
  FIT_OPTIONS,
  OBJECTIVE_KINDS,
  type ObjectiveKind,
  type Task,
  usualKind,
} from "expunge/options";
import { typedNumber } from "../../shared/numbers.js";

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
  readonly rowsPerRequest: string;
  readonly noise: string;
  readonly maxNoise: string;
  readonly requests: string;
  readonly batchSize: string;
  readonly epochs: string;
  readonly l2: string;
  readonly features: string;
  /** Of features other than linear. */
  readonly featureCount: string;
  /** Of Fourier features; empty for one that is read off some of the rows. */
  readonly featureBandwidth: string;
  /** Of features other than linear. */
  readonly featureSeed: string;
  /** "balanced" or empty. */
  readonly classWeights: string;
  readonly deletion: string;
  readonly releaseAt: string;
}

type Options = NonNullable<NewModel["options"]>;

/** What a field of the form offers: names of the API, with words. */
interface Choice {
  readonly value: string;
  readonly text: string;
}

/** Objectives for labels of a task. */
export const objectivesFor = (task: Task | undefined): readonly Choice[] =>
  OBJECTIVE_KINDS.map(definitionOf)
    .filter((definition) => definition.task === task)
    .map(({ kind, words }) => ({ value: kind, text: words }));

type ChoiceName = "requesters" | "noise" | "features" | "deletion" | "releaseAt";

export const choicesFor = (name: ChoiceName): readonly Choice[] =>
  Object.entries(FIT_OPTIONS[name].choices).map(([value, words]) => ({ value, text: words }));

export function draftFor({ id, name, description }: DatasetView): Draft {
  const objective = usualKind(description?.task ?? "binary");
  return {
    ...{ datasetId: id, evaluationDatasetId: "", name: `${name} model`, objective },
    ...{ epsilon: String(FIT_OPTIONS.epsilon.usual), delta: deltaFor(description?.rowCount ?? 1) },
    ...{ requesters: FIT_OPTIONS.requesters.usual, adaptiveEpsilon: "1" },
    rowsPerRequest: String(FIT_OPTIONS.rowsPerRequest.usual),
    ...{ noise: "on-release", maxNoise: "", requests: String(FIT_OPTIONS.requests.usual) },
    ...{ features: FIT_OPTIONS.features.usual, featureCount: "", featureBandwidth: "", featureSeed: "" },
    ...{ batchSize: "", epochs: "", l2: "", classWeights: "" },
    ...{ deletion: FIT_OPTIONS.deletion.usual, releaseAt: FIT_OPTIONS.releaseAt.usual },
  };
}

/** The power of ten below a tenth of one in all rows. */
function deltaFor(rowCount: number): string {
  return `1e-${Math.max(3, Math.ceil(Math.log10(10 * rowCount)))}`;
}

/** Requesters who may have seen releases need noise at every step. */
export const isEveryStep = ({ requesters, noise }: Draft): boolean =>
  requesters === "adaptive" || noise === "every-step";

/** Whether rows are mapped. */
export const isMapped = ({ features }: Draft): boolean => features !== FIT_OPTIONS.features.usual;

/** @throws what an ErrorCard shows, for a number that is none */
export function modelOf(draft: Draft): NewModel {
  const { datasetId, evaluationDatasetId, name } = draft;
  const numbers: Readonly<Record<string, string>> = {
    ...{ epsilon: draft.epsilon, delta: draft.delta },
    ...{ batchSize: draft.batchSize, epochs: draft.epochs, l2: draft.l2 },
    ...(isEveryStep(draft) ? { requests: draft.requests } : { maxNoise: draft.maxNoise }),
    ...(isMapped(draft) ? { featureCount: draft.featureCount } : {}),
    ...(draft.features === "fourier" ? { featureBandwidth: draft.featureBandwidth } : {}),
    ...(draft.requesters === "adaptive"
      ? { adaptiveEpsilon: draft.adaptiveEpsilon, rowsPerRequest: draft.rowsPerRequest }
      : {}),
  };
  return {
    ...{ name: name.trim(), datasetId },
    ...(evaluationDatasetId === "" ? {} : { evaluationDatasetId }),
    options: {
      objective: draft.objective as ObjectiveKind,
      requesters: draft.requesters as NonNullable<Options["requesters"]>,
      noise: isEveryStep(draft) ? "every-step" : "on-release",
      ...typed(numbers),
      ...(isMapped(draft) ? { features: draft.features as NonNullable<Options["features"]> } : {}),
      ...(isMapped(draft) && draft.featureSeed !== "" ? { featureSeed: draft.featureSeed } : {}),
      ...(draft.classWeights === "balanced" ? { classWeights: "balanced" as const } : {}),
      deletion: draft.deletion as "tombstone" | "replace",
      ...(isEveryStep(draft) ? { releaseAt: draft.releaseAt as "step" | "epoch" } : {}),
    },
  };
}

/** The numbers that were typed. @throws what an ErrorCard shows */
function typed(texts: Readonly<Record<string, string>>): Readonly<Record<string, number>> {
  const given = Object.entries(texts).filter(([, text]) => text.trim() !== "");
  return Object.fromEntries(given.map(([name, text]) => [name, numberOf(name, text)]));
}

function numberOf(name: string, text: string): number {
  const value = typedNumber(text);
  if (Number.isFinite(value)) return value;
  throw { code: "E_OPTION", message: `${name}: expected a number, such as 0.5 or 1e-5, found “${text}”.` };
}
