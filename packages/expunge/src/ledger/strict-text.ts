import { fromBase64, toBase64 } from "../records/bytes.js";

export { areSameBytes } from "../merkle/merkle-tree.js";

/**
 * Base64 with one spelling for each value (RFC 4648, section 4 with the canonical encoding of 3.5), or null. `atob` alone also takes
 * white space, missing padding and stray bits in the last character, so that a changed text could decode to the same bytes.
 */
export function bytesFromBase64(text: unknown): Uint8Array | null {
  if (typeof text !== "string") return null;
  try {
    const bytes = fromBase64(text);
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

/** A natural number as ASCII digits without leading zeros, up to 2^53 - 1, or null. */
export function countFromDecimal(text: string): number | null {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
