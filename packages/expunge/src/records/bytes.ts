import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.js";

/** Lower-case hex sha256 of bytes or of a text's UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** Lower-case hex sha256 of a value's canonical JSON. */
export function jsonDigest(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

/** Base64 with padding, as DSSE wants it; the same in Node and in a browser. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i++) binary += String.fromCharCode(bytes[i]!);
  return btoa(binary);
}

/** @throws Error for text that is no base64 */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  // Several times as fast as `Uint8Array.from`, which asks an iterator for every character.
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Bytes from the operating system's CSPRNG, in Node and in a browser (which gives at most 64 KiB a call). */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i += 65536) globalThis.crypto.getRandomValues(bytes.subarray(i, i + 65536));
  return bytes;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BASE64_URL = /^[A-Za-z0-9_-]*={0,2}$/;

/**
 * Bytes of base64 in the standard or the URL alphabet (RFC 4648, sections 4 and 5), with padding or without; null for white space, for a mix
 * of the two, for padding of the wrong length and for stray bits in the last character, which other decoders let pass.
 */
export function fromAnyBase64(text: string): Uint8Array | null {
  if (!BASE64.test(text) && !BASE64_URL.test(text)) return null;
  const bare = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (bare.length % 4 === 1 || (bare.length < text.length && text.length % 4 !== 0)) return null;
  const bytes = fromBase64(bare);
  return toBase64(bytes).replace(/=+$/, "") === bare ? bytes : null;
}

/** The text of UTF-8 bytes, or null where they are none; a byte order mark is kept, since it is part of what was signed. */
export function textFromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
