import { createCipheriv, createDecipheriv } from "node:crypto";

/*
 * Bytes that nobody reads without the key, and that are not read at all where they are not those that were written. AES-256-GCM, NIST SP
 * 800-38D.
 */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What sealing adds. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;

/**
 * @param key   32 bytes
 * @param count different for everything that is sealed under this key, in [0, 2^53)
 * @param place where it belongs: it opens nowhere else
 * @returns nonce, tag, and as many bytes as went in
 */
export function sealPage(key: Uint8Array, count: number, place: number, bytes: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(SEAL_BYTES + bytes.length);
  sealed.fill(0, 0, NONCE_BYTES).writeBigUInt64LE(BigInt(count));
  const cipher = createCipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  cipher.setAAD(placeBytes(place));
  sealed.set(cipher.update(bytes), SEAL_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE_BYTES);
  return sealed;
}

/** The bytes that `sealPage` was given; null where these were not sealed with this key for this place, or were changed since. */
export function openPage(key: Uint8Array, place: number, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < SEAL_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(placeBytes(place));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, SEAL_BYTES));
  const bytes = decipher.update(sealed.subarray(SEAL_BYTES));
  try {
    decipher.final();
    return bytes;
  } catch {
    return null;
  }
}

function placeBytes(place: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(place));
  return bytes;
}
