import type { OpendsrRequest, OpendsrStatus } from "@expunge/client/schemas";
import { and, eq, inArray } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { notFound } from "../database/ids.js";
import type { Database, Queries } from "../database/open-database.js";
import { datasets, type RequestState, requests } from "../database/tables.js";
import { type KeyDigest, keyDigests } from "../requests/idempotency.js";
import type { Service } from "../service/service.js";
import { Refusal } from "./refusal.js";

/** Kept with every request that came by OpenDSR. */
export interface OpendsrEnvelope {
  readonly protocol: "opendsr";
  readonly version: "1.0" | "2.0";
  readonly subjectRequestId: string;
  readonly callbackUrls: readonly string[];
}

/** What one request of OpenDSR asks of one data set. */
export interface Part {
  readonly id: string;
  readonly datasetId: string;
  readonly state: RequestState;
  readonly rowCount: number;
  readonly receivedAt: Date;
  readonly dueAt: Date;
  readonly envelope: OpendsrEnvelope;
}

/** An erasure as its controller sees it: one request in each data set that has the subject. */
export interface Erasure {
  readonly tenantId: string;
  readonly subjectRequestId: string;
  readonly parts: readonly [Part, ...Part[]];
}

/** Identities that subject columns hold. */
export const SUPPORTED = ["controller_customer_id", "email"] as const;

/**
 * Submits an erasure to every data set that has the subject. A repeated id is the same erasure: what a crash left undone is done then.
 *
 * @throws Refusal where no identity is supported; ExpungeError E_UNKNOWN_SUBJECT where nobody has the subject, E_CONFLICT for
 *         an id that was used for somebody else
 */
export async function submitErasure(
  service: Service,
  database: Database,
  {
    tenantId,
    version,
    asked,
  }: { tenantId: string; version: OpendsrEnvelope["version"]; asked: OpendsrRequest },
): Promise<Erasure> {
  const subjects = subjectsOf(asked);
  const subjectRequestId = asked.subject_request_id;
  const envelope: OpendsrEnvelope = {
    protocol: "opendsr",
    version,
    subjectRequestId,
    callbackUrls: asked.status_callback_urls ?? [],
  };
  const earlier = await partsOf(database.queries, tenantId, subjectRequestId);
  // Earlier ones first: an id that is used for somebody else must not reach further data sets.
  const there = await datasetsWithSubjects(service, tenantId);
  const before = earlier.map(({ datasetId }) => datasetId).filter((id) => there.includes(id));
  for (const datasetId of new Set([...before, ...there])) {
    const idempotencyKey = keyOf(subjectRequestId, datasetId);
    await submitKnown(service, tenantId, { datasetId, subjects, idempotencyKey, envelope });
  }
  const parts = await partsOf(database.queries, tenantId, subjectRequestId);
  if (parts.length === 0)
    throw new ExpungeError(
      "E_UNKNOWN_SUBJECT",
      "No data set has rows of these identities; nothing was accepted.",
    );
  return { tenantId, subjectRequestId, parts: parts as [Part, ...Part[]] };
}

function subjectsOf({ subject_identities: identities }: OpendsrRequest): string[] {
  const isSupported = (type: string): boolean => (SUPPORTED as readonly string[]).includes(type);
  const values = identities
    .filter(({ identity_type, identity_format }) => isSupported(identity_type) && identity_format === "raw")
    .map(({ identity_value }) => identity_value);
  if (values.length > 0) return [...new Set(values)];
  throw new Refusal(`Expected an identity of type ${SUPPORTED.join(" or ")} in format raw.`);
}

async function datasetsWithSubjects(service: Service, tenantId: string): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await service.listDatasets(tenantId, { limit: 200, ...(after ? { after } : {}) });
    for (const { id, state, hasSubjects } of items) if (state === "ready" && hasSubjects) ids.push(id);
    after = next ?? undefined;
  } while (after !== undefined);
  return ids;
}

interface Submission {
  readonly datasetId: string;
  readonly subjects: readonly string[];
  readonly idempotencyKey: string;
  readonly envelope: OpendsrEnvelope;
}

/** Submits those of the subjects that a data set knows; none is fine. */
async function submitKnown(service: Service, tenantId: string, submission: Submission): Promise<void> {
  await service.submit(tenantId, { ...submission, unknown: "skip" }).catch((error: unknown) => {
    if (!(error instanceof ExpungeError && error.code === "E_UNKNOWN_SUBJECT")) throw error;
  });
}

const keyOf = (subjectRequestId: string, datasetId: string): string =>
  `opendsr:${subjectRequestId}:${datasetId}`;

/** @throws ExpungeError E_NOT_FOUND */
export async function findErasure(
  { queries }: Pick<Database, "queries">,
  tenantId: string,
  subjectRequestId: string,
): Promise<Erasure> {
  const parts = await partsOf(queries, tenantId, subjectRequestId);
  if (parts.length === 0) throw notFound("request");
  return { tenantId, subjectRequestId, parts: parts as [Part, ...Part[]] };
}

/** By the idempotency keys that there can be, which are in an index. */
async function partsOf(queries: Queries, tenantId: string, subjectRequestId: string): Promise<Part[]> {
  const own = await queries.select({ id: datasets.id }).from(datasets).where(eq(datasets.tenantId, tenantId));
  if (own.length === 0) return [];
  const digestOf = (await keyDigests(queries, [tenantId])).get(tenantId) as KeyDigest;
  const keys = own.map(({ id }) => digestOf(keyOf(subjectRequestId, id)));
  const found = await queries
    .select()
    .from(requests)
    .where(and(eq(requests.tenantId, tenantId), inArray(requests.idempotencyKey, keys)))
    .orderBy(requests.receivedAt, requests.id);
  return found.map(({ envelope, ...rest }) => ({ ...rest, envelope: envelope as OpendsrEnvelope }));
}

/** Takes an erasure back that has not been started anywhere. @throws ExpungeError E_CONFLICT */
export async function cancelErasure(service: Service, { tenantId, parts }: Erasure): Promise<void> {
  await service.cancelAll(
    tenantId,
    parts.map(({ id }) => id),
  );
}

/** An error has no status in OpenDSR: what failed in one place stays in progress until somebody has looked. */
export function statusOf({ parts }: Pick<Erasure, "parts">): OpendsrStatus["request_status"] {
  const are = (state: RequestState): boolean => parts.every((part) => part.state === state);
  if (are("accepted")) return "pending";
  if (are("completed")) return "completed";
  return are("cancelled") ? "cancelled" : "in_progress";
}

/** @param base address of the routes of the erasure's version */
export function describeErasure(erasure: Erasure, base: string): OpendsrStatus {
  const { tenantId, subjectRequestId, parts } = erasure;
  const status = statusOf(erasure);
  const results = {
    results_url: `${base}/requests/${subjectRequestId}/certificates`,
    results_count: parts.reduce((sum, { rowCount }) => sum + rowCount, 0),
  };
  return {
    api_version: parts[0].envelope.version,
    controller_id: tenantId,
    expected_completion_time: expectedAt(erasure).toISOString(),
    subject_request_id: subjectRequestId,
    request_status: status,
    ...(status === "completed" ? results : {}),
  };
}

export function expectedAt({ parts }: Erasure): Date {
  return new Date(Math.max(...parts.map(({ dueAt }) => dueAt.getTime())));
}
