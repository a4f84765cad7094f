import { and, asc, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { createSigner, ExpungeError, type Signer } from "expunge";
import { createNoteSigner, createNoteVerifier, type NoteSigner, type NoteVerifier } from "expunge/ledger";
import { randomBytes, sha256Hex } from "expunge/process";
import { lock, lockShared } from "../database/advisory-locks.js";
import { NOW } from "../database/clock.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import { signingKeys } from "../database/tables.js";
import { requireOrigin } from "./log-origin.js";
import { openSecret, readDatabaseKey, sealSecret } from "./signing-key-seal.js";

/*
 * Two sorts of keys in one table: those of certificates, and the log's own, whose ids begin with "log:" and the origin. A key signs
 * from when it is made until it is retired; then its secret is gone, and only the public key stays.
 */

/** How secrets are kept in the database. */
export interface KeyOptions {
  /** Base64 of 32 bytes (EXPUNGE_DATABASE_KEY), by which secrets are sealed at rest; without it they are stored as they are. */
  readonly databaseKey?: string | undefined;
}

/** How keys are rotated. */
export interface RotateOptions extends KeyOptions {
  /** Whether to go on where the old key cannot be opened any more: the database key is lost, and servers and workers have a new one. */
  readonly isOldLost?: boolean;
}

/** A key to sign with. */
export interface HeldKey<T> {
  readonly signer: T;
  /** Whether its secret is sealed where it is stored; if not, whoever reads the database can sign. */
  readonly isSealed: boolean;
}

/** Public keys as RFC 7517 and RFC 8037 have them; Node, browsers and JOSE libraries read it. */
export interface JsonWebKeySet {
  readonly keys: readonly PublicJwk[];
}

/** One public key of the set. */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly use: "sig";
  /** Hex sha256 of the 32 bytes of the key: the `keyid` of the signatures of certificates. */
  readonly kid: string;
  /** The 32 bytes in base64url. */
  readonly x: string;
  /** When it was made, in seconds of Unix time (named as in a JWT). */
  readonly iat: number;
  /** When it was retired; missing while it signs. */
  readonly exp?: number;
}

type KeyRow = typeof signingKeys.$inferSelect;

/** One sort of keys. */
interface KeyRing {
  readonly isIn: SQL;
  idOf(publicKey: Uint8Array): string;
}

const CERTIFICATE_KEYS: KeyRing = {
  isIn: sql`not starts_with(${signingKeys.id}, 'log:')`,
  idOf: sha256Hex,
};

/** A name of a key has no plus, so that no origin is the beginning of another. @throws ExpungeError E_KEY for such an origin */
function logKeys(origin: string): KeyRing {
  createNoteVerifier(origin, new Uint8Array(32));
  const prefix = `log:${origin}+`;
  return {
    isIn: sql`starts_with(${signingKeys.id}, ${prefix})`,
    idOf: (publicKey) => `${prefix}${createNoteVerifier(origin, publicKey).keyHash}`,
  };
}

/**
 * The key that certificates are signed with, made on first use. `rotateKey` waits for this transaction to end, so that what is signed
 * within it is never younger than its key's retirement. To be called before `appendToLedger`, not after.
 *
 * @throws ExpungeError E_KEY for a database key that is missing, malformed or another, and for a key that was tampered with
 */
export function currentSigner(transaction: Transaction, options: KeyOptions = {}): Promise<HeldKey<Signer>> {
  return currentKey(transaction.queries, CERTIFICATE_KEYS, options);
}

/** The key that the ledger's checkpoints are signed with, made on first use. @throws ExpungeError E_KEY; E_NOT_FOUND before the ledger has its origin */
export async function currentLogSigner(
  transaction: Transaction,
  options: KeyOptions = {},
): Promise<HeldKey<NoteSigner>> {
  const origin = await requireOrigin(transaction.queries);
  const { signer, isSealed } = await currentKey(transaction.queries, logKeys(origin), options);
  return { signer: createNoteSigner(origin, signer), isSealed };
}

/**
 * Makes a new key for certificates and retires all others: their secrets are overwritten, their public keys stay published, and what
 * they signed still verifies.
 *
 * @throws ExpungeError E_KEY, also where the old key cannot be opened
 */
export function rotateKey(database: Database, options: RotateOptions = {}): Promise<HeldKey<Signer>> {
  return rotate(database, CERTIFICATE_KEYS, options);
}

/**
 * The same for the log's key. Whoever checks checkpoints must be given the new verifier key by a way that they trust; `logVerifiers`
 * are the `earlierKeys` of `publishCheckpoint`.
 *
 * @throws ExpungeError E_KEY; E_NOT_FOUND before the ledger has its origin
 */
export async function rotateLogKey(
  database: Database,
  options: RotateOptions = {},
): Promise<HeldKey<NoteSigner>> {
  const origin = await requireOrigin(database.queries);
  const { signer, isSealed } = await rotate(database, logKeys(origin), options);
  return { signer: createNoteSigner(origin, signer), isSealed };
}

