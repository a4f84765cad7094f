/**
 * The ChaCha20 block function: 16 pseudorandom 32-bit words for a key, a block counter and a nonce.
 *
 * Source:  RFC 8439, section 2.3.
 * Checked: the vectors of RFC 8439, sections 2.1.1 and 2.3.2 and appendix A.1.
 *
 * @param key     8 words (32 bytes, little-endian)
 * @param counter 32-bit block counter
 * @param nonce   3 words
 * @param into    receives 16 words, in the order in which RFC 8439 serialises them
 */
export function chachaBlock(
  key: Uint32Array,
  counter: number,
  nonce: ArrayLike<number>,
  into: Uint32Array,
): void {
  const start = new Uint32Array(16);
  start.set(SIGMA, 0);
  start.set(key, 4);
  start[12] = counter;
  start.set(nonce, 13);
  into.set(start);
  for (let round = 0; round < 10; round++) {
    quarterRound(into, 0, 4, 8, 12);
    quarterRound(into, 1, 5, 9, 13);
    quarterRound(into, 2, 6, 10, 14);
    quarterRound(into, 3, 7, 11, 15);
    quarterRound(into, 0, 5, 10, 15);
    quarterRound(into, 1, 6, 11, 12);
    quarterRound(into, 2, 7, 8, 13);
    quarterRound(into, 3, 4, 9, 14);
  }
  for (let i = 0; i < 16; i++) into[i]! += start[i]!;
  start.fill(0);
}

/** RFC 8439, section 2.1. Exported for its test vector. */
export function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a]! += x[b]!;
  x[d] = rotate(x[d]! ^ x[a]!, 16);
  x[c]! += x[d]!;
  x[b] = rotate(x[b]! ^ x[c]!, 12);
  x[a]! += x[b]!;
  x[d] = rotate(x[d]! ^ x[a]!, 8);
  x[c]! += x[d]!;
  x[b] = rotate(x[b]! ^ x[c]!, 7);
}

/** The 8 key words of 32 key bytes, read little-endian as RFC 8439 does. */
export function keyWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  return Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i, true));
}

function rotate(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}

/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
