import { sha256 } from "@noble/hashes/sha2.js";
import type { NoiseOrigin } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { KEY_BYTES, type WasmMemory } from "./wasm-memory.js";

/** Writes a key for each trial into the memory; none where there is no noise. */
export function drawTrialKeys(memory: Pick<WasmMemory, "keys">, noise: NoiseOrigin | null): void {
  if (noise === null) return;
  const trials = memory.keys.length / KEY_BYTES;
  withTrialKeys(noise, trials, (key, trial) => memory.keys.set(key, trial * KEY_BYTES));
}

/** Calls back with a key for each trial, which is overwritten afterwards. */
export function withTrialKeys(
  noise: NoiseOrigin,
  trials: number,
  use: (key: Uint8Array, trial: number) => void,
): void {
  withNoiseKey(noise, (key) => {
    for (let trial = 0; trial < trials; trial++) {
      const own = trialKey(key, trial);
      try {
        use(own, trial);
      } finally {
        own.fill(0);
      }
    }
  });
}

/** SHA-256 of a domain, the pool's key and the trial's number: as independent as keys drawn one by one. */
function trialKey(key: Uint8Array, trial: number): Uint8Array {
  const hash = sha256.create().update(new TextEncoder().encode("expunge trial v1\0"));
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, trial);
  return hash.update(key).update(number).digest();
}
