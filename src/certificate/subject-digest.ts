import { utf8ToBytes } from "@noble/hashes/utils.js";
import { sha256Hex } from "../records/bytes.js";

/** sha256(salt ":" subject id), in hex: what stands in a certificate's tree in place of an id. The salt is 64 hex digits. */
export function subjectDigest(id: string, salt: string): string {
  return sha256Hex(utf8ToBytes(`${salt}:${id}`));
}
