import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSigner, fit, type Model, type Signer } from "expunge";
import type { Dataset } from "expunge/data";
import { throwIfAborted } from "expunge/internal";
import { seededRandom } from "../report/seeded-random.js";
import { DEFAULT_SETS, type DefaultSet } from "./default-sets.js";
import { type DefaultsFindings, type DefaultsResult, REQUESTS } from "./defaults-result.js";
import { defaultsMarkdown } from "./defaults-text.js";
import type { Split } from "./made-up-sets.js";
import { write, writeBetweenMarkers } from "./markers.js";
import { findPeer, type Peer } from "./scikit-learn.js";

export interface DefaultsOptions {
  /** Folder with mnist/, adult/ and cifar10-squeezenet/; sets that are not there are left out. */
  readonly data: string;
  /** Small sets alone. */
  readonly quick: boolean;
  /** Default: all of them. */
  readonly sets?: readonly DefaultSet[];
  /** JSON of the results, and the table as Markdown. */
  readonly out: string;
  readonly docs?: string;
  readonly note: (text: string) => void;
  readonly onSet?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly label: string;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Floating-point operations that the requests of one set may take; the table says how many requests that were. Not seconds: a busy machine serves no fewer. */
const MAX_WORK = 3e11;
const MIN_REQUESTS = 5;

/**
 * Trains on every set with nothing but the data given, serves single-row requests one after another, and measures each model on the test rows.
 *
 * @throws ExpungeError E_DATA where a set cannot be read, E_ABORTED
 */
export async function runDefaults(options: DefaultsOptions): Promise<DefaultsFindings> {
  const { data, quick, note, onSet, signal, sets = DEFAULT_SETS } = options;
  const wanted = sets.filter(({ isQuick }) => isQuick || !quick);
  const here = wanted.filter(({ needs }) => needs === null || existsSync(join(data, needs)));
  for (const { name, needs } of wanted)
    if (needs !== null && !existsSync(join(data, needs))) note(`SKIPPED: ${name}: no ${join(data, needs)}.`);
  const peer = await findPeer();
  if (peer === null)
    note("SKIPPED: scikit-learn's column: no python3 with sklearn (Debian: python3-sklearn).");
  const results: DefaultsResult[] = [];
  for (const set of here) {
    throwIfAborted(signal);
    onSet?.({ done: results.length, total: here.length, label: set.name });
    results.push(await judge(set, await set.load(data), peer, signal));
  }
  onSet?.({ done: here.length, total: here.length, label: "done" });
  const findings = Object.freeze({ peerVersion: peer?.version ?? null, results });
  await write(join(options.out, "defaults.json"), `${JSON.stringify(findings, null, 1)}\n`);
  if (options.docs !== undefined)
    await writeBetweenMarkers(options.docs, defaultsMarkdown(findings, { quick }));
  return findings;
}

async function judge(
  set: DefaultSet,
  split: Split,
  peer: Peer | null,
  signal: AbortSignal | undefined,
): Promise<DefaultsResult> {
  const { train, test } = split;
  const { measure } = set;
  const start = performance.now();
  const model = await fit(train, signal ? { signal } : {});
  const trainingSeconds = (performance.now() - start) / 1000;
  const before = measured(model, test, measure);
  const baseline = { AUC: () => 0.5, accuracy: () => largestShare(test), R2: () => 0 }[measure]();
  const served = await serveAll(model, test, measure, signal);
  const { process, epochs } = model.plan;
  model.dispose();
  return {
    set: set.name,
    measure,
    rowCount: train.rowCount,
    featureCount: train.featureCount,
    classCount: train.labelNames.length,
    peer: peer === null ? null : await peer.fit(split),
    baseline,
    before,
    ...served,
    plan: { l2: process.strongConvexity, batchSize: process.batchSize, epochs },
    retrainingSteps: epochs * process.batchCount,
    trainingSeconds,
  };
}

type Served = Pick<DefaultsResult, "mean" | "least" | "spread" | "requestCount" | "steps" | "requestSeconds">;

/** Rows ask one after another, in a random order. */
async function serveAll(
  trained: Model,
  test: Dataset,
  measure: DefaultSet["measure"],
  signal: AbortSignal | undefined,
): Promise<Served> {
  const { rowCount } = trained.description;
  const random = seededRandom(rowCount);
  const signer = createSigner();
  const values: number[] = [];
  const gone = new Set<number>();
  let model = trained;
  let seconds = 0;
  let steps = 0;
  let work = 0;
  while (
    values.length < Math.min(REQUESTS, rowCount - 1) &&
    (work < MAX_WORK || values.length < MIN_REQUESTS)
  ) {
    const row = random.integer(0, rowCount - 1);
    if (gone.has(row)) continue;
    gone.add(row);
    const start = performance.now();
    const result = await forgetOne(model, row, signer, signal);
    seconds += (performance.now() - start) / 1000;
    steps += result.steps;
    work += 4 * result.gradientEvaluations * trained.plan.featureCount * trained.plan.outputCount;
    model = result.model;
    values.push(measured(model, test, measure));
  }
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  return {
    mean,
    least: Math.min(...values),
    spread: Math.sqrt(variance),
    requestCount: count,
    steps: steps / count,
    requestSeconds: seconds / count,
  };
}

function forgetOne(model: Model, row: number, signer: Signer, signal: AbortSignal | undefined) {
  return model.forget({ rows: [row] }, { signer, ...(signal ? { signal } : {}) });
}

/** Accuracy, the area under the curve, or R squared. */
function measured(model: Model, test: Dataset, measure: DefaultSet["measure"]): number {
  if (measure !== "AUC") return model.score(test);
  const evaluation = model.evaluate(test);
  return evaluation.task === "regression" ? Number.NaN : (evaluation.auc ?? Number.NaN);
}

/** Of the commonest label. */
function largestShare({ labels }: Dataset): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
}
