import type { Dataset } from "../data/dataset.js";
import { ExpungeError, throwIfAborted } from "../errors.js";
import { drawBatchOrder, seededUniform32 } from "./batch-order.js";
import { type TrialStage, Trials } from "./trials.js";
import { type Candidate, scaledTo } from "./tune-candidates.js";
import type { Judge } from "./tune-measure.js";
import type { Search } from "./tune-options.js";

/** What all trials of a search share. */
export interface Field {
  /** Rows that the plans are for. */
  readonly planRows: number;
  /** What trials learn from, for each hold-out; each has as many rows. */
  readonly parts: readonly Dataset[];
  readonly judge: Judge;
  readonly search: Search;
}

/** A plan whose training was tried. */
export interface Trained {
  readonly candidate: Candidate;
  /** What each scored row adds to the score before any request. */
  readonly before: Float64Array;
}

/** A plan that requests were simulated for. */
export interface Served extends Trained {
  /** As `before`, the mean over models after requests, and the least score; null where a request could not be certified. */
  readonly after: { readonly shares: Float64Array; readonly least: number } | null;
  readonly problem: string | null;
}

/** Trains each plan once; those that differ in length alone are one training, looked at on its way. @throws as `Trials.run` */
export async function trainAll(candidates: readonly Candidate[], field: Field): Promise<readonly Trained[]> {
  const { report, run } = field.search;
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = `${candidate.l2}/${candidate.batchSize}`;
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  const trained: Trained[] = [];
  for (const group of groups.values()) {
    throwIfAborted(run.signal);
    report({ stage: "training", done: trained.length, total: candidates.length });
    trained.push(...(await trainGroup(group, field)));
  }
  report({ stage: "training", done: candidates.length, total: candidates.length });
  return trained;
}

async function trainGroup(group: readonly Candidate[], field: Field): Promise<Trained[]> {
  const { judge, search, planRows } = field;
  const longest = group.reduce((a, b) => (a.epochs >= b.epochs ? a : b));
  const models = new Map<Candidate, Model[]>(group.map((candidate) => [candidate, []]));
  for (const rows of field.parts) {
    const trials = trialsOf(longest, rows, field);
    const stepsOf = (candidate: Candidate): number =>
      scaledTo(candidate, planRows, rows.rowCount).epochs * trials.plan.process.batchCount;
    const stops = [...new Set(group.map(stepsOf))].sort((a, b) => a - b);
    const stages = await trials.run({ ...search.run, trials: 1, steps: stops });
    for (const [candidate, list] of models) {
      const { weights } = stages[stops.indexOf(stepsOf(candidate))] as TrialStage;
      list.push({ plan: trials.plan, description: rows, weights: weights[0] as Float64Array });
    }
  }
  return group.map((candidate) => ({ candidate, before: judge.shares(models.get(candidate) ?? []) }));
}

/** Trains models of a plan and serves each the same requests, with noise of its own. @throws as `Trials.run` */
export async function serve(trained: Trained, field: Field): Promise<Served> {
  const { judge } = field;
  try {
    const families: Model[][] = [];
    for (const rows of field.parts) families.push(await modelsAfterRequests(trained.candidate, rows, field));
    const count = (families[0] as Model[]).length;
    const shares = new Float64Array(judge.rowCount);
    let least = Number.POSITIVE_INFINITY;
    for (let model = 0; model < count; model++) {
      const own = judge.shares(families.map((family) => family[model] as Model));
      for (let i = 0; i < own.length; i++) shares[i]! += own[i]! / count;
      least = Math.min(least, judge.score(own));
    }
    return { ...trained, after: { shares, least }, problem: null };
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    return { ...trained, after: null, problem: error.message };
  }
}

type Model = Parameters<Judge["shares"]>[0][number];

/** Of every trial after every request. */
async function modelsAfterRequests(candidate: Candidate, rows: Dataset, field: Field): Promise<Model[]> {
  const { search } = field;
  throwIfAborted(search.run.signal);
  const trials = trialsOf(candidate, rows, field);
  const forget = Array.from(requestedRows(rows, search), (row) => ({ rows: [row] }));
  const stages = await trials.run({ ...search.run, trials: search.trials, forget });
  return stages
    .slice(1)
    .flatMap((stage) => stage.weights.map((weights) => ({ plan: trials.plan, description: rows, weights })));
}

function trialsOf(candidate: Candidate, rows: Dataset, { planRows, search }: Field): Trials {
  const searched = scaledTo(candidate, planRows, rows.rowCount);
  return new Trials(rows, { ...search.fitOptions, ...searched, seed: `${search.seed}/trials` });
}

function requestedRows({ rowCount }: Dataset, { requests, seed }: Search): Uint32Array {
  return drawBatchOrder(rowCount, seededUniform32(`${seed}/requests`)).subarray(0, requests);
}
