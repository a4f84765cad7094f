import { createHmac } from "node:crypto";
import { inArray } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { tenants } from "../database/tables.js";

/** What is stored of an idempotency key: people put other people into them. */
export type KeyDigest = (idempotencyKey: string) => string;

/** HMAC-SHA256 under the secret of each tenant, hex; of ids that are none, nothing. */
export async function keyDigests(
  queries: Queries,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, KeyDigest>> {
  if (tenantIds.length === 0) return new Map();
  const found = await queries
    .select({ id: tenants.id, secret: tenants.secret })
    .from(tenants)
    .where(inArray(tenants.id, [...new Set(tenantIds)]));
  return new Map(
    found.map(({ id, secret }) => [id, (key) => createHmac("sha256", secret).update(key).digest("hex")]),
  );
}
