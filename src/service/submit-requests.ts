import { and, eq, inArray, or } from "drizzle-orm";
import { insertJson } from "../database/insert-json.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { claimedRows, ledgerStaged, models, requests, tasks } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import { commitToRequest, encodeEntry, entryTime } from "../ledger/index.js";
import { type Asked, type Draft, draftRequests, isDraft, type Remembered } from "./draft-requests.js";
import { finishRequests } from "./finish-request.js";
import { newId } from "./ids.js";
import type { Keyring } from "./keyring.js";
import type { Queue } from "./queue.js";
import type { AcceptedRequest } from "./service.js";
import { requestViews } from "./views.js";

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Why a request was not taken, or its id: an earlier one's where it is repeated. */
type Outcome =
  | ExpungeError
  | Remembered
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
    const drafts = await draftRequests(queries, asked);
    const outcomes = await store(transaction, queue, drafts);
    const ids = outcomes.flatMap((outcome) => (outcome instanceof ExpungeError ? [] : [outcome.id]));
    const stored =
      ids.length === 0 ? [] : await queries.select().from(requests).where(inArray(requests.id, ids));
    const views = new Map((await requestViews(queries, stored)).map((view) => [view.id, view]));
    return outcomes.map((outcome, i) => {
      if (outcome instanceof ExpungeError) return outcome;
      const { id, isRepeated, keyring } = outcome;
      const salt = asked[i]?.request.subjects && keyring ? keyring.saltOf(id) : null;
      const request = views.get(id) as AcceptedRequest["request"];
      return { request, isRepeated, salt, ledgerSalt: keyring && ledgerSaltOf(keyring, id) };
    });
  });
}

async function store(
  transaction: Transaction,
  queue: Queue,
  drafts: readonly (Draft | Remembered | ExpungeError)[],
): Promise<Outcome[]> {
  const { queries } = transaction;
  const good = drafts.filter(isDraft);
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
    if (!isDraft(item)) return item;
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

/** Rows that are not erased yet. Another request may name them too: should it be taken back or fail, they are still this one's. */
async function claim({ queries, executor }: Transaction, drafts: readonly Draft[]): Promise<void> {
  const values = drafts.flatMap(({ id, request: { datasetId }, named }) =>
    named.rows.map((row) => ({ datasetId, row, requestId: id })),
  );
  if (values.length === 0) return;
  // In one order for everybody, as pages and owners are.
  values.sort((a, b) => (a.datasetId === b.datasetId ? a.row - b.row : a.datasetId < b.datasetId ? -1 : 1));
  const counts = new Map<string, number>(drafts.map(({ id }) => [id, 0]));
  for (let start = 0; start < values.length; start += 10_000) {
    const lot = values.slice(start, start + 10_000);
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
    .where(and(inArray(models.datasetId, ids), inArray(models.state, ["training", "ready"])))
    .orderBy(models.id)
    // Shared: nobody deletes one meanwhile, or gives it up, who would not see its new tasks.
    .for("share");
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
