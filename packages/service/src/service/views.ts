import { and, eq, exists, getTableColumns, inArray, ne, type SQL, sql } from "drizzle-orm";
import type { Holds, Proof, TrainingPlan } from "expunge";
import { privacyOfLearning } from "expunge/accounting";
import type { Queries } from "../database/open-database.js";
import {
  certificates,
  datasets,
  models,
  owners,
  releases,
  type requests,
  type StoredDisclosure,
  tasks,
} from "../database/tables.js";
import { meantBy, meantByModel, meantByTask } from "./holds.js";
import type {
  CertificateView,
  DatasetView,
  Disclosure,
  LiveState,
  ModelView,
  ReleaseView,
  RequestView,
  TaskView,
} from "./service.js";

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

/** Asked of each by itself: one of its rows is enough, where a list of all would take every row of all of them. */
async function owningDatasets(queries: Queries, ids: readonly string[]): Promise<string[]> {
  const hasOwner = exists(
    queries.select({ one: sql`1` }).from(owners).where(eq(owners.datasetId, datasets.id)),
  );
  const rows = await queries
    .select({ id: datasets.id })
    .from(datasets)
    .where(and(inArray(datasets.id, [...ids]), hasOwner));
  return rows.map(({ id }) => id);
}

const { weights: _weights, options: _options, ...shownOfModel } = getTableColumns(models);

/** What of a model is shown: everything but its weights, which are large. */
export const MODEL_COLUMNS = shownOfModel;

type ShownModel = Omit<typeof models.$inferSelect, "weights" | "options">;

export async function modelViews(queries: Queries, found: readonly ShownModel[]): Promise<ModelView[]> {
  const ids = found.flatMap(({ timeline }) => timeline?.certificateId ?? []);
  const holds = await holdsOfCertificates(queries, ids);
  return found.map((model) => {
    const { id, name, datasetId, evaluationDatasetId, state, progress, plan, timeline, disclosure } = model;
    return {
      ...{ id, name, datasetId, evaluationDatasetId, state: state as LiveState, progress },
      ...{ plan, timeline, failure: model.failure, createdAt: model.createdAt },
      ...meantByModel(holds.get(timeline?.certificateId ?? "") ?? null),
      privacy: plan && timeline && privacyAt(plan, timeline.steps),
      disclosure: disclosure && disclosureFrom(disclosure),
    };
  });
}

async function holdsOfCertificates(
  queries: Queries,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Holds>> {
  if (ids.length === 0) return new Map();
  const found = await queries
    .select({ id: certificates.id, holds: certificates.holds })
    .from(certificates)
    .where(inArray(certificates.id, [...new Set(ids)]));
  return new Map(found.map(({ id, holds }) => [id, holds]));
}

function disclosureFrom({ records, mu, epsilon, delta }: StoredDisclosure): Disclosure {
  return { records, mu: mu ?? Number.POSITIVE_INFINITY, epsilon: epsilon ?? Number.POSITIVE_INFINITY, delta };
}

/** All of a release but its evaluation, which is asked for by itself. */
export const RELEASE_COLUMNS = (({ evaluation: _, ...rest }) => rest)(getTableColumns(releases));

type StoredRelease = Omit<typeof releases.$inferSelect, "evaluation">;

export function releaseView(release: StoredRelease, plan: TrainingPlan): ReleaseView {
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

/** Of a model at a step, for any record in it; null where noise comes on release. */
function privacyAt({ process, noise, target: { delta } }: TrainingPlan, steps: number): Proof | null {
  if (noise.kind === "on-release") return null;
  const { mu, epsilon } = privacyOfLearning({ process, sigma: noise.sigma, steps, delta });
  return { mu, epsilon, delta };
}

export async function requestViews(
  queries: Queries,
  found: readonly (typeof requests.$inferSelect)[],
): Promise<RequestView[]> {
  const ids = found.map(({ id }) => id);
  const tasksOf = await taskViews(queries, ids);
  return found.map((request) => ({
    id: request.id,
    datasetId: request.datasetId,
    state: request.state,
    rowCount: request.rowCount,
    tasks: tasksOf.get(request.id) ?? [],
    failure: request.failure,
    receivedAt: request.receivedAt,
    dueAt: request.dueAt,
    completedAt: request.completedAt,
    envelope: request.envelope,
  }));
}

async function taskViews(
  queries: Queries,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, TaskView[]>> {
  const views = new Map<string, TaskView[]>();
  if (requestIds.length === 0) return views;
  const { requestId, modelId, state, certificateId, failure } = tasks;
  const found = await queries
    .select({ requestId, modelId, state, certificateId, failure, holds: certificates.holds })
    .from(tasks)
    .leftJoin(certificates, eq(certificates.id, tasks.certificateId))
    .where(inArray(tasks.requestId, [...requestIds]))
    .orderBy(tasks.modelId);
  for (const { requestId, holds, ...task } of found) {
    const view = { ...task, ...meantByTask(task.state, holds) };
    const own = views.get(requestId);
    if (own) own.push(view);
    else views.set(requestId, [view]);
  }
  return views;
}

export function certificateView({
  id,
  modelId,
  envelope,
  holds,
  ledgerIndex,
  createdAt,
}: typeof certificates.$inferSelect): CertificateView {
  return { id, modelId, envelope, ...meantBy(holds), ledgerIndex, createdAt };
}

/** Those of a tenant that are not deleted. */
export function ofTenant(table: typeof models | typeof datasets, tenantId: string): SQL | undefined {
  return and(eq(table.tenantId, tenantId), ne(table.state, "deleted"));
}

/** `and` of what is there. */
export function allOf(...conditions: (SQL | undefined)[]): SQL | undefined {
  return and(sql`true`, ...conditions);
}
