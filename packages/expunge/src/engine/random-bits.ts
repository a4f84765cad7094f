import { chachaBlock, keyWords } from "./chacha.js";

/** Random bits without end. */
export interface BitSource {
  /** Fills at most MAX_WORDS words with random bits that were never given before. */
  fill(words: Uint32Array<ArrayBuffer>): void;
  /** Overwrites what it keeps; it gives nothing afterwards. */
  wipe(): void;
}

/** getRandomValues gives at most 64 KiB a call. */
export const MAX_WORDS = 16_384;

/** ChaCha20 nonce domain of releases on the grid; noise.ts has the others. */
export const RELEASE_DOMAIN = 2;

const BLOCK_WORDS = 16;

/** Fresh bits from the operating system. */
export function systemBits(): BitSource {
  return {
    fill: (words) => void globalThis.crypto.getRandomValues(words),
    wipe: () => {},
  };
}

/**
 * The ChaCha20 keystream of a key and a step number in a nonce domain of its own, so that it shares no block with the noise
 * of any step.
 *
 * @param key  32 bytes
 * @param step a safe integer
 */
export function releaseBits(key: Uint8Array, step: number): BitSource {
  const words = keyWords(key);
  const nonce = [RELEASE_DOMAIN, step % 2 ** 32, Math.floor(step / 2 ** 32)];
  const block = new Uint32Array(BLOCK_WORDS);
  let counter = 0;
  return {
    fill(into) {
      // What is left of a block is not used: every call starts with the next.
      for (let at = 0; at < into.length; at += BLOCK_WORDS) {
        chachaBlock(words, counter++, nonce, block);
        into.set(block.subarray(0, Math.min(BLOCK_WORDS, into.length - at)), at);
      }
    },
    wipe() {
      words.fill(0);
      block.fill(0);
    },
  };
}
