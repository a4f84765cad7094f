import type { Plan } from "../accounting/plan.js";
import type { Claim } from "../accounting/unlearning.js";
import type * as service from "../service/service.js";
import type { StoredKey } from "./api-keys.js";
import type { CertificateView } from "./schemas/certificates.js";
import type { ClaimView } from "./schemas/common.js";
import type { DatasetView } from "./schemas/datasets.js";
import type { ActivityView } from "./schemas/events.js";
import type { KeyView } from "./schemas/keys.js";
import type { ModelView, ReleaseList } from "./schemas/models.js";
import type { PlanView } from "./schemas/plan.js";
import type { AcceptedRequest, RequestPreview, RequestView } from "./schemas/requests.js";

/*
 * What the service answers, as JSON has it: times as text, no infinities.
 */

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const time = (value: Date): string => value.toISOString();

function claim({ energy, mu, epsilon, delta }: Claim): ClaimView {
  return { energy: finite(energy), mu: finite(mu), epsilon: finite(epsilon), delta };
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
  privacyOfAll,
  createdAt,
  ...rest
}: service.ModelView): ModelView {
  return {
    ...rest,
    plan: plan && { ...plan, process: { ...plan.process, radius: finite(plan.process.radius) } },
    timeline: timeline && {
      steps: timeline.steps,
      releases: [...timeline.releases],
      requests: timeline.requests.map((request) => ({ ...request })),
    },
    privacy: privacy && claim(privacy),
    privacyOfAll: privacyOfAll && claim(privacyOfAll),
    createdAt: time(createdAt),
  };
}

export function release({ privacy, releasedAt, ...rest }: service.ReleaseView): ReleaseList["items"][number] {
  return { ...rest, privacy: claim(privacy), releasedAt: time(releasedAt) };
}

export function activity({ open, recent, models, requests }: service.Activity): ActivityView {
  return {
    requests: { ...requests },
    open: open.map(request),
    recent: recent.map(request),
    models: models.map((one) => ({ ...one })),
  };
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
    salt: answer.salt,
    ledgerSalt: answer.ledgerSalt,
  };
}

export function preview({ rowCount, models }: service.RequestPreview): RequestPreview {
  return { rowCount, models: models.map(presentCost) };
}

function presentCost(cost: service.RequestPreview["models"][number]): RequestPreview["models"][number] {
  const { joint, transcript, ...rest } = cost;
  return { ...rest, claim: claim(cost.claim), joint: claim(joint), transcript: claim(transcript) };
}

export function certificate({ envelope, createdAt, ...rest }: service.CertificateView): CertificateView {
  const signatures = envelope.signatures.map((signature) => ({ ...signature }));
  return { ...rest, envelope: { ...envelope, signatures }, createdAt: time(createdAt) };
}

export function key({ createdAt, revokedAt, id, role, label }: StoredKey): KeyView {
  return { id, role, label, createdAt: time(createdAt), revokedAt: revokedAt && time(revokedAt) };
}

export function plan({ requests, learning, allReleasesSeen, transcript, slot, ...rest }: Plan): PlanView {
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
    allReleasesSeen: bound(allReleasesSeen),
    transcript: transcript && {
      ...transcript,
      mu: finite(transcript.mu),
      epsilon: finite(transcript.epsilon),
    },
  };
}
