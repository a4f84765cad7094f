import type { ExpungeError } from "expunge";
import { beyondQuota, holdQuotas, roomLeft, tryHoldQuotas } from "../accounts/quotas.js";
import type { Transaction } from "../database/open-database.js";
import type { Quotas } from "../database/tables.js";
import type { Draft, OnHeld } from "./draft-requests.js";

/** When to ask again: a request is done within seconds of its turn. */
const RETRY_SECONDS = { openRequests: 30, requestsPerMinute: 60 } as const;

/** By tenant; null of one whose quotas somebody else holds, who adds many rows say. Of tenants without quotas there are none. */
export type HeldQuotas = ReadonlyMap<string, Quotas | null>;

/** Holds, until the transaction ends, the quotas of those who ask; where they are not waited for only what nobody else holds. */
export async function holdQuotasOf(
  transaction: Transaction,
  drafts: readonly Draft[],
  onHeld: OnHeld,
): Promise<HeldQuotas> {
  const tenants = new Set(drafts.filter(({ hasQuotas }) => hasQuotas).map(({ tenantId }) => tenantId));
  const hold = onHeld === "wait" ? holdQuotas : tryHoldQuotas;
  const held = new Map<string, Quotas | null>();
  // In one order for everybody.
  for (const tenantId of [...tenants].sort()) held.set(tenantId, await hold(transaction, tenantId));
  return held;
}

/**
 * Takes back, within the transaction that has inserted them, those requests for which their tenants have no room, the last first: which of them are
 * repeated, and ask for none, is known once they are inserted.
 *
 * @returns why, by the request's id
 */
export async function refuseBeyondQuotas(
  transaction: Transaction,
  inserted: readonly Draft[],
  held: HeldQuotas,
): Promise<ReadonlyMap<string, ExpungeError>> {
  const refused = new Map<string, ExpungeError>();
  for (const [tenantId, quotas] of held) {
    const own = inserted.filter((draft) => draft.tenantId === tenantId);
    if (quotas === null || own.length === 0) continue;
    for (const quota of ["openRequests", "requestsPerMinute"] as const)
      for (const [id, error] of await beyond(transaction, tenantId, quotas, quota, own))
        refused.set(id, error);
  }
  if (refused.size > 0)
    await transaction.executor.executeSql(
      "delete from requests where id = any(array(select value::uuid from json_array_elements_text($1::json)))",
      [JSON.stringify([...refused.keys()])],
    );
  return refused;
}

async function beyond(
  transaction: Transaction,
  tenantId: string,
  quotas: Quotas,
  quota: "openRequests" | "requestsPerMinute",
  own: readonly Draft[],
): Promise<[string, ExpungeError][]> {
  // They are there already, and counted.
  const left = await roomLeft(transaction, tenantId, quotas, quota);
  if (left === null || left >= 0) return [];
  const before = left + own.length;
  const error = beyondQuota(quota, quotas[quota] ?? 0, before, own.length, RETRY_SECONDS[quota]);
  return own.slice(Math.max(0, before)).map(({ id }) => [id, error]);
}
