import { sha256 } from "@noble/hashes/sha2.js";
import { ExpungeError } from "../errors.js";
import type { NoiseOrigin } from "./kernel.js";

export const KEY_BYTES = 32;

/**
 * The 32-byte noise key of a seed: SHA-256 of "expunge noise seed v1", a zero byte and the seed's text. The number 7 and
 * the text "7" give the same key, so that a command line and a program agree.
 *
 * @param seed any text, or a safe integer
 * @throws ExpungeError E_OPTION for any other number
 */
export function noiseKeyFromSeed(seed: string | number): Uint8Array {
  if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
    throw new ExpungeError("E_OPTION", `Expected seed = ${String(seed)} to be text or a safe integer.`, {
      seed,
    });
  }
  return sha256(new TextEncoder().encode(`expunge noise seed v1\0${seed}`));
}

/**
 * Runs `use` with the key of a noise origin, as a copy that is overwritten when it returns or throws. `system` draws a
 * fresh key from the operating system each time. Without an origin the key is zeros, for steps that draw no noise.
 *
 * @throws ExpungeError E_KERNEL for a key that is not 32 bytes long, or an unknown origin
 */
export function withNoiseKey<T>(origin: NoiseOrigin | null, use: (key: Uint8Array) => T): T {
  const key = new Uint8Array(KEY_BYTES);
  if (origin === null) return use(key);
  try {
    if (origin.kind === "system") globalThis.crypto.getRandomValues(key);
    else if (origin.kind === "seed" && origin.key instanceof Uint8Array && origin.key.length === KEY_BYTES) {
      key.set(origin.key);
    } else {
      throw new ExpungeError(
        "E_KERNEL",
        `Expected noise to be {kind: "system"} or a seed key of ${KEY_BYTES} bytes.`,
      );
    }
    return use(key);
  } finally {
    key.fill(0);
  }
}
