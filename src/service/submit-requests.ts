import { and, eq, inArray, ne, or } from "drizzle-orm";
import { insertJson } from "../database/insert-json.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { claimedRows, datasets, ledgerStaged, models, requests, tasks } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import { commitToRequest, encodeEntry, entryTime } from "../ledger/index.js";
import type { DataDescription } from "../unlearner/model-state.js";
import { finishRequests } from "./finish-request.js";
import { type KeyDigest, keyDigests } from "./idempotency.js";
import { isId, newId, notFound } from "./ids.js";
import { type Keyring, keyringOf } from "./keyring.js";
import type { Queue } from "./queue.js";
import { fingerprintOf } from "./request-shape.js";
import { type Named, rowsNamed } from "./rows-named.js";
import type { AcceptedRequest, DeletionRequest } from "./service.js";
import { requestViews } from "./views.js";

const MONTH_MS = 30 * 24 * 3600 * 1000;

export interface Asked {
  readonly tenantId: string;
  readonly request: DeletionRequest;
}

/** A request that is about to be stored. */
interface Draft extends Asked {
  readonly id: string;
  readonly keyring: Keyring;
  readonly fingerprint: Uint8Array;
  /** As it is stored: its HMAC. */
  readonly idempotencyKey: string | null;
  readonly named: Named;
}

/** Why a request was not taken, or its id: an earlier one's where it is repeated. */
type Outcome =
  | ExpungeError
  | { readonly id: string; readonly isRepeated: boolean; readonly keyring: Keyring };

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
    const drafts = await draft(queries, asked);
    const outcomes = await store(transaction, queue, drafts);
    const ids = outcomes.flatMap((outcome) => (outcome instanceof ExpungeError ? [] : [outcome.id]));
    const stored =
      ids.length === 0 ? [] : await queries.select().from(requests).where(inArray(requests.id, ids));
    const views = new Map((await requestViews(queries, stored)).map((view) => [view.id, view]));
    return outcomes.map((outcome, i) => {
      if (outcome instanceof ExpungeError) return outcome;
      const { id, isRepeated, keyring } = outcome;
      const salt = asked[i]?.request.subjects ? keyring.saltOf(id) : null;
      const request = views.get(id) as AcceptedRequest["request"];
      return { request, isRepeated, salt, ledgerSalt: ledgerSaltOf(keyring, id) };
    });
  });
}

/** Looks everything up that requests name. */
async function draft(queries: Queries, asked: readonly Asked[]): Promise<(Draft | ExpungeError)[]> {
  // One for all: where nothing is found, which is rare, all say the same.
  const drafts = new Array<Draft | ExpungeError>(asked.length).fill(notFound("data set"));
  const places = new Map<string, number[]>();
  for (const [i, { request }] of asked.entries()) {
    const id = isId(request.datasetId) ? request.datasetId : null;
    if (id !== null) places.set(id, [...(places.get(id) ?? []), i]);
  }
  if (places.size === 0) return drafts;
  // Shared: requests do not wait for each other here, only for the beginning of a training.
  const found = await queries
    .select()
    .from(datasets)
    .where(and(inArray(datasets.id, [...places.keys()].sort()), ne(datasets.state, "deleted")))
    .orderBy(datasets.id)
    .for("share");
  const digests = await keyDigests(
    queries,
    asked.filter(({ request }) => request.idempotencyKey !== undefined).map(({ tenantId }) => tenantId),
  );
  for (const dataset of found) {
    const own = (places.get(dataset.id) ?? []).filter((i) => asked[i]?.tenantId === dataset.tenantId);
    const keyring = keyringOf(dataset.secret);
    const description = dataset.description as DataDescription | null;
    if (dataset.state !== "ready" || description === null) {
      for (const i of own)
        drafts[i] = new ExpungeError("E_CONFLICT", `The data set is ${dataset.state}, not ready.`);
      continue;
    }
    const searched = { id: dataset.id, rowCount: description.rowCount, keyring };
    const named = await rowsNamed(
      queries,
      searched,
      own.map((i) => (asked[i] as Asked).request),
    );
    for (const [k, i] of own.entries()) {
      const { tenantId, request } = asked[i] as Asked;
      const key = request.idempotencyKey;
      const found = named[k] as Named | ExpungeError;
      drafts[i] =
        found instanceof ExpungeError
          ? found
          : {
              tenantId,
              request,
              id: newId(),
              keyring,
              fingerprint: fingerprintOf(request, keyring),
              idempotencyKey: key === undefined ? null : (digests.get(tenantId) as KeyDigest)(key),
              named: found,
            };
    }
  }
  return drafts;
}

