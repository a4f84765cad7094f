import { createDataset, type Dataset, ExpungeError, type ForgetResult, fit, type Model } from "expunge";
import type { Forgotten, LabData, LabSettings, Tasks, Trained } from "./messages";

/** Regularisation of every model of this page: enough that a step forgets a little, too little to blur a boundary. */
export const L2 = 0.02;

interface Current {
  readonly data: LabData;
  readonly settings: LabSettings;
  readonly scored: Dataset;
  model: Model;
}

let current: Current | null = null;

export function datasetOf(data: LabData, without: readonly number[] = []): Dataset {
  const { featureCount, task, labelNames, scaling, intercept } = data;
  const gone = new Set(without);
  const kept = Array.from(data.labels, (_, row) => row).filter((row) => !gone.has(row));
  return createDataset({
    features: kept.map((row) => data.features.subarray(row * featureCount, (row + 1) * featureCount)),
    featureCount,
    labels: kept.map((row) => data.labels[row]!),
    ...{ task, labelNames, scaling, intercept },
    // What is drawn is the whole model: no offset beside it.
    logOdds: 0,
  });
}

/** What a model is scored on: test rows where there are any, else the rows that it was trained on. */
function scoredRows(data: LabData): Dataset {
  return datasetOf(data.test === null ? data : { ...data, ...data.test });
}

export function fitOptions({ epsilon, delta, batchSize, maxNoise, epochs }: LabSettings, rowCount: number) {
  return { epsilon, delta, maxNoise, epochs, batchSize: Math.min(batchSize, rowCount), l2: L2 };
}

export async function train({ data, settings }: Tasks["train"]["ask"]): Promise<Trained> {
  const start = performance.now();
  const dataset = datasetOf(data);
  const model = await fit(dataset, fitOptions(settings, dataset.rowCount));
  const milliseconds = performance.now() - start;
  current?.model.dispose();
  current = { data, settings, scored: scoredRows(data), model };
  return describe(model, current.scored, model.timeline.steps, milliseconds);
}

/** Steps that forgetting a row would take. */
export async function preview({ row }: Tasks["preview"]["ask"]): Promise<Tasks["preview"]["answer"]> {
  const { steps } = await trained().model.preview({ rows: [row] });
  return { steps };
}

export async function forget({ row }: Tasks["forget"]["ask"]): Promise<Forgotten> {
  const state = trained();
  const start = performance.now();
  const { model, certificate, holds, steps, noise } = await forgetOrExplain(state.model, row);
  const milliseconds = performance.now() - start;
  if (certificate === null || holds === null)
    throw new Error(`Expected row ${row} to be in use, found that it was forgotten before.`);
  state.model = model;
  return {
    ...describe(model, state.scored, steps, milliseconds),
    ...{ rows: [row], certificate, noise, holds },
    publicKey: model.defaultPublicKey(),
  };
}

async function forgetOrExplain(model: Model, row: number): Promise<ForgetResult> {
  try {
    return await model.forget({ rows: [row] });
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    // The engine's own words are for its operator.
    throw new Error(
      `This cannot be forgotten in fewer steps than training again takes (${model.plan.maxSteps}), so nothing was changed. ` +
        "Train on more of them, allow more noise, or ask for a larger epsilon.",
    );
  }
}

/** Another model from the beginning, on the rows that are left. */
export async function retrain({ without }: Tasks["retrain"]["ask"]): Promise<Trained> {
  const { data, settings, scored } = trained();
  const start = performance.now();
  const dataset = datasetOf(data, without);
  const model = await fit(dataset, fitOptions(settings, dataset.rowCount));
  const milliseconds = performance.now() - start;
  model.dispose();
  return describe(model, scored, model.timeline.steps, milliseconds);
}

function describe(model: Model, scored: Dataset, steps: number, milliseconds: number): Trained {
  return { weights: model.weights, score: model.score(scored), steps, milliseconds };
}

function trained(): Current {
  if (current === null) throw new Error("Expected a trained model, found none: train one first.");
  return current;
}
