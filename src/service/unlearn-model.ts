import { and, asc, eq, inArray, isNotNull, notExists, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Signer } from "../certificate/dsse.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import {
  certificates,
  claimedRows,
  ledgerStaged,
  models,
  type RequestState,
  releases,
  requests,
  tasks,
} from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import { certificateDigest, encodeEntry, entryTime } from "../ledger/index.js";
import type { Chosen } from "../records/certificate.js";
import { modelDigest } from "../unlearner/model-digest.js";
import { createStreamingPlanKernel } from "../unlearner/process-kernel.js";
import { type Unlearned, unlearnSlots } from "../unlearner/unlearn-slots.js";
import { type Score, scoreRelease } from "./evaluate-release.js";
import { finishRequests } from "./finish-request.js";
import { newId } from "./ids.js";
import { overwriteSlots, pagedSource, slotsOfRows } from "./pages.js";
import { bytesOfWeights, readProcess, type StoredProcess } from "./stored-process.js";

export interface UnlearnContext {
  readonly database: Database;
  /** Signs certificates; asked for anew with every one, so that a rotated key is used at once. */
  readonly signer: () => Promise<Signer>;
  /** Most requests that one certificate may answer; default 100. */
  readonly maxBatch?: number;
  /**
   * How long a request may wait for others to be served together with it, in ms; default 0. One that is due before that is not kept waiting.
   */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal;
}

/** A request as it concerns one model. */
interface Task {
  readonly requestId: string;
  readonly subjectDigests: readonly string[];
  readonly chosen: Chosen;
  readonly rows: readonly number[];
}

/**
 * Serves the requests that wait for a model, the oldest first, several at a time. Each lot is one transaction: weights, timeline, erased
 * rows, certificate, ledger entry and the states of the requests. A worker that was overtaken finds another version of the
 * model and changes nothing.
 *
 * @returns requests served
 * @throws ExpungeError E_CONFLICT where another worker was faster; whatever else fails, to be tried again
 */
export async function unlearnModel(context: UnlearnContext, modelId: string): Promise<number> {
  let served = 0;
  for (;;) {
    const process = await readProcess(context.database.queries, modelId);
    // Not trained yet: the end of the training starts the job again.
    if (process === null) return served;
    const lot = await takeTasks(context, process);
    if (lot.length === 0) return served;
    await serve(context, process, lot);
    served += lot.length;
  }
}

/** Marks the oldest waiting requests as running: from here on they cannot be taken back. */
function takeTasks(
  { database, maxBatch = 100, maxWaitMs = 0 }: UnlearnContext,
  { modelId, datasetId }: StoredProcess,
): Promise<Task[]> {
  return database.transaction(async ({ queries }) => {
    const found = await queries
      .select({
        requestId: tasks.requestId,
        subjectDigests: requests.subjectDigests,
        chosen: requests.chosen,
        receivedAt: requests.receivedAt,
        dueAt: requests.dueAt,
      })
      .from(tasks)
      .innerJoin(requests, eq(requests.id, tasks.requestId))
      .where(and(eq(tasks.modelId, modelId), eq(tasks.state, "waiting")))
      .orderBy(asc(requests.receivedAt), asc(requests.id))
      .limit(maxBatch)
      .for("update");
    if (found.length < maxBatch && found.every((one) => mayWait(one, maxWaitMs))) return [];
    // A certificate says of all it answers whether they can have been chosen after seeing a model.
    const other = found.findIndex(({ chosen }) => chosen !== found[0]?.chosen);
    const waiting = other < 0 ? found : found.slice(0, other);
    const ids = waiting.map(({ requestId }) => requestId);
    await queries
      .update(requests)
      .set({ state: "running" })
      .where(and(inArray(requests.id, ids), eq(requests.state, "accepted" satisfies RequestState)));
    const claimed = await queries
      .select({ requestId: claimedRows.requestId, row: claimedRows.row })
      .from(claimedRows)
      .where(
        and(
          eq(claimedRows.datasetId, datasetId),
          isOneOf(claimedRows.requestId, ids, "uuid"),
          notExists(forgottenBefore(queries, modelId)),
        ),
      );
    const rowsOf = new Map<string, number[]>(ids.map((id) => [id, []]));
    for (const { requestId, row } of claimed) rowsOf.get(requestId)?.push(row);
    return waiting.map(({ requestId, subjectDigests, chosen }) => ({
      requestId,
      subjectDigests,
      chosen,
      rows: rowsOf.get(requestId) ?? [],
    }));
  });
}

/** Whether this model has forgotten a claimed row for another request. */
function forgottenBefore(queries: Queries, modelId: string) {
  const earlier = alias(claimedRows, "earlier");
  return queries
    .select({ one: sql`1` })
    .from(earlier)
    .innerJoin(tasks, eq(tasks.requestId, earlier.requestId))
    .where(
      and(
        eq(earlier.datasetId, claimedRows.datasetId),
        eq(earlier.row, claimedRows.row),
        eq(tasks.modelId, modelId),
        eq(tasks.state, "done"),
      ),
    );
}

/** The worker's sweep comes back to it. */
function mayWait({ receivedAt, dueAt }: { receivedAt: Date; dueAt: Date }, maxWaitMs: number): boolean {
  const now = Date.now();
  const until = Math.min(receivedAt.getTime() + maxWaitMs, dueAt.getTime() - maxWaitMs);
  return now < until && receivedAt.getTime() <= now;
}