async function store(
  transaction: Transaction,
  queue: Queue,
  drafts: readonly (Draft | ExpungeError)[],
): Promise<Outcome[]> {
  const { queries } = transaction;
  const good = drafts.filter((item): item is Draft => !(item instanceof ExpungeError));
  const isNew = await insertRequests(transaction, good);
  const fresh = good.filter(({ id }) => isNew.has(id));
  const earlier = await findEarlier(
    queries,
    good.filter(({ id }) => !isNew.has(id)),
  );
  await claim(transaction, fresh);
  await stageEntries(transaction, fresh);
  await giveTasks(transaction, queue, fresh);
  return drafts.map((item) => {
    if (item instanceof ExpungeError) return item;
    if (isNew.has(item.id)) return { id: item.id, isRepeated: false, keyring: item.keyring };
    return earlier.get(item.id) as Outcome;
  });
}

/** @returns ids of those whose idempotency key nobody had used */
async function insertRequests(
  { executor }: Transaction,
  drafts: readonly Draft[],
): Promise<ReadonlySet<string>> {
  if (drafts.length === 0) return new Set();
  const now = new Date();
  const values = drafts.map(({ id, tenantId, request, keyring, fingerprint, named, idempotencyKey }) => ({
    id,
    tenantId,
    datasetId: request.datasetId,
    state: "accepted" as const,
    idempotencyKey,
    fingerprint,
    owners: named.owners,
    subjectDigests: (request.subjects ?? []).map((subject) => keyring.digestOf(subject, id)),
    rowCount: named.rows.length,
    chosen: request.chosen ?? ("adaptively" as const),
    receivedAt: now,
    dueAt: request.dueAt ?? new Date(now.getTime() + MONTH_MS),
    envelope: request.envelope ?? null,
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
        ? { id: match.id, isRepeated: true, keyring }
        : new ExpungeError("E_CONFLICT", "This idempotency key was used for another request."),
    );
  }
  return outcomes;
}

/** Rows that another request has claimed are that one's to remove. */
async function claim({ queries, executor }: Transaction, drafts: readonly Draft[]): Promise<void> {
  const values = drafts.flatMap(({ id, request: { datasetId }, named }) =>
    named.rows.map((row) => ({ datasetId, row, requestId: id })),
  );
  if (values.length === 0) return;
  // In one order for everybody, so that no two transactions wait for each other.
  values.sort((a, b) => (a.datasetId === b.datasetId ? a.row - b.row : a.datasetId < b.datasetId ? -1 : 1));
  const counts = new Map<string, number>(drafts.map(({ id }) => [id, 0]));
  for (let start = 0; start < values.length; start += 10_000) {
    const lot = values.slice(start, start + 10_000);
    const claimed = await insertJson(
      executor,
      claimedRows,
      lot,
      "on conflict do nothing returning request_id",
    );
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

const ledgerSaltOf = (keyring: Keyring, id: string): string => keyring.saltOf(`ledger/${id}`);

async function stageEntries({ executor }: Transaction, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return;
  const time = entryTime(new Date());
  const values = drafts.map(({ id, keyring, request }) => {
    // Under a salt that only whoever asked is given: the entry says nothing to anybody else, even one who guesses.
    const commitment = commitToRequest(request, ledgerSaltOf(keyring, id));
    const entry = { version: 1, kind: "request", time, requestId: id, modelId: newId(), commitment } as const;
    return { entry: encodeEntry(entry) };
  });
  await insertJson(executor, ledgerStaged, values);
}

async function giveTasks(
  { queries, executor }: Transaction,
  queue: Queue,
  drafts: readonly Draft[],
): Promise<void> {
  const ids = [...new Set(drafts.map(({ request }) => request.datasetId))];
  if (ids.length === 0) return;
  const affected = await queries
    .select({ id: models.id, datasetId: models.datasetId })
    .from(models)
    .where(and(inArray(models.datasetId, ids), inArray(models.state, ["training", "ready"])));
  const values = drafts.flatMap(({ id, request }) =>
    affected
      .filter(({ datasetId }) => datasetId === request.datasetId)
      .map((model) => ({ requestId: id, modelId: model.id, state: "waiting" as const })),
  );
  await insertJson(executor, tasks, values);
  await queue.add(
    "unlearn",
    affected.map(({ id }) => id),
    executor,
  );
  const served = new Set(values.map(({ requestId }) => requestId));
  await finishRequests(
    queries,
    drafts.map(({ id }) => id).filter((id) => !served.has(id)),
  );
}
