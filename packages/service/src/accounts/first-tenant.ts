import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../database/open-database.js";
import { throughLosses } from "../database/reach.js";
import { createApiKey, createTenant, hasTenants } from "./api-keys.js";

/** Any number of its own: of several servers that start at once on an empty database one makes the tenant. */
const FIRST_LOCK = 4_710_306;

const WAIT_MS = 30_000;

/** Makes the tenant "default" where there is none, with its key or not at all. @returns its admin key, or null where there are tenants */
export function makeFirstTenant(database: Database): Promise<string | null> {
  const make = async (transaction: Transaction): Promise<string | null> => {
    await transaction.queries.execute(sql`select pg_advisory_xact_lock(${FIRST_LOCK})`);
    if (await hasTenants(transaction)) return null;
    const tenantId = await createTenant(transaction, "default");
    const { key } = await createApiKey(transaction, { tenantId, role: "admin", label: "first" });
    return key;
  };
  return throughLosses(() => database.transaction(make), { waitMs: WAIT_MS });
}
