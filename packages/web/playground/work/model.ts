import { createDataset, type Dataset, ExpungeError, type ForgetResult, fit, type Model } from "expunge";
import { gridFeatures } from "../lab/points.js";
import type { Forgotten, Joined, LabData, LabSettings, Tasks, Trained } from "./messages.js";

/** Regularisation of every model of this page: enough that a step forgets a little, too little to blur a boundary. */
export const L2 = 0.02;

interface Current {
  /** With the rows that joined. */
  data: LabData;
  readonly settings: LabSettings;
  scored: Dataset;
  model: Model;
  /** The state of the first model, before anything was forgotten. */
  readonly start: Model["state"];
}

let current: Current | null = null;

export function datasetOf(data: LabData, without: readonly number[] = [], allowOneClass = false): Dataset {
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
    allowOneClass,
  });
}

/** What a model is scored on: test rows where there are any, else the rows that it was trained on. */
function scoredRows(data: LabData): Dataset {
  return datasetOf(data.test === null ? data : { ...data, ...data.test });
}

/** The maps of a point, of a size that shows what they are for; nothing about them is read off the points. */
const MAPS = {
  linear: {},
  fourier: { features: "fourier", featureCount: 200, featureBandwidth: 0.2 },
  "gated-relu": { features: "gated-relu", featureCount: 48 },
} as const;

export function fitOptions(settings: LabSettings, rowCount: number) {
  const { epsilon, delta, batchSize, maxNoise, epochs, features = "linear" } = settings;
  return {
    ...{ epsilon, delta, maxNoise, epochs, batchSize: Math.min(batchSize, rowCount), l2: L2 },
    ...MAPS[features],
  };
}

export async function train({ data, settings }: Tasks["train"]["ask"]): Promise<Trained> {
  const start = performance.now();
  const dataset = datasetOf(data);
  const model = await fit(dataset, fitOptions(settings, dataset.rowCount));
  const milliseconds = performance.now() - start;
  current?.model.dispose();
  current = { data, settings, scored: scoredRows(data), model, start: model.state };
  return describe(model, current, model.timeline.steps, milliseconds);
}

/** Steps that forgetting a row would take. */
export async function preview({ row }: Tasks["preview"]["ask"]): Promise<Tasks["preview"]["answer"]> {
  const { steps } = await trained().model.preview({ rows: [row] });
  return { steps };
}

export async function forget({ row }: Tasks["forget"]["ask"]): Promise<Forgotten> {
  const state = trained();
  const start = performance.now();
  const result = await orExplained(state.model, (model) => model.forget({ rows: [row] }));
  state.model = result.model;
  return forgottenOf(state, result, { row, isCorrection: false }, performance.now() - start);
}

/** A row that joins the model that there is, which goes on for one epoch. */
export async function join({ features, label }: Tasks["join"]["ask"]): Promise<Joined> {
  const state = trained();
  const start = performance.now();
  const labels = Float32Array.of(label);
  const newcomer = datasetOf({ ...state.data, features, labels }, [], true);
  const { model, rows, steps } = await state.model.learn(newcomer, { epochs: 1 });
  grow(state, model, rows, features, labels);
  return { ...describe(model, state, steps, performance.now() - start), rows };
}

/** Another label for a row: its old value is forgotten, and certified so. */
export async function correct({ row, label }: Tasks["correct"]["ask"]): Promise<Forgotten> {
  const state = trained();
  const start = performance.now();
  const { featureCount } = state.data;
  const features = state.data.features.slice(row * featureCount, (row + 1) * featureCount);
  const labels = Float32Array.of(label);
  const to = datasetOf({ ...state.data, features, labels }, [], true);
  const result = await orExplained(state.model, (model) => model.correct({ rows: [row], to }));
  grow(state, result.model, result.rows, features, labels);
  return forgottenOf(state, result, { row, isCorrection: true }, performance.now() - start);
}

/** Keeps rows under the numbers that the model gave them. */
function grow(
  state: Current,
  model: Model,
  rows: readonly number[],
  features: Float32Array,
  labels: Float32Array,
): void {
  const { data } = state;
  if (rows[0] !== data.labels.length)
    throw new Error(`Expected the new row to have number ${data.labels.length}, found ${rows[0]}.`);
  state.model = model;
  state.data = {
    ...data,
    features: Float32Array.from([...data.features, ...features]),
    labels: Float32Array.from([...data.labels, ...labels]),
  };
  state.scored = scoredRows(state.data);
}

function forgottenOf(
  state: Current,
  { model, certificate, holds, steps, noise }: ForgetResult,
  { row, isCorrection }: { readonly row: number; readonly isCorrection: boolean },
  milliseconds: number,
): Forgotten {
  if (certificate === null || holds === null)
    throw new Error(`Expected row ${row} to be in use, found that it was forgotten before.`);
  return {
    ...describe(model, state, steps, milliseconds),
    ...{ rows: [row], isCorrection, certificate, noise, holds },
    publicKey: model.defaultPublicKey(),
  };
}

async function orExplained<Result extends ForgetResult>(
  model: Model,
  act: (model: Model) => Promise<Result>,
): Promise<Result> {
  try {
    return await act(model);
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
  const state = trained();
  const { data, settings } = state;
  const start = performance.now();
  const dataset = datasetOf(data, without);
  const model = await fit(dataset, fitOptions(settings, dataset.rowCount));
  const milliseconds = performance.now() - start;
  model.dispose();
  return describe(model, state, model.timeline.steps, milliseconds);
}

function describe(
  model: Model,
  { data, scored }: Pick<Current, "data" | "scored">,
  steps: number,
  milliseconds: number,
): Trained {
  const grid = model.plan.features ? gridOf(model, data) : null;
  return { weights: model.weights, grid, score: model.score(scored), steps, milliseconds };
}

/** How far a model is from undecided at every place of the board's grid: positive where it says blue. */
function gridOf(model: Model, data: LabData): Float64Array {
  const features = gridFeatures();
  const labels = new Float32Array(features.length / data.featureCount).fill(1);
  const places = datasetOf({ ...data, features, labels }, [], true);
  return model.predictProbability(places).map((probability) => probability - 0.5);
}

/** What is trained now, and how. */
export function trained(): Current {
  if (current === null) throw new Error("Expected a trained model, found none: train one first.");
  return current;
}
