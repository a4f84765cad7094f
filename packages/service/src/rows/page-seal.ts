import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/*
 * A page as it lies outside the database: ciphertext || tag (AES-256-GCM, NIST SP 800-38D). Every writing of a page has a random key of its own,
 * which seals nothing else, so the nonce may be constant. The associated data say which page of what it is: one put in another's place does
 * not open. The tag is the checksum that every reading checks. Whoever destroys the key has erased the page.
 */

const NONCE = new Uint8Array(12);
export const TAG_BYTES = 16;

/** @param what names the page: its table, what it belongs to, its number */
export function sealPage(
  what: string,
  bytes: Uint8Array,
): { readonly key: Uint8Array; readonly sealed: Buffer } {
  const key = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", key, NONCE).setAAD(Buffer.from(what));
  return { key, sealed: Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]) };
}

/** @returns null where it is another page, was changed, or the key is another */
export function openPage(what: string, key: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, NONCE, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(what))
      .setAuthTag(sealed.subarray(end));
    const bytes = decipher.update(sealed.subarray(0, end));
    decipher.final();
    return bytes;
  } catch {
    return null;
  }
}
