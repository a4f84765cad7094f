import { chachaBlock, keyWords, noiseKeyFromSeed } from "../engine/index.js";
import { randomBytes } from "../records/bytes.js";

/**
 * A uniformly random permutation of 0..count-1 (Fisher-Yates): slotOfRow[row] = slot. It depends on the row count alone, never on a row;
 * docs/theory.md, "Learning and unlearning are one process" wants the batch order independent of the data.
 *
 * @param uniform32 source of uniform 32-bit integers; the operating system's CSPRNG by default
 */
export function drawBatchOrder(count: number, uniform32: () => number = systemUniform32()): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, uniform32);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Uniform below `bound` without modulo bias: draws past the largest multiple are thrown away. */
export function below(bound: number, uniform32: () => number): number {
  const limit = Math.floor(2 ** 32 / bound) * bound;
  let draw = uniform32();
  while (draw >= limit) draw = uniform32();
  return draw % bound;
}

/** Uniform 32-bit integers from the operating system's CSPRNG. */
export function systemUniform32(): () => number {
  let words: Uint32Array = new Uint32Array(0);
  let next = 0;
  return () => {
    if (next === words.length) {
      words = new Uint32Array(randomBytes(4096).buffer);
      next = 0;
    }
    return words[next++]!;
  };
}

/** Reproducible uniform 32-bit integers, for experiments: ChaCha20 under a key made from the seed. */
export function seededUniform32(seed: string): () => number {
  const key = keyWords(noiseKeyFromSeed(seed));
  const block = new Uint32Array(16);
  let counter = 0;
  let next = 16;
  return () => {
    if (next === 16) {
      chachaBlock(key, counter++, [0, 0, 0], block);
      next = 0;
    }
    return block[next++]!;
  };
}
