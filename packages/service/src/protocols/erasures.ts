import type { OpendsrRequest, OpendsrStatus } from "@expunge/client/schemas";
import { and, eq, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type KeyDigest, keyDigests } from "../accounts/idempotency.js";
import { databaseTime } from "../database/clock.js";
import { isId, newId, notFound } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import type { Database, Queries, SqlExecutor, Transaction } from "../database/open-database.js";
import { receiverOf } from "../database/receiver.js";
import { callbacks, erasures, type RequestState, requests } from "../database/tables.js";
import { USUAL_DUE_HOURS } from "../requests/deletion-request.js";
import type { Service } from "../service/service.js";
import { hasLeft, someAtOnce } from "../some-at-once.js";
import { requireFewReceivers } from "./callback-queue.js";
import { Refusal } from "./refusal.js";

/** Kept with every request that came by OpenDSR. */
export interface OpendsrEnvelope {
  readonly protocol: "opendsr";
  readonly version: "1.0" | "2.0";
  readonly subjectRequestId: string;
}

/** What one request of OpenDSR asks of one data set. */
export interface Part {
  readonly id: string;
  readonly state: RequestState;
  readonly rowCount: number;
}

/** An erasure as its controller sees it: one request in each data set that has the subject, and none where nobody has. */
export interface Erasure {
  readonly tenantId: string;
  readonly subjectRequestId: string;
  readonly version: OpendsrEnvelope["version"];
  readonly receivedAt: Date;
  readonly dueAt: Date;
  /** Keyed digest of whom it names. */
  readonly fingerprint: string;
  readonly parts: readonly Part[];
}

/** Identities that subject columns hold. */
export const SUPPORTED = ["controller_customer_id", "email"] as const;

/** Data sets that are asked at once: those of one lot go into one transaction. */
const PARTS_AT_ONCE = 8;

interface Asked {
  readonly tenantId: string;
  readonly version: OpendsrEnvelope["version"];
  readonly asked: OpendsrRequest;
}

/**
 * Submits an erasure to every data set that has the subject. A repeated id is the same erasure: what a crash left undone is done then. Where nobody
 * has the subject, nothing is left to do: the answer must not say so, for it would say who is known.
 *
 * @param signal that whoever asked has left: what is not submitted yet is not, and the same id goes on from there
 * @throws Refusal where no identity is supported; ExpungeError E_CONFLICT for an id that was used for somebody else, E_QUOTA where too many receivers of
 *   callbacks wait
 */
export async function submitErasure(
  service: Service,
  database: Database,
  given: Asked,
  signal?: AbortSignal,
): Promise<Erasure> {
  const { tenantId, version, asked } = given;
  const subjects = subjectsOf(asked);
  const subjectRequestId = asked.subject_request_id;
  const fingerprint = await fingerprintOf(database.executor, tenantId, subjects);
  const earlier = await erasureOf(database.queries, tenantId, subjectRequestId);
  if (earlier !== null) requireSame(earlier, fingerprint);
  else if (asked.status_callback_urls?.length) await requireFewReceivers(database.executor, tenantId);
  const envelope: OpendsrEnvelope = { protocol: "opendsr", version, subjectRequestId };
  const submitPart = (datasetId: string): Promise<void> => {
    const idempotencyKey = keyOf(subjectRequestId, datasetId);
    return submitKnown(service, tenantId, { datasetId, subjects, idempotencyKey, envelope }, signal);
  };
  const datasetIds = await datasetsWithSubjects(service, tenantId, signal);
  await someAtOnce(datasetIds, PARTS_AT_ONCE, submitPart, signal);
  // Last: an erasure that is there has all its parts, so that one without parts is over.
  await noteErasure(database, given, fingerprint);
  const erasure = await findErasure(database, tenantId, subjectRequestId);
  requireSame(erasure, fingerprint);
  return erasure;
}

function noteErasure(
  database: Database,
  { tenantId, version, asked }: Asked,
  fingerprint: string,
): Promise<void> {
  const subjectRequestId = asked.subject_request_id;
  return database.transaction(async ({ queries, executor }) => {
    const receivedAt = await databaseTime(queries);
    const dueAt = new Date(receivedAt.getTime() + USUAL_DUE_HOURS * 3_600_000);
    await queries
      .insert(erasures)
      .values({ tenantId, subjectRequestId, version, fingerprint, receivedAt, dueAt })
      .onConflictDoNothing();
    // In one order: somebody else may send the same ones.
    const values = [...(asked.status_callback_urls ?? [])].sort().map((address) => ({
      id: newId(),
      ...{ tenantId, subjectRequestId, address },
      receiver: receiverOf(tenantId, new URL(address).origin),
      told: "pending",
      tryAt: receivedAt,
    }));
    const tail = "on conflict (tenant_id, subject_request_id, address) do nothing";
    await insertJson(executor, callbacks, values, tail);
  });
}

