import { utf8ToBytes } from "@noble/hashes/utils.js";
import { sha256Into } from "../merkle/sha256-into.js";
import { ByteWriter } from "../records/byte-writer.js";
import { sha256Hex } from "../records/bytes.js";

/** sha256(salt ":" subject id), in hex: what stands in a certificate's tree in place of an id. The salt is 64 hex digits. */
export function subjectDigest(id: string, salt: string): string {
  return sha256Hex(utf8ToBytes(`${salt}:${id}`));
}

const writer = new ByteWriter();

/** `subjectDigest` as 32 bytes at the beginning of `out`, of a salt of 32 bytes. */
export function writeSubjectDigest(id: string, salt: Uint8Array, out: Uint8Array): void {
  sha256Into(writer.clear().hex(salt).text(":").text(id).view(), out);
}
