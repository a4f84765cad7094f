import { eq } from "drizzle-orm";
import { type DataDescription, type Evaluation, ExpungeError, evaluatePredictions } from "expunge";
import type { Dataset } from "expunge/data";
import {
  labelsFor,
  labelsFrom,
  modelOutputs,
  probabilitiesFrom,
  type RunningProcess,
  strangersAmong,
} from "expunge/process";
import { boundedEvaluation } from "../child/use-model.js";
import { giveWay } from "../database/give-way.js";
import type { Database } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { datasets, models } from "../database/tables.js";
import { isAborted } from "../objects/ending-at.js";
import { claimedOf, rowPagesOf } from "../rows/dataset-pages.js";
import { shapeOfDataset } from "../rows/dataset-rows.js";

/** How good a release is on rows that it was not trained on. */
export interface Score {
  /** Share predicted right; null for regression, and where nothing is there to judge by. */
  readonly accuracy: number | null;
  /** For regression. */
  readonly rootMeanSquaredError: number | null;
  /** Every measure of it, bounded in size; null where nothing is there to judge by, and beyond MAX_NUMBERS. */
  readonly evaluation: Evaluation | null;
}

const NO_SCORE: Score = Object.freeze({ accuracy: null, rootMeanSquaredError: null, evaluation: null });

/** Outputs (rows times classes) that are held in memory at once to be ranked: 64 MB. More rows have a score alone. */
const MAX_NUMBERS = 2 ** 23;

/**
 * Scores a model on its evaluation data set. Rows that a request has claimed do not count. It is for people to look at: whatever goes wrong
 * with it, nobody's deletion waits, and there is no score.
 *
 * @throws ExpungeError E_ABORTED where the database is one for work that is told to end
 */
export async function scoreRelease(
  database: Database,
  modelId: string,
  process: Omit<RunningProcess, "timeline">,
  trial: Trial | null = null,
): Promise<Score> {
  const [model] = await database.queries
    .select({ evaluationDatasetId: models.evaluationDatasetId })
    .from(models)
    .where(eq(models.id, modelId));
  if (!model?.evaluationDatasetId) return NO_SCORE;
  return scoreOn(database, model.evaluationDatasetId, process, trial).catch((error: unknown) => {
    if (isAborted(error)) throw error;
    return NO_SCORE;
  });
}

/** A score that is tried on a server: without the other measures, and none where it takes too long. */
interface Trial {
  /** What is left. */
  readonly leftMs: number;
}

/** @throws ExpungeError E_OPTION where rows of one data set cannot be given to a model of the other */
export function requireAlike(trained: DataDescription, evaluated: DataDescription): void {
  const isAlike =
    trained.featureCount === evaluated.featureCount &&
    trained.task === evaluated.task &&
    trained.schemaDigest === evaluated.schemaDigest &&
    trained.scaling.kind === evaluated.scaling.kind &&
    trained.scaling.intercept === evaluated.scaling.intercept;
  if (!isAlike)
    throw new ExpungeError(
      "E_OPTION",
      "Expected evaluationDatasetId to be a data set of the same schema, found one of another.",
    );
  const strangers = strangersAmong(trained, evaluated.labelNames);
  if (strangers.length === 0) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected evaluationDatasetId to be a data set of labels ${trained.labelNames.slice(0, 12).join(", ")}, found ${strangers.slice(0, 12).join(", ")} too.`,
    { found: strangers, expected: trained.labelNames },
  );
}

async function scoreOn(
  database: Database,
  datasetId: string,
  process: Omit<RunningProcess, "timeline">,
  trial: Trial | null,
): Promise<Score> {
  const [dataset] = await database.queries.select().from(datasets).where(eq(datasets.id, datasetId));
  if (!dataset) return NO_SCORE;
  const description = dataset.description as DataDescription;
  const shape = shapeOfDataset(datasetId, description, dataset);
  const gone = await readLarge(database, (queries) => claimedOf(queries, datasetId));
  const judge = new Judge(process, trial === null);
  let first = 0;
  for await (const rows of rowPagesOf(database, shape)) {
    const rowCount = rows.labels.length;
    judge.add({ ...description, ...rows, rowCount, subjects: null }, (i) => gone.has(first + i));
    first += rowCount;
    if (trial !== null && trial.leftMs <= 0) return NO_SCORE;
    await giveWay();
  }
  return judge.score();
}

/** Gathers what a model says of rows that come in pieces. */
class Judge {
  private readonly process: Omit<RunningProcess, "timeline">;
  private readonly isRegression: boolean;
  private readonly isDetailed: boolean;
  /** Of the rows that count, a piece each. */
  private readonly labels: Float64Array[] = [];
  private readonly outputs: Float64Array[] = [];
  private rowCount = 0;
  private sum = 0;

  /** @param isDetailed whether every measure is wanted */
  constructor(process: Omit<RunningProcess, "timeline">, isDetailed: boolean) {
    this.process = process;
    this.isDetailed = isDetailed;
    this.isRegression = process.description.task === "regression";
  }

  add(rows: Dataset, isGone: (row: number) => boolean): void {
    const { outputCount } = this.process.plan;
    // The rows are gone through once: a deletion waits for this.
    const outputs = modelOutputs(this.process, rows);
    const predicted = labelsFrom(this.process, outputs);
    const labels = labelsFor(this.process.description, rows);
    const kept = Uint32Array.from({ length: rows.rowCount }, (_, i) => i).filter((i) => !isGone(i));
    for (const i of kept) {
      const label = labels[i]!;
      this.sum += this.isRegression ? (predicted[i]! - label) ** 2 : Number(predicted[i] === label);
    }
    this.rowCount += kept.length;
    if (this.isScoreOnly) {
      this.labels.length = 0;
      this.outputs.length = 0;
      return;
    }
    this.labels.push(Float64Array.from(kept, (i) => labels[i]!));
    const piece = new Float64Array(kept.length * outputCount);
    kept.forEach((i, k) => {
      piece.set(outputs.subarray(i * outputCount, (i + 1) * outputCount), k * outputCount);
    });
    this.outputs.push(piece);
  }

  score(): Score {
    if (this.rowCount === 0) return NO_SCORE;
    const mean = this.sum / this.rowCount;
    const { task, labelNames } = this.process.description;
    const score = this.isRegression
      ? { accuracy: null, rootMeanSquaredError: Math.sqrt(mean) }
      : { accuracy: mean, rootMeanSquaredError: null };
    if (this.isScoreOnly) return { ...score, evaluation: null };
    const labels = joined(this.labels);
    const outputs = joined(this.outputs);
    const probabilities = probabilitiesFrom(this.process, outputs);
    const said = probabilities === null ? { outputs } : { probabilities };
    const evaluation = evaluatePredictions({ task, labelNames, labels, ...said });
    return { ...score, evaluation: boundedEvaluation(evaluation) };
  }

  /** Nothing is kept to be ranked. */
  private get isScoreOnly(): boolean {
    return !this.isDetailed || this.rowCount * this.process.plan.outputCount > MAX_NUMBERS;
  }
}

function joined<T extends Float32Array | Float64Array>(pieces: readonly T[]): Float64Array {
  const all = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
