import type {
  AcceptedRequest,
  ActivityView,
  AdditionView,
  CertificateView,
  DatasetView,
  Evaluation,
  KeyView,
  LessonPreview,
  LessonView,
  ModelPlan,
  ModelView,
  OnReleasePlanView,
  PlanView,
  ProofView,
  ReceiptList,
  ReleaseView,
  RequestPreview,
  RequestView,
  StoredDataset,
  WatchedRequest,
} from "@expunge/client/schemas";
import type { Evaluation as Measured, ModelTimeline, Proof, TrainingPlan } from "expunge";
import type { OnReleasePlan, Plan } from "expunge/accounting";
import type { OddCellNote } from "expunge/data";
import { batchCountOf } from "expunge/process";
import type { StoredKey } from "../accounts/api-keys.js";
import type * as service from "../service/service.js";
import type { Noted } from "./uploads.js";

/*
 * What the service answers, as JSON has it: times as text, no infinities.
 */

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const time = (value: Date): string => value.toISOString();

function proof({ mu, epsilon, delta }: Proof): ProofView {
  return { mu: finite(mu), epsilon: finite(epsilon), delta };
}

/** A page of what `present` makes of its items. */
export function page<T, View>(
  { items, next }: service.Page<T>,
  present: (item: T) => View,
): { items: View[]; next: string | null } {
  return { items: items.map(present), next };
}

export function dataset({ description, createdAt, ...rest }: service.DatasetView): DatasetView {
  const shown = description && {
    ...description,
    featureNames: description.featureNames && [...description.featureNames],
    labelNames: [...description.labelNames],
  };
  return { ...rest, description: shown, createdAt: time(createdAt) };
}

export function model({
  plan,
  timeline,
  privacy,
  disclosure,
  judgement,
  createdAt,
  ...rest
}: service.ModelView): ModelView {
  return {
    ...rest,
    plan: plan && planOf(plan),
    timeline: plan && timeline && timelineOf(plan, timeline),
    privacy: privacy && proof(privacy),
    disclosure: disclosure && disclosureOf(disclosure),
    judgement: judgement && { ...judgement, notes: [...judgement.notes] },
    createdAt: time(createdAt),
  };
}

export function modelPlan({ plan, privacy, ...rest }: service.ModelPlan): ModelPlan {
  return { ...rest, plan: planOf(plan), privacy: privacy && proof(privacy) };
}

function planOf({ seed: _, weighting, ...plan }: TrainingPlan): NonNullable<ModelView["plan"]> {
  if (!weighting) return plan;
  const { classes } = weighting;
  return { ...plan, weighting: { ...weighting, classes: classes && [...classes] } };
}

/** Without what the accountant remembers: that is long, and certificates have it. */
function timelineOf(plan: TrainingPlan, timeline: ModelTimeline): NonNullable<ModelView["timeline"]> {
  const { steps, requestCount, deletedCount, releaseCount, certificateId, lives } = timeline;
  const { joinedCount = 0, lessonCount = 0 } = lives ?? {};
  const batchCount = batchCountOf({ plan, timeline });
  return {
    ...{ steps, requestCount, deletedCount, releaseCount, certificateId },
    ...{ joinedCount, lessonCount, batchCount },
  };
}

export function storedDataset({ notes, ...rest }: Noted<service.DatasetView>): StoredDataset {
  return { ...dataset(rest), notes: rowNotes(notes) };
}

export function addition({ receivedAt, notes, ...rest }: Noted<service.Addition>): AdditionView {
  return { ...rest, notes: rowNotes(notes), receivedAt: time(receivedAt) };
}

export function rowNotes(notes: readonly OddCellNote[]): AdditionView["notes"] {
  return notes.map(({ rows, ...rest }) => ({ ...rest, rows: [...rows] }));
}

export function lesson({ askedAt, finishedAt, options, ...rest }: service.LessonView): LessonView {
  return {
    ...rest,
    options: { ...options },
    askedAt: time(askedAt),
    finishedAt: finishedAt && time(finishedAt),
  };
}

