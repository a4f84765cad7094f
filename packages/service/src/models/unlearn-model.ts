import { and, eq, sql } from "drizzle-orm";
import { ExpungeError, modelDigest, type Signer } from "expunge";
import { given, subjectTree, type Unlearned, unlearnSlots } from "expunge/process";
import { databaseTime } from "../database/clock.js";
import { heeding } from "../database/ending-at.js";
import { newId } from "../database/ids.js";
import { signalOf } from "../database/leases.js";
import type { Transaction } from "../database/open-database.js";
import { largeExecutor } from "../database/read-large.js";
import type { StoredJudgement } from "../database/stored-judgement.js";
import { certificates, models, releases } from "../database/tables.js";
import { type CertifiedSubject, certifiedAmong, storeCertified } from "../requests/certified-subjects.js";
import { finishing, finishRequests } from "../requests/finish-request.js";
import { shapeOfDataset } from "../rows/dataset-rows.js";
import type { Erasure } from "../rows/erasure.js";
import { type PutSlots, placeSlots } from "../rows/pages.js";
import { orDiscard } from "../rows/sweep-objects.js";
import { coveringCertificates, stageCovered, stageEntries } from "./answered-requests.js";
import { checkCertificate } from "./check-certificate.js";
import { correctionOf, type JoinedByCorrection, joinedBy, storeJoined } from "./correct-rows.js";
import { type Score, scoreRelease } from "./evaluate-release.js";
import { failRequest } from "./fail-request.js";
import { judgeRelease } from "./judge-release.js";
import { type Counted, counted, rowsOf } from "./lot-rows.js";
import { kernelOf, putChanged, slotsOf } from "./model-kernel.js";
import { ownRowsOf } from "./own-rows.js";
import { joinedOf, placeRows, type RowsBySlot } from "./placed-rows.js";
import { bytesOfWeights, disclosureOf, readProcess, type StoredProcess } from "./stored-process.js";
import { type LotOptions, MOST_REQUESTS, putBack, type Task, takeTasks } from "./take-tasks.js";
import { noteSettled } from "./waiting-rows.js";

export interface UnlearnContext extends LotOptions {
  /** Signs certificates; asked for anew with every one, so that a rotated key is used at once. */
  readonly signer: () => Promise<Signer>;
  /** Aborted when the worker is to end: the lot in hand is the last. */
  readonly stopping?: AbortSignal;
  /** Ends the lot in hand too: its requests wait as before. */
  readonly signal?: AbortSignal;
  /** How long one model's requests are served before it is another's turn, in ms; default without end. */
  readonly turnMs?: number;
}

/**
 * Serves the requests that wait for a model, the oldest first, several at a time. Each lot is one transaction: weights, timeline, erased
 * rows, certificate, ledger entry and the states of the requests. A worker that was overtaken finds another version of the
 * model and changes nothing.
 *
 * @returns whether there may be more to serve: its turn was over, or the worker is to end
 * @throws ExpungeError E_CONFLICT where another worker was faster, E_ABORTED; whatever else fails, to be tried again
 */
export async function unlearnModel(work: UnlearnContext, modelId: string): Promise<boolean> {
  const context = heeding(work);
  const end = performance.now() + (context.turnMs ?? Number.POSITIVE_INFINITY);
  const { maxBatch = MOST_REQUESTS } = context;
  let most = maxBatch;
  for (;;) {
    if (context.stopping?.aborted || performance.now() >= end) return true;
    const process = await readProcess(context.database.queries, modelId);
    // Not trained yet: the end of the training starts the job again.
    if (process === null) return false;
    const lot = await takeTasks({ ...context, maxBatch: most }, process);
    if (lot.length === 0) return false;
    const served = await serve(context, process, lot);
    // Where so many could not be certified, the next lot begins with about as many as could.
    most = served < lot.length ? served : Math.min(maxBatch, 2 * most);
  }
}

/**
 * One certificate for all; where that many cannot be certified, for half of them, and so on: the rest waits for its turn, with what is then the newest version.
 * One that cannot be certified at all is marked as failed.
 *
 * @returns how many were served
 */
