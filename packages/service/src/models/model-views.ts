import { getTableColumns, inArray } from "drizzle-orm";
import type { Holds, ModelTimeline, Proof, TrainingPlan } from "expunge";
import type { Phase } from "expunge/accounting";
import { type Disclosure, phasesBefore, privacyAt } from "../child/model-claims.js";
import type { Queries } from "../database/open-database.js";
import type { StoredJudgement } from "../database/stored-judgement.js";
import {
  certificates,
  type ModelStateName,
  models,
  type ReleaseKind,
  releases,
  type Schedule,
  type StoredDisclosure,
} from "../database/tables.js";
import { type Meant, meantByModel } from "../requests/holds.js";
import { waitingRows } from "./waiting-rows.js";

/* Models and releases as the service shows them. */

/** What is deleted is not shown. */
export type LiveState = Exclude<ModelStateName, "deleted">;

export interface ModelView extends Meant {
  readonly id: string;
  readonly name: string;
  readonly datasetId: string;
  /** Rows that every release is scored on; null for none. */
  readonly evaluationDatasetId: string | null;
  readonly state: LiveState;
  /** Share of the training that is done; null where none is under way. */
  readonly progress: number | null;
  /** null until it is trained. */
  readonly plan: TrainingPlan | null;
  readonly timeline: ModelTimeline | null;
  /**
   * Differential privacy of the model that is released now, for any record still in use; null until it is trained, and where noise comes on
   * release alone, because then nothing is proved of records that nobody asked to delete.
   */
  readonly privacy: Proof | null;
  /** Of everything released so far together, for as many records as the plan's limit says, else one; null as for `privacy`. */
  readonly disclosure: Disclosure | null;
  /** Whether what is released now is of more use than no model; null until it is trained, and where nothing is said. */
  readonly judgement: StoredJudgement | null;
  /** When it learns by itself; null where it does not. */
  readonly schedule: Schedule | null;
  /** Rows that it may learn: they came to its data set since it looked at it last, and nobody has asked to delete them. 0 where it learns none. */
  readonly waitingRowCount: number;
  readonly failure: string | null;
  readonly createdAt: Date;
}

/** A state of a model that left the service: after its training, after a lot of requests, or after a lesson. */
export interface ReleaseView {
  readonly version: number;
  /** What made it. */
  readonly kind: ReleaseKind;
  /** Of the whole timeline so far. */
  readonly steps: number;
  /** Of this lot or lesson, and of a retraining in its place. */
  readonly unlearnSteps: number;
  readonly retrainSteps: number;
  readonly gradientEvaluations: number;
  readonly retrainGradientEvaluations: number;
  readonly requestCount: number;
  /** Rows that it removed. */
  readonly rowCount: number;
  /** Rows that joined by it, corrected ones among them. */
  readonly joinedCount: number;
  /** Standard deviation of all noise left in the score of a row of norm 1. */
  readonly noise: number;
  readonly certificateId: string | null;
  readonly accuracy: number | null;
  readonly rootMeanSquaredError: number | null;
  /** Differential privacy of this release alone, for any record in it; null where noise comes on release alone. */
  readonly privacy: Proof | null;
  readonly releasedAt: Date;
}

const { weights: _weights, options: _options, ...shownOfModel } = getTableColumns(models);

/** What of a model is shown: everything but its weights, which are large. */
export const MODEL_COLUMNS = shownOfModel;

type ShownModel = Omit<typeof models.$inferSelect, "weights" | "options">;

/** All of a release but its evaluation, which is asked for by itself. */
export const RELEASE_COLUMNS = (({ evaluation: _, ...rest }) => rest)(getTableColumns(releases));

type StoredRelease = Omit<typeof releases.$inferSelect, "evaluation">;

export async function modelViews(queries: Queries, found: readonly ShownModel[]): Promise<ModelView[]> {
  const ids = found.flatMap(({ timeline }) => timeline?.certificateId ?? []);
  const holds = await holdsOfCertificates(queries, ids);
  const waiting = await waitingRows(
    queries,
    found.map(({ id }) => id),
  );
  return found.map((model) => {
    const { id, name, datasetId, evaluationDatasetId, state, progress, plan, timeline, disclosure } = model;
    return {
      ...{ id, name, datasetId, evaluationDatasetId, state: state as LiveState, progress },
      ...{ plan, timeline, failure: model.failure, createdAt: model.createdAt },
      judgement: model.judgement,
      ...meantByModel(holds.get(timeline?.certificateId ?? "") ?? null),
      ...{ schedule: model.schedule, waitingRowCount: waiting.get(id) ?? 0 },
      privacy: plan && timeline && privacyAt(plan, timeline.steps, timeline.lives?.phases),
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

/** @param phases the lengths that the model's cycle has had, where it has grown */
export function releaseView(
  release: StoredRelease,
  plan: TrainingPlan,
  phases?: readonly Phase[],
): ReleaseView {
  const { modelId: _, ...rest } = release;
  const before = phasesBefore(phases, release.steps);
  const { batchSize, batchCount } = plan.process;
  const cycle = before?.at(-1)?.batchCount ?? batchCount;
  const retrainSteps = release.kind === "training" ? 0 : plan.epochs * cycle;
  return {
    ...rest,
    retrainSteps,
    gradientEvaluations: release.unlearnSteps * batchSize,
    retrainGradientEvaluations: retrainSteps * batchSize,
    privacy: privacyAt(plan, release.steps, phases),
  };
}