export function lessonPreview({
  privacyBefore,
  privacyAfter,
  disclosureBefore,
  disclosureAfter,
  ...rest
}: service.LessonPreview): LessonPreview {
  return {
    ...rest,
    privacyBefore: privacyBefore && proof(privacyBefore),
    privacyAfter: privacyAfter && proof(privacyAfter),
    disclosureBefore: disclosureBefore && disclosureOf(disclosureBefore),
    disclosureAfter: disclosureAfter && disclosureOf(disclosureAfter),
  };
}

function disclosureOf({ records, ...rest }: Proof & { readonly records: number }) {
  return { records, ...proof(rest) };
}

export function release({ privacy, releasedAt, ...rest }: service.ReleaseView): ReleaseView {
  return { ...rest, privacy: privacy && proof(privacy), releasedAt: time(releasedAt) };
}

export function evaluation(found: Measured): Evaluation {
  return found as Evaluation;
}

export function activity({ open, recent, models, requests }: service.Activity): ActivityView {
  return {
    requests: { ...requests },
    open: open.map(watched),
    recent: recent.map(watched),
    models: models.map((one) => ({ ...one })),
  };
}

function watched({ taskCounts, ...rest }: service.WatchedRequest): WatchedRequest {
  return { ...request(rest), taskCounts: { ...taskCounts } };
}

export function request(view: service.RequestView): RequestView {
  const { envelope: _, tasks, receivedAt, dueAt, completedAt, ...rest } = view;
  return {
    ...rest,
    tasks: tasks.map((task) => ({ ...task })),
    receivedAt: time(receivedAt),
    dueAt: time(dueAt),
    completedAt: completedAt && time(completedAt),
  };
}

export function accepted(answer: service.AcceptedRequest): AcceptedRequest {
  return {
    request: request(answer.request),
    isRepeated: answer.isRepeated,
    unknown: [...answer.unknown],
    ledgerSalt: answer.ledgerSalt,
  };
}

/** In the order in which subjects were asked for. */
export function receipts(found: readonly (readonly service.SubjectReceipt[])[]): ReceiptList {
  const items = found.map((own) => ({
    receipts: own.map(({ proof, ...rest }) => ({ ...rest, proof: { ...proof, path: [...proof.path] } })),
  }));
  return { items };
}

export function preview({ rowCount, unknown, models }: service.RequestPreview): RequestPreview {
  return { rowCount, unknown: [...unknown], models: models.map(previewOfModel) };
}

function previewOfModel(found: service.ModelPreview): RequestPreview["models"][number] {
  return { ...found, ...proof(found), trades: found.trades.map((trade) => ({ ...trade })) };
}

export function certificate({ envelope, createdAt, ...rest }: service.CertificateView): CertificateView {
  const signatures = envelope.signatures.map((signature) => ({ ...signature }));
  return { ...rest, envelope: { ...envelope, signatures }, createdAt: time(createdAt) };
}

export function key({ createdAt, revokedAt, id, role, label }: StoredKey): KeyView {
  return { id, role, label, createdAt: time(createdAt), revokedAt: revokedAt && time(revokedAt) };
}

export function plan({ requests, learning, disclosure, slot, ...rest }: Plan): PlanView {
  const bound = (both: Plan["learning"]) => both && { mu: finite(both.mu), epsilon: finite(both.epsilon) };
  const orNull = (value: number | null): number | null => (value === null ? null : finite(value));
  return {
    ...rest,
    target: { ...rest.target },
    totals: { ...rest.totals },
    retraining: { ...rest.retraining },
    mu: orNull(rest.mu),
    energy: orNull(rest.energy),
    epsilon: finite(rest.epsilon),
    slot: slot === "best" ? "best" : "worst",
    requests: requests.map((one) => ({
      ...one,
      epsilon: finite(one.epsilon),
      mu: orNull(one.mu),
      energy: orNull(one.energy),
    })),
    learning: bound(learning),
    disclosure: disclosure && {
      ...disclosure,
      mu: finite(disclosure.mu),
      epsilon: finite(disclosure.epsilon),
    },
  };
}

export function planOnRelease({
  noise,
  target,
  requests,
  trades,
  totals,
  retraining,
}: OnReleasePlan): OnReleasePlanView {
  return {
    noise,
    target: { ...target },
    requests: requests.map((one) => ({ ...one })),
    trades: trades.map((one) => ({ ...one })),
    totals: { ...totals },
    retraining: { ...retraining },
  };
}
