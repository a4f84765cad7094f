import { bytesToHex } from "@noble/hashes/utils.js";

/** A version 4 UUID from 16 random bytes; crypto.randomUUID exists only in secure browser contexts. */
export function bytesToHexUuid(random: Uint8Array): string {
  const bytes = Uint8Array.from(random);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
