import { createHash } from "node:crypto";
import { and, asc, eq, inArray, isNull, or } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { commitToRequest, encodeEntry, entryTime } from "expunge/ledger";
import { databaseTime } from "../database/clock.js";
import { newId } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { receiverOf } from "../database/receiver.js";
import {
  callbacks,
  claimedRows,
  ledgerStaged,
  models,
  namedSubjects,
  requests,
  tasks,
} from "../database/tables.js";
import type { Keyring } from "../keys/keyring.js";
import { type Asked, type Draft, draftRequests, isDraft, type Remembered } from "./draft-requests.js";
import { finishRequests } from "./finish-request.js";
import type { AcceptedRequest, RequestView } from "./request-views.js";
import { requestViews } from "./request-views.js";

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Why a request was not taken, or its id: an earlier one's where it is repeated. */
type Outcome =
  | ExpungeError
  | {
      readonly id: string;
      readonly isRepeated: boolean;
      /** null where it went with the data set. */
      readonly keyring: Keyring | null;
      /** Places of subjects that were skipped; null where they are still to be looked up. */
      readonly unknown: readonly number[] | null;
    };

/**
 * Takes requests in, in one transaction: their rows are claimed, every model that has them gets a task and a job, and the ledger an
 * entry. A repeated idempotency key is the same request. One request that cannot be taken does not keep the others out.
 *
 * @returns in the order asked: what was accepted, or why not
 * @throws where the transaction fails: then nothing was accepted
 */
export async function submitAll(
  database: Database,
  queue: Queue,
  asked: readonly Asked[],
): Promise<(AcceptedRequest | ExpungeError)[]> {
  return database.transaction(async (transaction) => {
    const { queries } = transaction;
    const drafts = await draftRequests(queries, asked);
    const outcomes = await store(transaction, queue, drafts);
    await noteCallbacks(transaction, asked, outcomes);
    const ids = outcomes.flatMap((outcome) => (outcome instanceof ExpungeError ? [] : [outcome.id]));
    const stored =
      ids.length === 0 ? [] : await queries.select().from(requests).where(inArray(requests.id, ids));
    const views = new Map((await requestViews(queries, stored)).map((view) => [view.id, view]));
    const accepted: (AcceptedRequest | ExpungeError)[] = [];
    for (const outcome of outcomes)
      accepted.push(outcome instanceof ExpungeError ? outcome : await answerOf(queries, outcome, views));
    return accepted;
  });
}

/** Of repeated requests too: whoever asks again wants to be told again. */
async function noteCallbacks(
  { queries, executor }: Transaction,
  asked: readonly Asked[],
  outcomes: readonly Outcome[],
): Promise<void> {
  if (asked.every(({ request }) => request.callback === undefined)) return;
  const tryAt = await databaseTime(queries);
  const values = asked.flatMap(({ tenantId, request: { callback } }, i) => {
    const outcome = outcomes[i] as Outcome;
    if (callback === undefined || outcome instanceof ExpungeError) return [];
    const { address, token } = callback;
    const receiver = receiverOf(tenantId, callback.receiver);
    const tokenDigest = createHash("sha256").update(token).digest();
    const whom = { requestId: outcome.id, address, token, tokenDigest, receiver };
    return [{ id: newId(), tenantId, ...whom, told: "accepted", tryAt }];
  });
  await insertJson(executor, callbacks, values, "on conflict (request_id, token_digest) do nothing");
}

async function answerOf(
  queries: Queries,
  { id, isRepeated, keyring, unknown }: Exclude<Outcome, ExpungeError>,
  views: ReadonlyMap<string, RequestView>,
): Promise<AcceptedRequest> {
  return {
    request: views.get(id) as RequestView,
    isRepeated,
    unknown: unknown ?? (await placesSkipped(queries, id)),
    ledgerSalt: keyring?.ledgerSaltOf(id) ?? null,
  };
}