async function serve(context: UnlearnContext, process: StoredProcess, lot: readonly Task[]): Promise<number> {
  const refusal = await serveLot(context, process, lot);
  if (refusal === null) return lot.length;
  if (lot.length === 1) {
    await failRequest(context, process, lot[0] as Task, refusal);
    return 1;
  }
  const half = Math.ceil(lot.length / 2);
  await putBack(context, process.modelId, lot.slice(half));
  return serve(context, process, lot.slice(0, half));
}

/** @returns why a lot cannot be certified; null where it was, and is done */
async function serveLot(
  context: UnlearnContext,
  process: StoredProcess,
  asked: readonly Task[],
): Promise<ExpungeError | null> {
  const { database } = context;
  const placed = await placeRows(database, process, rowsOf(asked));
  const { rows } = placed;
  const lot = counted(asked, rows);
  if (rows.length === 0) {
    await commit(context, process, lot, null);
    return null;
  }
  try {
    await unlearnLot(context, process, lot, placed);
    return null;
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_INFEASIBLE")) throw error;
    return error;
  }
}

/** @throws ExpungeError E_INFEASIBLE where so many cannot be certified together */
async function unlearnLot(
  context: UnlearnContext,
  process: StoredProcess,
  lot: readonly Counted[],
  placed: RowsBySlot,
): Promise<void> {
  const { database, maxCorrectedNumbers: most } = context;
  const { rows, slots } = placed;
  const own = withRows(lot).map(({ requestId }) => requestId);
  const subjects = await certifiedAmong(largeExecutor(database), process.datasetId, own, rows);
  const { root } = subjectTree(subjects.length, (i) => Buffer.from(subjects[i]!.digest, "hex"));
  const signer = await context.signer();
  const isCorrection = lot[0]?.kind === "correction";
  const correction = isCorrection ? await correctionOf(database, process, own, rows, most) : null;
  const joinedAt = await joinedOf(database, process, placed);
  const wider = correction?.wider ?? process;
  const stored = slotsOf(database, process, wider);
  const kernel = await kernelOf(process, stored, wider);
  try {
    const unlearned = await unlearnSlots(
      wider,
      kernel,
      {
        slots,
        subjects: { count: subjects.length, root },
        certificateId: newId(),
        ...given({ joinedOf: joinedAt, corrected: correction?.contents }),
      },
      {
        signer,
        target: process.plan.target,
        // A kernel that fails is thrown away.
        mayRollBack: false,
        signal: signalOf(context),
        issuedAt: () => databaseTime(database.queries),
      },
    );
    const { weights, removed: changed } = unlearned;
    const score = await scoreRelease(database, process.modelId, { ...process, weights });
    const next = { weights, changed, slotCount: process.slotCount };
    const own = () => ownRowsOf(stored, process, wider, next);
    const judgement = await judgeRelease(score, process.plan, own);
    const put = await putChanged(database, process, wider, unlearned.removed);
    await orDiscard(database, put.pages, async () => {
      const joined = correction && (await joinedBy(database, process, correction.successors, slots));
      await orDiscard(database, joined?.order ?? [], () =>
        commit(context, process, lot, { ...unlearned, subjects, score, judgement, signer, put, joined }),
      );
    });
  } finally {
    kernel.dispose();
  }
}

/** The others ask for nothing that this model has not forgotten for somebody else. */
const withRows = (lot: readonly Counted[]): readonly Counted[] => lot.filter(({ rowCount }) => rowCount > 0);

interface Served extends Unlearned {
  readonly subjects: readonly CertifiedSubject[];
  readonly score: Score;
  readonly judgement: StoredJudgement | null;
  readonly signer: Signer;
  /** The model's pages without the rows, already written. */
  readonly put: PutSlots;
  /** What took the rows' places; null where they are deleted. */
  readonly joined: JoinedByCorrection | null;
}

