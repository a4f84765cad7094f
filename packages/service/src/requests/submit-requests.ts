import { createHash } from "node:crypto";
import { and, asc, eq, isNull } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { databaseTime } from "../database/clock.js";
import { newId } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { receiverOf } from "../database/receiver.js";
import { callbacks, namedSubjects, requests } from "../database/tables.js";
import { type Erasure, NotPrepared } from "../rows/erasure.js";
import {
  type Asked,
  type Draft,
  draftRequests,
  isDraft,
  type OnHeld,
  type Remembered,
  SetAside,
} from "./draft-requests.js";
import { finishing } from "./finish-request.js";
import type { AcceptedRequest, RequestView } from "./request-views.js";
import { requestViews } from "./request-views.js";
import { type Stored, storeRequests } from "./store-requests.js";

/**
 * Takes requests in, in one transaction: their rows are claimed, every model that has them gets a task and a job, and the ledger an
 * entry. A repeated idempotency key is the same request. One request that cannot be taken does not keep the others out.
 *
 * @param onHeld what becomes of a request for a data set that somebody holds, who adds rows say
 * @param mostRows that requests name together; those that would be more, and those for which any page is to be written, are answered with SetAside, and no object
 *        is read or written. Without end by default, and pages are written
 * @returns in the order asked: what was accepted, or why not
 * @throws where the transaction fails: then nothing was accepted
 */
export async function submitAll(
  database: Database,
  queue: Queue,
  asked: readonly Asked[],
  onHeld: OnHeld = "wait",
  mostRows: number = Number.POSITIVE_INFINITY,
): Promise<(AcceptedRequest | ExpungeError)[]> {
  const erasing = new Set<string>();
  const mayPrepare = mostRows === Number.POSITIVE_INFINITY;
  const submit = async (transaction: Transaction, erasure: Erasure) => {
    const found = await draftRequests(transaction.executor, asked, onHeld, mostRows);
    const drafts = settingAside(found, mostRows, (draft) => isErasing(draft, mayPrepare, erasing));
    const outcomes = await storeRequests(transaction, queue, drafts, erasure, onHeld);
    await noteCallbacks(transaction, asked, outcomes);
    return answersOf(transaction, outcomes);
  };
  for (;;)
    try {
      return await finishing(database, submit, { mayPrepare });
    } catch (error) {
      if (!(error instanceof NotPrepared)) throw error;
      erasing.add(error.dataset.id);
    }
}

/** Whether pages are to be written for a request, and may not be. Where no model has the data set's rows they are erased at once; what came of that otherwise is in `erasing`. */
function isErasing(
  { hasModels, named, request: { datasetId } }: Draft,
  mayPrepare: boolean,
  erasing: ReadonlySet<string>,
): boolean {
  return !mayPrepare && (erasing.has(datasetId) || (!hasModels && named.rowCount > 0));
}

/** How many rows a person has is known once they are looked up. The first that is no more by itself always stays. */
function settingAside(
  found: readonly (Draft | Remembered | ExpungeError)[],
  mostRows: number,
  isErasing: (draft: Draft) => boolean,
): (Draft | Remembered | ExpungeError)[] {
  let rowCount = 0;
  return found.map((draft) => {
    if (!isDraft(draft)) return draft;
    const own = draft.named.rowCount;
    const isApart = isErasing(draft);
    if (isApart || rowCount + own > mostRows) return new SetAside(own, isApart);
    rowCount += own;
    return draft;
  });
}

/** What whoever asked is told of requests that are stored, or why not. */
export async function answersOf(
  { queries }: Pick<Transaction, "queries">,
  outcomes: readonly (Stored | ExpungeError)[],
): Promise<(AcceptedRequest | ExpungeError)[]> {
  const unread = outcomes.flatMap((outcome) =>
    outcome instanceof ExpungeError || outcome.view ? [] : [outcome.id],
  );
  const views = await readViews(queries, unread);
  const answers: (AcceptedRequest | ExpungeError)[] = [];
  for (const outcome of outcomes)
    answers.push(outcome instanceof ExpungeError ? outcome : await answerOf(queries, outcome, views));
  return answers;
}

async function readViews(
  queries: Queries,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RequestView>> {
  if (ids.length === 0) return new Map();
  const found = await queries
    .select()
    .from(requests)
    .where(isOneOf(requests.id, ids, "uuid"));
  return new Map((await requestViews(queries, found)).map((view) => [view.id, view]));
}

/** Of repeated requests too: whoever asks again wants to be told again. */
async function noteCallbacks(
  { queries, executor }: Transaction,
  asked: readonly Asked[],
  outcomes: readonly (Stored | ExpungeError)[],
): Promise<void> {
  if (asked.every(({ request }) => request.callback === undefined)) return;
  const tryAt = await databaseTime(queries);
  const values = asked.flatMap(({ tenantId, request: { callback } }, i) => {
    const outcome = outcomes[i]!;
    if (callback === undefined || outcome instanceof ExpungeError) return [];
    const { address, token } = callback;
    const receiver = receiverOf(tenantId, callback.receiver);
    const tokenDigest = createHash("sha256").update(token).digest();
    const whom = { requestId: outcome.id, address, token, tokenDigest, receiver };
    return [{ id: newId(), tenantId, ...whom, told: "accepted", tryAt }];
  });
  // In one order for everybody, as requests are.
  const keyOf = ({ requestId, tokenDigest }: (typeof values)[number]): string =>
    `${requestId} ${tokenDigest.toString("hex")}`;
  values.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await insertJson(executor, callbacks, values, "on conflict (request_id, token_digest) do nothing");
}

async function answerOf(
  queries: Queries,
  { id, isRepeated, keyring, unknown, view }: Stored,
  views: ReadonlyMap<string, RequestView>,
): Promise<AcceptedRequest> {
  return {
    request: view ?? views.get(id)!,
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