/** All keys that certificates were ever signed with, the oldest first, for `/.well-known/expunge-keys.json`. @throws ExpungeError E_KEY */
export async function publicKeySet(queries: Queries): Promise<JsonWebKeySet> {
  const rows = await keysOf(queries, CERTIFICATE_KEYS);
  return { keys: rows.map(toJwk) };
}

/** All keys that the log ever had, the newest first. @throws ExpungeError E_KEY; E_NOT_FOUND before the ledger has its origin */
export async function logVerifiers(queries: Queries): Promise<readonly NoteVerifier[]> {
  const origin = await requireOrigin(queries);
  const rows = await keysOf(queries, logKeys(origin));
  return rows.reverse().map(({ publicKey }) => createNoteVerifier(origin, publicKey));
}

function toJwk({ id, publicKey, createdAt, retiredAt }: KeyRow): PublicJwk {
  return {
    kty: "OKP",
    crv: "Ed25519",
    use: "sig",
    kid: id,
    x: Buffer.from(publicKey).toString("base64url"),
    iat: Math.floor(createdAt.getTime() / 1000),
    ...(retiredAt === null ? {} : { exp: Math.ceil(retiredAt.getTime() / 1000) }),
  };
}

async function keysOf(queries: Queries, ring: KeyRing): Promise<KeyRow[]> {
  const rows = await queries
    .select()
    .from(signingKeys)
    .where(ring.isIn)
    .orderBy(asc(signingKeys.createdAt), asc(signingKeys.id));
  for (const row of rows) assertId(row, ring);
  return rows;
}

/** A public key that was exchanged in its row does not fit its id any more. */
function assertId({ id, publicKey }: KeyRow, ring: KeyRing): void {
  if (ring.idOf(publicKey) !== id)
    throw new ExpungeError("E_KEY", `The signing key ${id} was changed: its id is another's.`);
}

async function currentKey(queries: Queries, ring: KeyRing, options: KeyOptions): Promise<HeldKey<Signer>> {
  const databaseKey = readDatabaseKey(options.databaseKey);
  // Signers share it; whoever retires keys has it alone.
  await lockShared(queries, "useSigningKeys");
  const row = await newestKey(queries, ring);
  if (row !== null) return openKey(queries, row, ring, databaseKey);
  await lock(queries, "makeSigningKey");
  const made = await newestKey(queries, ring);
  // Another worker was faster: its key is the key.
  return made ? openKey(queries, made, ring, databaseKey) : makeKey(queries, ring, databaseKey);
}

async function newestKey(queries: Queries, ring: KeyRing): Promise<KeyRow | null> {
  const [row] = await queries
    .select()
    .from(signingKeys)
    .where(and(ring.isIn, isNull(signingKeys.retiredAt)))
    .orderBy(desc(signingKeys.createdAt), asc(signingKeys.id))
    .limit(1);
  return row ?? null;
}

async function openKey(
  queries: Queries,
  row: KeyRow,
  ring: KeyRing,
  databaseKey: Uint8Array | null,
): Promise<HeldKey<Signer>> {
  assertId(row, ring);
  const { seed, isSealed } = openSecret(row.id, row.secret, databaseKey);
  const signer = createSigner(seed);
  if (ring.idOf(signer.publicKey) !== row.id)
    throw new ExpungeError("E_KEY", `The secret of signing key ${row.id} is another key's.`);
  // A key from before there was a database key. Old copies of the row may outlive this: only a new key is safe from them.
  if (!isSealed && databaseKey !== null)
    await queries
      .update(signingKeys)
      .set({ secret: sealSecret(row.id, seed, databaseKey) })
      .where(eq(signingKeys.id, row.id));
  return { signer, isSealed: databaseKey !== null };
}

async function makeKey(
  queries: Queries,
  ring: KeyRing,
  databaseKey: Uint8Array | null,
): Promise<HeldKey<Signer>> {
  const seed = randomBytes(32);
  const signer = createSigner(seed);
  const id = ring.idOf(signer.publicKey);
  const secret = databaseKey === null ? seed : sealSecret(id, seed, databaseKey);
  // Not now(), which is when the transaction began: before the wait for a lock.
  await queries.insert(signingKeys).values({ id, secret, publicKey: signer.publicKey, createdAt: NOW });
  return { signer, isSealed: databaseKey !== null };
}

async function rotate(database: Database, ring: KeyRing, options: RotateOptions): Promise<HeldKey<Signer>> {
  const databaseKey = readDatabaseKey(options.databaseKey);
  return database.transaction(async ({ queries }) => {
    await lock(queries, "useSigningKeys");
    const old = await newestKey(queries, ring);
    // A new key that servers and workers cannot open would end all signing.
    if (old !== null && !options.isOldLost) await openKey(queries, old, ring, databaseKey);
    await queries
      .update(signingKeys)
      .set({ retiredAt: NOW, secret: new Uint8Array(0) })
      .where(and(ring.isIn, isNull(signingKeys.retiredAt)));
    return makeKey(queries, ring, databaseKey);
  });
}
