import { concatBytes } from "@noble/hashes/utils.js";
import { DomainError } from "../errors.js";
import { ledgerError } from "./ledger-error.js";
import { TILE_WIDTH } from "./tiles.js";

/** A length takes two bytes. */
export const MAX_ENTRY_BYTES = 2 ** 16 - 1;

/**
 * Entries, each after its length as a big-endian uint16. Source: C2SP tlog-tiles, section "Log entries".
 *
 * @param entries  1 to 256, each of at most 65,535 bytes
 * @throws RangeError E_DOMAIN
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH)
    throw new DomainError("entry count", entries.length, `in [1, ${TILE_WIDTH}]`);
  return concatBytes(...entries.flatMap((entry) => [lengthPrefix(entry.length), entry]));
}

function lengthPrefix(length: number): Uint8Array {
  if (length > MAX_ENTRY_BYTES) throw new DomainError("entry length", length, `in [0, ${MAX_ENTRY_BYTES}]`);
  return Uint8Array.of(length >> 8, length & 0xff);
}

/**
 * The first `width` entries of a bundle, which holds either just these or a full 256.
 *
 * @throws ExpungeError E_LEDGER for a bundle cut short or with another number of entries
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 2 + bytes[at]! * 256 + (bytes[at + 1] ?? 0);
    if (at + 2 > bytes.length || end > bytes.length)
      throw ledgerError(
        `Expected entry ${entries.length} of the bundle to end within ${bytes.length} bytes.`,
      );
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  if (entries.length !== width && entries.length !== TILE_WIDTH)
    throw ledgerError(`Expected a bundle of ${width} entries, found ${entries.length}.`);
  return entries.slice(0, width);
}
