import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ExpungeError } from "expunge";

/*
 * A secret at rest: 32 bytes as they are, or version || nonce || ciphertext || tag (AES-256-GCM, NIST SP 800-38D) with the id of the
 * key as associated data, so that a sealed secret does not open in another row. The length tells which.
 */

const SEED_BYTES = 32;
const VERSION = Buffer.of(1);
/** Random for every seal: a database key seals far fewer than the 2^32 secrets that this is safe for. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED_BYTES = VERSION.length + NONCE_BYTES + SEED_BYTES + TAG_BYTES;

/** In SQL, of a row whose secret opens with the database key alone, or is gone. */
export const WHERE_SEALED = `octet_length(secret) <> ${SEED_BYTES}`;

/** The 32 bytes of a database key in base64; null where none is given. @throws ExpungeError E_KEY, which does not show it */
export function readDatabaseKey(text: string | undefined): Uint8Array | null {
  if (text === undefined || text === "") return null;
  const bytes = Buffer.from(text.trim(), "base64");
  if (bytes.length === 32 && bytes.toString("base64") === text.trim()) return bytes;
  throw new ExpungeError(
    "E_KEY",
    "Expected EXPUNGE_DATABASE_KEY to be 32 bytes in base64 (44 characters); make one with: openssl rand -base64 32",
  );
}

export function sealSecret(keyId: string, seed: Uint8Array, databaseKey: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", databaseKey, nonce).setAAD(associatedData(keyId));
  const parts = [VERSION, nonce, cipher.update(seed), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(parts));
}

/** @throws ExpungeError E_KEY where it does not open */
export function openSecret(
  keyId: string,
  secret: Uint8Array,
  databaseKey: Uint8Array | null,
): { readonly seed: Uint8Array; readonly isSealed: boolean } {
  if (secret.length === SEED_BYTES) return { seed: secret, isSealed: false };
  if (secret.length !== SEALED_BYTES || secret[0] !== VERSION[0])
    throw new ExpungeError("E_KEY", `The secret of signing key ${keyId} is of no known form.`);
  if (databaseKey === null)
    throw new ExpungeError(
      "E_KEY",
      `The secret of signing key ${keyId} is sealed: give EXPUNGE_DATABASE_KEY.`,
    );
  return { seed: unseal(keyId, secret, databaseKey), isSealed: true };
}

function unseal(keyId: string, secret: Uint8Array, databaseKey: Uint8Array): Uint8Array {
  const start = VERSION.length + NONCE_BYTES;
  const nonce = secret.subarray(VERSION.length, start);
  try {
    const decipher = createDecipheriv("aes-256-gcm", databaseKey, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associatedData(keyId))
      .setAuthTag(secret.subarray(-TAG_BYTES));
    return new Uint8Array(
      Buffer.concat([decipher.update(secret.subarray(start, -TAG_BYTES)), decipher.final()]),
    );
  } catch {
    throw new ExpungeError(
      "E_KEY",
      `The secret of signing key ${keyId} does not open: EXPUNGE_DATABASE_KEY is another, or it was changed.`,
    );
  }
}

function associatedData(keyId: string): Buffer {
  return Buffer.from(`expunge signing key v1\n${keyId}`);
}
