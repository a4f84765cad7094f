import { createHmac } from "node:crypto";
import type { SqlExecutor } from "../database/open-database.js";

/** What is stored of an idempotency key: people put other people into them. */
export type KeyDigest = (idempotencyKey: string) => string;

/** HMAC-SHA256 under the secret of each tenant, hex; of ids that are none, nothing. */
export async function keyDigests(
  { executeSql }: SqlExecutor,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, KeyDigest>> {
  if (tenantIds.length === 0) return new Map();
  const ids = JSON.stringify([...new Set(tenantIds)]);
  const { rows } = await executeSql<{ id: string; secret: Uint8Array }>(SECRETS, [ids], "secrets of tenants");
  return new Map(
    rows.map(({ id, secret }) => [id, (key) => createHmac("sha256", secret).update(key).digest("hex")]),
  );
}

const SECRETS =
  "select id, secret from tenants where id = any(array(select value::uuid from json_array_elements_text($1::json)))";
