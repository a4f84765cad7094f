import { createHash, randomBytes } from "node:crypto";
import { and, desc, eq, isNull } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { NOW } from "../database/clock.js";
import { isId, newId, notFound } from "../database/ids.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Transaction } from "../database/open-database.js";
import { apiKeys, type Role, tenants } from "../database/tables.js";

/** Who calls. */
export interface Caller {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: Role;
}

export interface StoredKey {
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const FORM = /^expunge_(?:submit|train|audit|admin)_[A-Za-z0-9_-]{43}$/;
const COLUMNS = {
  id: apiKeys.id,
  role: apiKeys.role,
  label: apiKeys.label,
  createdAt: apiKeys.createdAt,
  revokedAt: apiKeys.revokedAt,
};

/** @throws ExpungeError E_OPTION for a blank name, E_CONFLICT where another tenant has the name */
export async function createTenant({ queries }: Pick<Transaction, "queries">, name: string): Promise<string> {
  if (name.trim() === "")
    throw new ExpungeError("E_OPTION", "Expected a name for the tenant, found a blank one.");
  const id = newId();
  const made = await queries
    .insert(tenants)
    .values({ id, name })
    .onConflictDoNothing()
    .returning({ id: tenants.id });
  if (made.length === 1) return id;
  throw new ExpungeError("E_CONFLICT", `There is a tenant ${JSON.stringify(name)} already.`);
}

export async function hasTenants({ queries }: Pick<Transaction, "queries">): Promise<boolean> {
  const found = await queries.select({ id: tenants.id }).from(tenants).limit(1);
  return found.length > 0;
}

export async function findTenant({ queries }: Database, name: string): Promise<string | null> {
  const [found] = await queries.select({ id: tenants.id }).from(tenants).where(eq(tenants.name, name));
  return found?.id ?? null;
}

/** What a key is made for. */
export interface NewKey {
  readonly tenantId: string;
  readonly role: Role;
  readonly label: string;
  /** As `drawKey` made it; default another one. */
  readonly key?: string;
}

/** Text of a key that nobody has. */
export function drawKey(role: Role): string {
  return `expunge_${role}_${randomBytes(32).toString("base64url")}`;
}

/** Makes a key; it can be read here and nowhere else, since only its hash is kept. */
export async function createApiKey(
  { queries }: Pick<Transaction, "queries">,
  { tenantId, role, label, key = drawKey(role) }: NewKey,
): Promise<StoredKey & { readonly key: string }> {
  const values = { id: newId(), tenantId, role, label, hash: hashKey(key) };
  const [stored] = await queries.insert(apiKeys).values(values).returning(COLUMNS);
  return { ...(stored as StoredKey), key };
}

export function listApiKeys({ queries }: Database, tenantId: string): Promise<StoredKey[]> {
  return queries
    .select(COLUMNS)
    .from(apiKeys)
    .where(eq(apiKeys.tenantId, tenantId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

/** From now on the key is refused. A second time changes nothing. @throws ExpungeError E_NOT_FOUND */
export async function revokeApiKey({ queries }: Database, tenantId: string, id: string): Promise<void> {
  if (!isId(id)) throw notFound("key");
  const own = and(eq(apiKeys.id, id), eq(apiKeys.tenantId, tenantId));
  await queries
    .update(apiKeys)
    .set({ revokedAt: NOW })
    .where(and(own, isNull(apiKeys.revokedAt)));
  const [found] = await queries.select({ id: apiKeys.id }).from(apiKeys).where(own);
  if (!found) throw notFound("key");
}

/**
 * Whose key it is; null where nobody's, or revoked. Looked up by its hash in a unique index: how long that takes says something of hashes
 * only, and nothing of keys.
 */
export async function findCaller(
  { queries }: Pick<Transaction, "queries">,
  key: string,
): Promise<Caller | null> {
  if (!FORM.test(key)) return null;
  const [found] = await queries
    .select({ keyId: apiKeys.id, tenantId: apiKeys.tenantId, role: apiKeys.role })
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hashKey(key)), isNull(apiKeys.revokedAt)));
  return found ?? null;
}

/** Those of some keys that are not revoked. */
export async function keysInForce({ queries }: Database, ids: readonly string[]): Promise<string[]> {
  const found = await queries
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(isOneOf(apiKeys.id, ids, "uuid"), isNull(apiKeys.revokedAt)));
  return found.map(({ id }) => id);
}

/** 32 random bytes cannot be guessed, so no slow hash is needed. */
function hashKey(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
