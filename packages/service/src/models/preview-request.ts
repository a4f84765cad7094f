import { and, eq, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError, type Proof } from "expunge";
import { batchCountOf, costOf, given, holdsOf, waysOf } from "expunge/process";
import { ofTenant } from "../database/conditions.js";
import { notFound, requireId } from "../database/ids.js";
import type { Database } from "../database/open-database.js";
import { largeExecutor } from "../database/read-large.js";
import { datasets, models, type RequestKind } from "../database/tables.js";
import { keyringOf } from "../keys/keyring.js";
import { type DeletionRequest, requireShape } from "../requests/deletion-request.js";
import { type Meant, meantByPreview } from "../requests/holds.js";
import { type Named, rowsLeft, rowsNamed } from "../requests/rows-named.js";
import { lookAtProcess } from "./look-at-process.js";
import { joinedOf, placeRows } from "./placed-rows.js";
import { readProcess, type StoredProcess } from "./stored-process.js";
import { scoreNow, type TradeView, TrialTime, tryWays } from "./try-ways.js";

/** What a request would cost one model, and prove. */
export interface ModelPreview extends Meant, Proof {
  readonly modelId: string;
  /** Rows that it would remove from this model. */
  readonly rowCount: number;
  readonly steps: number;
  readonly gradientEvaluations: number;
  readonly milliseconds: number | null;
  readonly noise: number;
  readonly retrainSteps: number;
  readonly retrainGradientEvaluations: number;
  /** Of the model that is released now. */
  readonly score: number | null;
  readonly expectedScoreChange: number | null;
  /** By ascending steps; one where every step has noise, none where nothing would be removed. */
  readonly trades: readonly TradeView[];
}

/** What a request would cost each model; nothing has been done. */
export interface RequestPreview {
  readonly rowCount: number;
  /** Places of subjects that would be skipped. */
  readonly unknown: readonly number[];
  readonly models: readonly ModelPreview[];
}

/** What a request would cost each model that is trained; nothing is changed. @throws as `submitRequest`; ExpungeError E_INFEASIBLE, E_LOCKED */
export async function previewRequest(
  database: Database,
  tenantId: string,
  request: DeletionRequest,
  kind: RequestKind = "deletion",
): Promise<RequestPreview> {
  requireShape(request);
  const { queries } = database;
  const executor = largeExecutor(database);
  const datasetId = requireId(request.datasetId, "data set");
  const named = await lookUp(database, tenantId, { ...request, datasetId });
  const rowCount = (await rowsLeft(executor, datasetId, named)).length;
  // In the words of an index: there may be far more models that are deleted.
  const isTrained = and(eq(models.datasetId, datasetId), sql`${models.state} = 'ready'`);
  const trained = await queries.select({ id: models.id }).from(models).where(isTrained);
  const time = new TrialTime();
  const previews: ModelPreview[] = [];
  for (const { id } of trained) {
    const preview = await lookAtProcess(
      queries,
      () => readProcess(queries, id),
      async (process) => {
        const rows = await rowsLeft(executor, datasetId, named, id);
        return previewModel(database, process, rows, kind, time);
      },
    );
    if (preview) previews.push(preview);
  }
  return { rowCount, unknown: named.unknown, models: previews };
}

async function lookUp(
  { queries, executor }: Database,
  tenantId: string,
  request: DeletionRequest,
): Promise<Named> {
  const own = and(eq(datasets.id, request.datasetId), ofTenant(datasets, tenantId));
  const [dataset] = await queries.select().from(datasets).where(own);
  if (!dataset?.description) throw notFound("data set");
  const { rowCount, subjectForm } = dataset.description as DataDescription;
  const searched = { id: dataset.id, rowCount, keyring: keyringOf(dataset.secret, subjectForm) };
  const named = (await rowsNamed(executor, [{ request, dataset: searched }]))[0]!;
  if (named instanceof ExpungeError) throw named;
  return named;
}

async function previewModel(
  database: Database,
  process: StoredProcess,
  rows: Uint32Array,
  kind: RequestKind,
  time: TrialTime,
): Promise<ModelPreview> {
  const { queries } = database;
  const { modelId, plan } = process;
  const { batchSize } = plan.process;
  const { target } = plan;
  const placed = await placeRows(database, process, rows);
  const { slots } = placed;
  const retrainSteps = plan.epochs * batchCountOf(process);
  const retraining = { retrainSteps, retrainGradientEvaluations: retrainSteps * batchSize };
  const score = await scoreNow(queries, modelId);
  if (slots.length === 0)
    return {
      modelId,
      rowCount: 0,
      ...NOTHING,
      delta: target.delta,
      ...meantByPreview(null),
      ...retraining,
      score,
    };
  const joined = await joinedOf(database, process, placed);
  const lives = { ...given({ joinedOf: joined }), isCorrection: kind === "correction" };
  const cost = costOf(process, slots, { target }, lives);
  const trades = await tryWays(database, process, slots, waysOf(process, cost, { target }), time);
  const chosen = trades.find(({ isChosen }) => isChosen);
  const expected = chosen?.expectedScore ?? null;
  return {
    modelId,
    rowCount: slots.length,
    steps: cost.release.steps,
    gradientEvaluations: cost.release.steps * batchSize,
    milliseconds: chosen?.milliseconds ?? null,
    noise: cost.release.left,
    ...cost.proof,
    ...meantByPreview(holdsOf(plan, cost.proof)),
    ...retraining,
    score,
    expectedScoreChange: score === null || expected === null ? null : expected - score,
    trades,
  };
}

/** Of a model that has nothing left to remove. */
const NOTHING = {
  steps: 0,
  gradientEvaluations: 0,
  milliseconds: 0,
  noise: 0,
  mu: 0,
  epsilon: 0,
  expectedScoreChange: null,
  trades: [],
} as const;
