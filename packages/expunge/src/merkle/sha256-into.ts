import { sha256 } from "@noble/hashes/sha2.js";

const blank = sha256.create();
const working = sha256.create();

/** SHA-256 of bytes, written to the first 32 of `out`. Nothing is made anew: trees of a million leaves hash three million times. */
export function sha256Into(data: Uint8Array, out: Uint8Array): void {
  blank._cloneInto(working).update(data).digestInto(out);
}