async function commit(
  { database, lease, signal }: UnlearnContext,
  process: StoredProcess,
  lot: readonly Counted[],
  unlearned: Served | null,
): Promise<void> {
  const ids = lot.map(({ requestId }) => requestId);
  const { modelId, datasetId, description } = process;
  const dataset = shapeOfDataset(datasetId, description, process);
  const own = new Set(withRows(lot).map(({ requestId }) => requestId));
  const others = ids.filter((id) => !own.has(id));
  const covering = await coveringCertificates(database, process, others);
  const end = async (transaction: Transaction, erasure: Erasure): Promise<void> => {
    const { queries } = transaction;
    await lease.hold(queries);
    // The model, and then its tasks: so do those who take a request back, or delete the model.
    if (unlearned === null)
      await queries.select({ id: models.id }).from(models).where(eq(models.id, modelId)).for("no key update");
    const certificateId = unlearned ? await commitModel(transaction, process, lot, unlearned) : null;
    const certificateOf = (id: string): string | null =>
      own.has(id) ? certificateId : (covering.get(id) ?? null);
    await finishTasks(transaction, process, lot, certificateOf);
    for (const certificate of new Set(covering.values())) {
      const some = others.filter((id) => covering.get(id) === certificate);
      await stageCovered(transaction, certificate, some);
    }
    const joinedCount = unlearned?.joined ? unlearned.removed.slots.length : 0;
    await noteSettled(transaction, process, { requestIds: ids, joinedCount });
    await finishRequests(transaction, ids, erasure);
  };
  return finishing(database, end, {
    expected: { dataset, requestIds: ids, modelId },
    signal: signalOf({ lease, ...given({ signal }) }),
  });
}

/** Which certificate answers each request, null for none, and how many rows the model had of it. */
async function finishTasks(
  { executor }: Transaction,
  { modelId }: StoredProcess,
  lot: readonly Counted[],
  certificateOf: (requestId: string) => string | null,
): Promise<void> {
  const done = lot.map(({ requestId, rowCount }) => ({
    ...{ request_id: requestId, count: rowCount, certificate: certificateOf(requestId) },
  }));
  await executor.executeSql(
    `update tasks set state = 'done', removed_count = done.count, certificate_id = done.certificate
       from json_to_recordset($1::json) as done(request_id uuid, count integer, certificate uuid)
       where tasks.request_id = done.request_id and tasks.model_id = $2`,
    [JSON.stringify(done), modelId],
  );
}

/**
 * @returns the certificate's id
 * @throws ExpungeError E_CONFLICT, E_ASSUMPTION where the certificate does not verify
 */
async function commitModel(
  transaction: Transaction,
  process: StoredProcess,
  lot: readonly Counted[],
  { weights, timeline, certificate, removed, cost, subjects, score, judgement, signer, put, joined }: Served,
): Promise<string> {
  const { queries } = transaction;
  const { modelId, version, tenantId, plan } = process;
  const digests = { modelBefore: modelDigest(process), model: modelDigest({ plan, weights }) };
  const now = await databaseTime(queries);
  const holds = checkCertificate(certificate, { publicKey: signer.publicKey, now, ...digests });
  const changed = await queries
    .update(models)
    .set({
      weights: bytesOfWeights(weights),
      judgement,
      timeline,
      disclosure: disclosureOf(plan, timeline),
      failure: null,
      pageSlots: put.pageSlots,
      version: sql`${models.version} + 1`,
    })
    .where(and(eq(models.id, modelId), eq(models.version, version)))
    .returning({ id: models.id });
  if (changed.length === 0)
    throw new ExpungeError("E_CONFLICT", "Another worker has served these requests; nothing was changed.");
  await placeSlots(transaction.executor, modelId, put);
  if (joined) await storeJoined(transaction, modelId, joined);
  const id = timeline.certificateId as string;
  await queries.insert(certificates).values({ id, tenantId, modelId, envelope: certificate, holds });
  await storeCertified(transaction, { certificateId: id, modelId }, subjects);
  await queries.insert(releases).values({
    modelId,
    version: version + 1,
    kind: joined ? "correction" : "deletion",
    joinedCount: joined ? removed.slots.length : 0,
    steps: timeline.steps,
    unlearnSteps: cost.release.steps,
    requestCount: withRows(lot).length,
    rowCount: removed.slots.length,
    noise: cost.release.left,
    certificateId: id,
    ...score,
  });
  await stageEntries(
    transaction,
    { id, envelope: certificate },
    withRows(lot).map(({ requestId }) => requestId),
  );
  return id;
}