/** Of a request that is there already. */
async function placesSkipped(queries: Queries, requestId: string): Promise<number[]> {
  const found = await queries
    .select({ place: namedSubjects.place })
    .from(namedSubjects)
    .where(and(eq(namedSubjects.requestId, requestId), isNull(namedSubjects.owner)))
    .orderBy(asc(namedSubjects.place));
  return found.map(({ place }) => place);
}

async function store(
  transaction: Transaction,
  queue: Queue,
  drafts: readonly (Draft | Remembered | ExpungeError)[],
): Promise<Outcome[]> {
  const { queries } = transaction;
  const good = drafts.filter(isDraft);
  const receivedAt = await databaseTime(queries);
  const isNew = await insertRequests(transaction, good, receivedAt);
  const fresh = good.filter(({ id }) => isNew.has(id));
  const earlier = await findEarlier(
    queries,
    good.filter(({ id }) => !isNew.has(id)),
  );
  await nameSubjects(transaction, fresh);
  await claim(transaction, fresh);
  await stageEntries(transaction, fresh, receivedAt);
  await giveTasks(transaction, queue, fresh, receivedAt);
  return drafts.map((item) => {
    if (!isDraft(item)) return item instanceof ExpungeError ? item : { ...item, unknown: null };
    const { id, keyring, named } = item;
    if (isNew.has(id)) return { id, isRepeated: false, keyring, unknown: named.unknown };
    return earlier.get(id) as Outcome;
  });
}

/** @returns ids of those whose idempotency key nobody had used */
async function insertRequests(
  { executor }: Transaction,
  drafts: readonly Draft[],
  receivedAt: Date,
): Promise<ReadonlySet<string>> {
  if (drafts.length === 0) return new Set();
  const values = drafts.map(({ id, tenantId, request, fingerprint, named, idempotencyKey }) => ({
    id,
    tenantId,
    datasetId: request.datasetId,
    state: "accepted" as const,
    idempotencyKey,
    fingerprint,
    rowCount: named.rows.length,
    receivedAt,
    dueAt: request.dueAt ?? new Date(receivedAt.getTime() + MONTH_MS),
    envelope: request.envelope ?? null,
    reference: request.reference ?? null,
  }));
  const tail = "on conflict (tenant_id, idempotency_key) do nothing returning id";
  const inserted = await insertJson(executor, requests, values, tail);
  return new Set(inserted.map((row) => (row as { id: string }).id));
}

async function findEarlier(
  queries: Queries,
  repeated: readonly Draft[],
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  if (repeated.length === 0) return outcomes;
  const found = await queries
    .select({
      id: requests.id,
      tenantId: requests.tenantId,
      key: requests.idempotencyKey,
      fingerprint: requests.fingerprint,
    })
    .from(requests)
    .where(
      or(
        ...repeated.map(({ tenantId, idempotencyKey }) =>
          and(eq(requests.tenantId, tenantId), eq(requests.idempotencyKey, idempotencyKey as string)),
        ),
      ),
    );
  for (const { id, tenantId, idempotencyKey, fingerprint, keyring } of repeated) {
    const match = found.find((one) => one.tenantId === tenantId && one.key === idempotencyKey);
    const isSame = match !== undefined && Buffer.compare(match.fingerprint, fingerprint) === 0;
    outcomes.set(
      id,
      isSame
        ? { id: match.id, isRepeated: true, keyring, unknown: null }
        : new ExpungeError("E_CONFLICT", "This idempotency key was used for another request."),
    );
  }
  return outcomes;
}

/** Rows of one insert: one text holds them all. */
const AT_ONCE = 10_000;

/** Whom requests name: owners as HMACs, ids as salted digests, and places of those that were skipped. */
async function nameSubjects({ executor }: Transaction, drafts: readonly Draft[]): Promise<void> {
  const values = drafts.flatMap(({ id, request: { datasetId, subjects = [] }, keyring, named }) => [
    ...named.owners.map(({ place, owner }) => ({
      requestId: id,
      place,
      datasetId,
      owner: Buffer.from(owner, "hex"),
      digest: Buffer.from(keyring.digestOf(subjects[place]!, owner, id), "hex"),
    })),
    ...named.unknown.map((place) => ({ requestId: id, place, datasetId, owner: null, digest: null })),
  ]);
  for (let start = 0; start < values.length; start += AT_ONCE)
    await insertJson(executor, namedSubjects, values.slice(start, start + AT_ONCE));
}