/** @throws ExpungeError E_CONFLICT */
function requireSame(earlier: Pick<Erasure, "fingerprint">, fingerprint: string): void {
  // Those of a database that was made before they were kept are compared by their requests alone.
  if (earlier.fingerprint === "" || earlier.fingerprint === fingerprint) return;
  throw new ExpungeError("E_CONFLICT", "This subject_request_id was used for another request.");
}

async function erasureOf(
  queries: Queries,
  tenantId: string,
  subjectRequestId: string,
): Promise<typeof erasures.$inferSelect | null> {
  // What is no id in the database's eyes is the id of nothing.
  if (!isId(subjectRequestId)) return null;
  const own = and(eq(erasures.tenantId, tenantId), eq(erasures.subjectRequestId, subjectRequestId));
  const [found] = await queries.select().from(erasures).where(own);
  return found ?? null;
}

/** In any order: who is named, not how. */
async function fingerprintOf(
  executor: SqlExecutor,
  tenantId: string,
  subjects: readonly string[],
): Promise<string> {
  const digestOf = (await keyDigests(executor, [tenantId])).get(tenantId) as KeyDigest;
  return digestOf(JSON.stringify([...subjects].sort()));
}

function subjectsOf({ subject_identities: identities }: OpendsrRequest): string[] {
  const isSupported = (type: string): boolean => (SUPPORTED as readonly string[]).includes(type);
  const values = identities
    .filter(({ identity_type, identity_format }) => isSupported(identity_type) && identity_format === "raw")
    .map(({ identity_value }) => identity_value);
  if (values.length > 0) return [...new Set(values)];
  throw new Refusal(`Expected an identity of type ${SUPPORTED.join(" or ")} in format raw.`);
}

async function datasetsWithSubjects(
  service: Service,
  tenantId: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    if (signal?.aborted) throw hasLeft();
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
async function submitKnown(
  service: Service,
  tenantId: string,
  submission: Submission,
  signal: AbortSignal | undefined,
): Promise<void> {
  await service.submit(tenantId, { ...submission, unknown: "skip" }, signal).catch((error: unknown) => {
    if (!(error instanceof ExpungeError && error.code === "E_UNKNOWN_SUBJECT")) throw error;
  });
}

const keyOf = (subjectRequestId: string, datasetId: string): string =>
  `opendsr:${subjectRequestId}:${datasetId}`;

/** @throws ExpungeError E_NOT_FOUND */
export async function findErasure(
  transaction: Transaction,
  tenantId: string,
  subjectRequestId: string,
): Promise<Erasure> {
  const found = await erasureOf(transaction.queries, tenantId, subjectRequestId);
  if (found === null) throw notFound("request");
  return { ...found, parts: await partsOf(transaction, tenantId, subjectRequestId) };
}

/** By an index of their own, however many data sets the tenant has had. */
async function partsOf(
  { queries }: Transaction,
  tenantId: string,
  subjectRequestId: string,
): Promise<Part[]> {
  const { id, state, rowCount, envelope } = requests;
  const isPart = sql`${envelope} ->> 'protocol' = 'opendsr' and ${envelope} ->> 'subjectRequestId' = ${subjectRequestId}`;
  return queries
    .select({ id, state, rowCount })
    .from(requests)
    .where(and(eq(requests.tenantId, tenantId), isPart))
    .orderBy(requests.receivedAt, id);
}

/** Takes an erasure back that has not been started anywhere. @throws ExpungeError E_CONFLICT */
export async function cancelErasure(
  service: Service,
  { tenantId, parts }: Erasure,
  signal?: AbortSignal,
): Promise<void> {
  if (parts.length === 0) throw new ExpungeError("E_CONFLICT", "The request is completed.");
  await service.cancelAll(
    tenantId,
    parts.map(({ id }) => id),
    signal,
  );
}

/** An error has no status in OpenDSR: what failed in one place stays in progress until somebody has looked. */
export function statusOf({ parts }: Pick<Erasure, "parts">): OpendsrStatus["request_status"] {
  const are = (state: RequestState): boolean => parts.every((part) => part.state === state);
  if (are("completed")) return "completed";
  if (are("accepted")) return "pending";
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
    api_version: erasure.version,
    controller_id: tenantId,
    expected_completion_time: erasure.dueAt.toISOString(),
    subject_request_id: subjectRequestId,
    request_status: status,
    ...(status === "completed" ? results : {}),
  };
}
