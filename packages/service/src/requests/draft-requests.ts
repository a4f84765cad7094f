import { and, eq, inArray, ne } from "drizzle-orm";
import { type DataDescription, ExpungeError } from "expunge";
import { isId, newId, notFound } from "../database/ids.js";
import type { Queries } from "../database/open-database.js";
import { datasets, requests } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import type { DeletionRequest } from "./deletion-request.js";
import { fingerprintOf } from "./deletion-request.js";
import { type KeyDigest, keyDigests } from "./idempotency.js";
import { type Named, rowsNamed } from "./rows-named.js";

export interface Asked {
  readonly tenantId: string;
  readonly request: DeletionRequest;
}

/** A request that is about to be stored. */
export interface Draft extends Asked {
  readonly id: string;
  readonly keyring: Keyring;
  readonly fingerprint: Uint8Array;
  /** As it is stored: its HMAC. */
  readonly idempotencyKey: string | null;
  readonly named: Named;
}

/** A request that was taken in before its data set was deleted, and is sent again. */
export interface Remembered {
  readonly id: string;
  readonly isRepeated: true;
  /** It went with the data set. */
  readonly keyring: null;
}

export const isDraft = (item: Draft | Remembered | ExpungeError): item is Draft => "fingerprint" in item;

/** Looks everything up that requests name. */
export async function draftRequests(
  queries: Queries,
  asked: readonly Asked[],
): Promise<(Draft | Remembered | ExpungeError)[]> {
  // One for all: where nothing is found, which is rare, all say the same.
  const drafts = new Array<Draft | Remembered | ExpungeError>(asked.length).fill(notFound("data set"));
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
    const description = dataset.description as DataDescription | null;
    const keyring = keyringOf(dataset.secret, description?.subjectForm);
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
  const isThere = new Set(found.map(({ id }) => id));
  for (const [i, { tenantId, request }] of asked.entries()) {
    if (request.idempotencyKey === undefined || isThere.has(request.datasetId)) continue;
    const key = digests.get(tenantId)?.(request.idempotencyKey);
    const id = key && (await rememberedId(queries, tenantId, request.datasetId, key));
    if (id) drafts[i] = { id, isRepeated: true, keyring: null };
  }
  return drafts;
}

/** What was asked of a data set that is gone cannot be compared any more: its key was. */
async function rememberedId(
  queries: Queries,
  tenantId: string,
  datasetId: string,
  key: string,
): Promise<string | undefined> {
  if (!isId(datasetId)) return undefined;
  const own = and(eq(requests.tenantId, tenantId), eq(requests.idempotencyKey, key));
  const [found] = await queries
    .select({ id: requests.id })
    .from(requests)
    .where(and(own, eq(requests.datasetId, datasetId)));
  return found?.id;
}
