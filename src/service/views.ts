import { and, eq, inArray, ne, type SQL, sql } from "drizzle-orm";
import { type Claim, privacyOfLearning } from "../accounting/unlearning.js";
import type { Queries } from "../database/open-database.js";
import {
  type certificates,
  type datasets,
  type models,
  owners,
  type releases,
  type requests,
  tasks,
} from "../database/tables.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { transcriptClaim } from "../unlearner/budget.js";
import type {
  CertificateView,
  DatasetView,
  LiveState,
  ModelView,
  ReleaseView,
  RequestView,
} from "./service.js";
import { planOf } from "./stored-process.js";

/*
 * Rows of tables as the service shows them.
 */

export async function datasetViews(
  queries: Queries,
  found: readonly (typeof datasets.$inferSelect)[],
): Promise<DatasetView[]> {
  const ids = found.map(({ id }) => id);
  const owned = ids.length === 0 ? [] : await owningDatasets(queries, ids);
  return found.map(({ id, name, state, description, createdAt }) => ({
    id,
    name,
    state: state as DatasetView["state"],
    description,
    hasSubjects: owned.includes(id),
    createdAt,
  }));
}

async function owningDatasets(queries: Queries, ids: readonly string[]): Promise<string[]> {
  const rows = await queries
    .selectDistinct({ id: owners.datasetId })
    .from(owners)
    .where(inArray(owners.datasetId, [...ids]));
  return rows.map(({ id }) => id);
}

export function modelView(model: typeof models.$inferSelect): ModelView {
  const { id, name, datasetId, evaluationDatasetId, state, progress, timeline, failure, createdAt } = model;
  const plan = model.plan ? planOf(model.plan) : null;
  const privacy = plan && timeline ? privacyAt(plan, timeline.steps) : null;
  const records = plan?.budget?.records ?? 1;
  const privacyOfAll = plan && timeline ? transcriptClaim(plan, timeline.releases, records) : null;
  const about = { id, name, datasetId, evaluationDatasetId, state: state as LiveState, progress };
  return { ...about, plan, timeline, privacy, privacyOfAll, failure, createdAt };
}

export function releaseView(release: typeof releases.$inferSelect, plan: TrainingPlan): ReleaseView {
  const { modelId: _, ...rest } = release;
  const { batchSize, batchCount } = plan.process;
  const retrainSteps = release.requestCount === 0 ? 0 : plan.epochs * batchCount;
  return {
    ...rest,
    retrainSteps,
    gradientEvaluations: release.unlearnSteps * batchSize,
    retrainGradientEvaluations: retrainSteps * batchSize,
    privacy: privacyAt(plan, release.steps),
  };
}

function privacyAt({ process, sigma, target }: TrainingPlan, steps: number): Claim {
  return privacyOfLearning({ process, sigma, steps, delta: target.delta });
}

export async function requestViews(
  queries: Queries,
  found: readonly (typeof requests.$inferSelect)[],
): Promise<RequestView[]> {
  const ids = found.map(({ id }) => id);
  const all =
    ids.length === 0
      ? []
      : await queries.select().from(tasks).where(inArray(tasks.requestId, ids)).orderBy(tasks.modelId);
  return found.map((request) => ({
    id: request.id,
    datasetId: request.datasetId,
    state: request.state,
    rowCount: request.rowCount,
    chosen: request.chosen,
    tasks: all
      .filter(({ requestId }) => requestId === request.id)
      .map(({ modelId, state, certificateId, failure }) => ({ modelId, state, certificateId, failure })),
    failure: request.failure,
    receivedAt: request.receivedAt,
    dueAt: request.dueAt,
    completedAt: request.completedAt,
    envelope: request.envelope,
  }));
}

export function certificateView({
  id,
  modelId,
  envelope,
  ledgerIndex,
  createdAt,
}: typeof certificates.$inferSelect): CertificateView {
  return { id, modelId, envelope, ledgerIndex, createdAt };
}

/** Those of a tenant that are not deleted. */
export function ofTenant(table: typeof models | typeof datasets, tenantId: string): SQL | undefined {
  return and(eq(table.tenantId, tenantId), ne(table.state, "deleted"));
}

/** `and` of what is there. */
export function allOf(...conditions: (SQL | undefined)[]): SQL | undefined {
  return and(sql`true`, ...conditions);
}
