import { hexOf } from "../../shared/bytes";

/** Sixteen random bytes: what is sent twice under one is one. */
export function newIdempotencyKey(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(16)));
}