/** Rows that are not erased yet. Another request may name them too: should it be taken back or fail, they are still this one's. */
async function claim({ queries, executor }: Transaction, drafts: readonly Draft[]): Promise<void> {
  const values = drafts.flatMap(({ id, request: { datasetId }, named }) =>
    named.rows.map((row) => ({ datasetId, row, requestId: id })),
  );
  if (values.length === 0) return;
  // In one order for everybody, as pages and owners are.
  values.sort((a, b) => (a.datasetId === b.datasetId ? a.row - b.row : a.datasetId < b.datasetId ? -1 : 1));
  const counts = new Map<string, number>(drafts.map(({ id }) => [id, 0]));
  for (let start = 0; start < values.length; start += AT_ONCE) {
    const lot = values.slice(start, start + AT_ONCE);
    const claimed = await insertJson(executor, claimedRows, lot, `${WHERE_NOT_ERASED} returning request_id`);
    for (const row of claimed) {
      const id = (row as { request_id: string }).request_id;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  for (const { id, named } of drafts) {
    const rowCount = counts.get(id) as number;
    if (rowCount !== named.rows.length)
      await queries.update(requests).set({ rowCount }).where(eq(requests.id, id));
  }
}

const WHERE_NOT_ERASED = `where not exists (select 1 from claimed_rows held join requests earlier on earlier.id = held.request_id
  where held.dataset_id = json_populate_recordset.dataset_id and held."row" = json_populate_recordset."row" and earlier.state = 'completed')`;

async function stageEntries(
  { executor }: Transaction,
  drafts: readonly Draft[],
  receivedAt: Date,
): Promise<void> {
  if (drafts.length === 0) return;
  const time = entryTime(receivedAt);
  const values = drafts.map(({ id, keyring, request }) => {
    // Under a salt that only whoever asked is given: the entry says nothing to anybody else, even one who guesses.
    const commitment = commitToRequest(request, keyring.ledgerSaltOf(id));
    const entry = { version: 1, kind: "request", time, requestId: id, modelId: newId(), commitment } as const;
    return { entry: encodeEntry(entry) };
  });
  await insertJson(executor, ledgerStaged, values);
}

async function giveTasks(
  transaction: Transaction,
  queue: Queue,
  drafts: readonly Draft[],
  receivedAt: Date,
): Promise<void> {
  const { queries, executor } = transaction;
  const ids = [...new Set(drafts.map(({ request }) => request.datasetId))];
  if (ids.length === 0) return;
  const affected = await queries
    .select({ id: models.id, datasetId: models.datasetId })
    .from(models)
    .where(and(inArray(models.datasetId, ids), inArray(models.state, ["training", "ready"])))
    .orderBy(models.id)
    // Shared: nobody deletes one meanwhile, or gives it up, who would not see its new tasks.
    .for("share");
  // Who names nobody that is known asks nothing of any model.
  const asking = drafts.filter(({ named }) => named.rows.length > 0 || named.owners.length > 0);
  const values = asking.flatMap(({ id, request }) =>
    affected
      .filter(({ datasetId }) => datasetId === request.datasetId)
      .map((model) => ({ requestId: id, modelId: model.id, state: "waiting" as const, receivedAt })),
  );
  await insertJson(executor, tasks, values);
  await queue.add(
    "unlearn",
    affected.map(({ id }) => id),
    executor,
  );
  const served = new Set(values.map(({ requestId }) => requestId));
  await finishRequests(
    transaction,
    drafts.map(({ id }) => id).filter((id) => !served.has(id)),
  );
}