/** One certificate for all; where that many cannot be certified, for fewer, and one that cannot be at all is marked as failed. */
async function serve(context: UnlearnContext, process: StoredProcess, lot: readonly Task[]): Promise<void> {
  const rows = [...new Set(lot.flatMap((task) => task.rows))];
  if (rows.length === 0) return commit(context.database, process, lot, null);
  const { queries } = context.database;
  const slots = await slotsOfRows(queries, process.modelId, rows);
  const kernel = await createStreamingPlanKernel(process.plan, pagedSource(queries, process), {});
  try {
    const unlearned = await unlearnSlots(
      process,
      kernel,
      { slots, subjectDigests: withRows(lot).flatMap((task) => task.subjectDigests), certificateId: newId() },
      {
        signer: await context.signer(),
        target: process.plan.target,
        chosen: lot[0]?.chosen ?? "adaptively",
        ...(context.signal ? { signal: context.signal } : {}),
      },
    );
    const { weights } = unlearned;
    const score = await scoreRelease(queries, process.modelId, { ...process, weights });
    await commit(context.database, process, lot, { ...unlearned, score });
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    if (lot.length === 1) return fail(context.database, process, lot[0] as Task, error);
    // The rest waits for its turn, with what is then the newest version.
    await serve(context, process, lot.slice(0, Math.ceil(lot.length / 2)));
  } finally {
    kernel.dispose();
  }
}

/** The others ask for nothing that this model has not forgotten for somebody else. */
const withRows = (lot: readonly Task[]): readonly Task[] => lot.filter(({ rows }) => rows.length > 0);

type Scored = Unlearned & { readonly score: Score };

function commit(
  database: Database,
  process: StoredProcess,
  lot: readonly Task[],
  unlearned: Scored | null,
): Promise<void> {
  return database.transaction(async (transaction) => {
    const { queries } = transaction;
    const certificateId = unlearned ? await commitModel(transaction, process, lot, unlearned) : null;
    const ids = lot.map(({ requestId }) => requestId);
    const own = new Set(withRows(lot).map(({ requestId }) => requestId));
    const finish = (some: readonly string[], certificate: string | SQL | null) =>
      queries
        .update(tasks)
        .set({ state: "done", certificateId: certificate as SQL<string> })
        .where(and(isOneOf(tasks.requestId, some, "uuid"), eq(tasks.modelId, process.modelId)));
    await finish([...own], certificateId);
    await finish(
      ids.filter((id) => !own.has(id)),
      coveringCertificate(queries),
    );
    await finishRequests(queries, ids);
  });
}

/** Where a model has forgotten a request's rows for another one: that one's certificate. */
function coveringCertificate(queries: Queries): SQL {
  const [own, other, done] = [
    alias(claimedRows, "own"),
    alias(claimedRows, "other"),
    alias(tasks, "covering"),
  ];
  const found = queries
    .select({ id: done.certificateId })
    .from(own)
    .innerJoin(other, and(eq(other.datasetId, own.datasetId), eq(other.row, own.row)))
    .innerJoin(done, and(eq(done.requestId, other.requestId), eq(done.modelId, tasks.modelId)))
    .where(and(eq(own.requestId, tasks.requestId), isNotNull(done.certificateId)))
    .limit(1);
  return sql`(${found})`;
}

/** @returns the certificate's id @throws ExpungeError E_CONFLICT */
async function commitModel(
  { queries }: Transaction,
  process: StoredProcess,
  lot: readonly Task[],
  { weights, timeline, certificate, removed, cost, score }: Scored,
): Promise<string> {
  const { modelId, version, tenantId } = process;
  const changed = await queries
    .update(models)
    .set({ weights: bytesOfWeights(weights), timeline, failure: null, version: sql`${models.version} + 1` })
    .where(and(eq(models.id, modelId), eq(models.version, version)))
    .returning({ id: models.id });
  if (changed.length === 0)
    throw new ExpungeError("E_CONFLICT", "Another worker has served these requests; nothing was changed.");
  await overwriteSlots(queries, process, removed);
  const id = timeline.requests.at(-1)?.certificateId as string;
  await queries.insert(certificates).values({ id, tenantId, modelId, envelope: certificate });
  await queries.insert(releases).values({
    modelId,
    version: version + 1,
    steps: timeline.steps,
    unlearnSteps: cost.steps,
    requestCount: lot.length,
    certificateId: id,
    ...score,
  });
  const entry = {
    version: 1,
    kind: "certificate",
    time: entryTime(new Date()),
    modelId: newId(),
    certificateDigest: certificateDigest(certificate),
    modelBefore: modelDigest(process),
    modelAfter: modelDigest({ plan: process.plan, weights }),
  } as const;
  await queries
    .insert(ledgerStaged)
    .values(lot.map(({ requestId }) => ({ entry: encodeEntry({ ...entry, requestId }), certificateId: id })));
  return id;
}

/** Says why a request cannot be served; where the model has gone on meanwhile, or is gone, it says nothing. */
async function fail(
  database: Database,
  { modelId, version }: StoredProcess,
  { requestId }: Task,
  error: ExpungeError,
): Promise<void> {
  await database.transaction(async ({ queries }) => {
    const [model] = await queries
      .select({ version: models.version })
      .from(models)
      .where(eq(models.id, modelId))
      .for("update");
    if (model?.version !== version) return;
    const failure = `${error.message} Train a new model on what is left.`;
    await queries
      .update(tasks)
      .set({ state: "failed", failure })
      .where(and(eq(tasks.requestId, requestId), eq(tasks.modelId, modelId)));
    await queries.update(requests).set({ state: "failed", failure }).where(eq(requests.id, requestId));
  });
}
