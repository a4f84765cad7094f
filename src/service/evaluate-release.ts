import { and, asc, eq, gt } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { claimedRows, datasetPages, datasets, models } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import type { DataDescription } from "../unlearner/model-state.js";
import { ownLabels, predict } from "../unlearner/predict.js";
import type { RunningProcess } from "../unlearner/unlearn-slots.js";
import { floatsOfBytes } from "./pages.js";

/** How good a release is on rows that it was not trained on. */
export interface Score {
  /** Share predicted right; null for regression, and where nothing is there to judge by. */
  readonly accuracy: number | null;
  /** For regression. */
  readonly rootMeanSquaredError: number | null;
}

const NO_SCORE: Score = Object.freeze({ accuracy: null, rootMeanSquaredError: null });

/**
 * Scores a model on its evaluation data set. Rows that a request has claimed do not count. It is for people to look at: whatever goes wrong
 * with it, nobody's deletion waits, and there is no score.
 */
export async function scoreRelease(
  queries: Queries,
  modelId: string,
  process: Omit<RunningProcess, "timeline">,
): Promise<Score> {
  const [model] = await queries
    .select({ evaluationDatasetId: models.evaluationDatasetId })
    .from(models)
    .where(eq(models.id, modelId));
  if (!model?.evaluationDatasetId) return NO_SCORE;
  return scoreOn(queries, model.evaluationDatasetId, process).catch(() => NO_SCORE);
}

/** @throws ExpungeError E_OPTION where rows of one data set cannot be given to a model of the other */
export function requireAlike(trained: DataDescription, evaluated: DataDescription): void {
  const isAlike =
    trained.featureCount === evaluated.featureCount &&
    trained.task === evaluated.task &&
    trained.schemaDigest === evaluated.schemaDigest &&
    trained.scaling.kind === evaluated.scaling.kind &&
    trained.scaling.intercept === evaluated.scaling.intercept;
  if (isAlike) return;
  throw new ExpungeError(
    "E_OPTION",
    "Expected evaluationDatasetId to be a data set of the same schema, found one of another.",
  );
}

async function scoreOn(
  queries: Queries,
  datasetId: string,
  process: Omit<RunningProcess, "timeline">,
): Promise<Score> {
  const [dataset] = await queries.select().from(datasets).where(eq(datasets.id, datasetId));
  const description = dataset?.description as DataDescription;
  const claimed = await queries
    .select({ row: claimedRows.row })
    .from(claimedRows)
    .where(eq(claimedRows.datasetId, datasetId));
  const isGone = new Set(claimed.map(({ row }) => row));
  const isRegression = process.plan.objective.kind === "huberRegression";
  let [count, sum, first] = [0, 0, 0];
  for await (const { features, labels } of pagesOf(queries, datasetId)) {
    const rows = { ...description, features, labels, rowCount: labels.length, subjects: null };
    const predicted = predict(process, rows);
    const expected = ownLabels(rows);
    for (let i = 0; i < labels.length; i++) {
      if (isGone.has(first + i)) continue;
      count += 1;
      sum += isRegression ? (predicted[i] - expected[i]) ** 2 : Number(predicted[i] === expected[i]);
    }
    first += labels.length;
  }
  if (count === 0) return NO_SCORE;
  return isRegression
    ? { accuracy: null, rootMeanSquaredError: Math.sqrt(sum / count) }
    : { accuracy: sum / count, rootMeanSquaredError: null };
}

async function* pagesOf(
  queries: Queries,
  datasetId: string,
): AsyncGenerator<{ readonly features: Float32Array; readonly labels: Float32Array }> {
  for (let last = -1; ; ) {
    const [page] = await queries
      .select()
      .from(datasetPages)
      .where(and(eq(datasetPages.datasetId, datasetId), gt(datasetPages.page, last)))
      .orderBy(asc(datasetPages.page))
      .limit(1);
    if (!page) return;
    last = page.page;
    yield { features: floatsOfBytes(page.features), labels: floatsOfBytes(page.labels) };
  }
}
