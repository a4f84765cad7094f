import { eq, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError, type ModelTimeline, type TrainingPlan } from "expunge";
import type { Schema } from "expunge/data";
import { type RunningProcess, readProcessRecord, rowWidthAt, slotCountOf } from "expunge/process";
import { disclosureAt } from "../child/model-claims.js";
import type { Queries } from "../database/open-database.js";
import { datasets, models, type StoredDisclosure } from "../database/tables.js";
import type { PageForm } from "../rows/dataset-rows.js";
import type { PagedSlots } from "../rows/pages.js";
import { notServedYet, OWES } from "./owed-tasks.js";

/** A trained model as the database has it, at one version of its timeline. */
export interface StoredProcess extends RunningProcess, PagedSlots {
  readonly version: number;
  readonly tenantId: string;
  readonly datasetId: string;
  readonly pageRows: number;
  readonly pageForm: PageForm;
  /** By which rows of its data set are read; null where that was made without. */
  readonly schema: Schema | null;
  readonly secret: Uint8Array;
  /** Rows of its data set that it has looked at: those behind them wait. */
  readonly rowCount: number;
}

/** Rows that joined after as many steps. */
export interface JoinedRange {
  readonly firstRow: number;
  readonly endRow: number;
  readonly step: number;
}

/** Rows, ascending, as ranges of those that follow each other. */
export function joinedRanges(rows: readonly number[], step: number): JoinedRange[] {
  const ranges: { firstRow: number; endRow: number; step: number }[] = [];
  for (const row of rows) {
    const last = ranges.at(-1);
    if (last?.endRow === row) last.endRow = row + 1;
    else ranges.push({ firstRow: row, endRow: row + 1, step });
  }
  return ranges;
}

/**
 * @returns null where the model is not there or not trained yet
 * @throws ExpungeError E_MODEL where what is stored is not a plan and a timeline that fit each other
 */
export async function readProcess(queries: Queries, modelId: string): Promise<StoredProcess | null> {
  const [found] = await queries
    .select({ model: models, dataset: datasets })
    .from(models)
    .innerJoin(datasets, eq(datasets.id, models.datasetId))
    .where(eq(models.id, modelId));
  if (!found) return null;
  const { model, dataset } = found;
  if (model.state !== "ready" || !model.plan || !model.timeline || !model.weights) return null;
  const { plan, timeline } = readProcessRecord(
    { plan: model.plan, timeline: model.timeline },
    `model ${modelId}`,
  );
  return {
    modelId,
    plan,
    timeline,
    weights: new Float64Array(model.weights.slice().buffer),
    description: dataset.description as DataDescription,
    slotCount: slotCountOf({ plan, timeline }),
    featureCount: rowWidthAt({ plan, timeline }),
    pageSlots: model.pageSlots,
    version: model.version,
    tenantId: model.tenantId,
    datasetId: model.datasetId,
    pageRows: dataset.pageRows,
    pageForm: dataset.pageForm,
    schema: dataset.schema,
    secret: dataset.secret,
    rowCount: model.rowCount,
  };
}

/** For whoever is served. @throws ExpungeError E_NOT_FOUND, E_CONFLICT where it is not trained yet, or owes something since a restore */
export async function requireProcess(
  queries: Queries,
  tenantId: string,
  modelId: string,
): Promise<StoredProcess> {
  const [model] = await queries
    .select({ tenantId: models.tenantId, state: models.state, owes: sql<boolean>`${sql.raw(OWES)}` })
    .from(models)
    .where(eq(models.id, modelId));
  if (model?.tenantId !== tenantId || model.state === "deleted")
    throw new ExpungeError("E_NOT_FOUND", "There is no such model.");
  const process = await readProcess(queries, modelId);
  if (process && model.owes) throw notServedYet();
  if (process) return process;
  throw new ExpungeError("E_CONFLICT", `The model is ${model.state}, not ready.`, { state: model.state });
}

/** What everything released up to a timeline reveals, for keeping beside it: it takes longer than a view of a model may. */
export function disclosureOf(
  plan: TrainingPlan,
  timeline: Pick<ModelTimeline, "releases" | "lives">,
): StoredDisclosure | null {
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const found = disclosureAt(plan, timeline);
  return found && { ...found, mu: finite(found.mu), epsilon: finite(found.epsilon) };
}

/** Weights as bytes: float64, little-endian. */
export function bytesOfWeights(weights: Float64Array): Uint8Array {
  return new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
}
