import type { ExpungeError } from "expunge";
import { beyondQuota, holdQuotas, roomLeft, tryHoldQuotas } from "../accounts/quotas.js";
import type { Transaction } from "../database/open-database.js";
import type { Quotas } from "../database/tables.js";
import { DatasetHeld, type Draft, type OnHeld } from "./draft-requests.js";

/** When to ask again: a request is done within seconds of its turn. */
const RETRY_SECONDS = { openRequests: 30, requestsPerMinute: 60 } as const;

/**
 * Takes back, within the transaction that has inserted them, those requests for which their tenants have no room, the last first; of a tenant whose quotas
 * somebody holds, who adds many rows say, all, where they are not waited for.
 *
 * @returns why, by the request's id
 */
export async function refuseBeyondQuotas(
  transaction: Transaction,
  inserted: readonly Draft[],
  onHeld: OnHeld,
): Promise<ReadonlyMap<string, ExpungeError>> {
  const refused = new Map<string, ExpungeError>();
  const tenants = new Set(inserted.filter(({ hasQuotas }) => hasQuotas).map(({ tenantId }) => tenantId));
  // In one order for everybody, for each holds its quotas.
  for (const tenantId of [...tenants].sort()) {
    const own = inserted.filter((draft) => draft.tenantId === tenantId);
    const hold = onHeld === "wait" ? holdQuotas : tryHoldQuotas;
    const quotas = await hold(transaction, tenantId);
    if (quotas === null) {
      for (const { id } of own) refused.set(id, new DatasetHeld());
      continue;
    }
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
