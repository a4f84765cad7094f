import { lock } from "../database/advisory-locks.js";
import type { Database, Transaction } from "../database/open-database.js";
import { throughLosses } from "../database/reach.js";
import { createApiKey, createTenant, drawKey, findCaller, hasTenants } from "./api-keys.js";

const WAIT_MS = 30_000;

/**
 * Makes the tenant "default" where there is none, with its key or not at all. A connection that breaks just when that is committed does not lose the
 * key: it was drawn before.
 *
 * @returns its admin key, or null where there were tenants
 */
export function makeFirstTenant(database: Database): Promise<string | null> {
  const key = drawKey("admin");
  const make = async (transaction: Transaction): Promise<string | null> => {
    // Of several servers that start at once on an empty database one makes the tenant.
    await lock(transaction.queries, "makeFirstTenant");
    if (await hasTenants(transaction)) return (await findCaller(transaction, key)) && key;
    const tenantId = await createTenant(transaction, "default");
    await createApiKey(transaction, { tenantId, role: "admin", label: "first", key });
    return key;
  };
  return throughLosses(() => database.transaction(make), { waitMs: WAIT_MS });
}
