/*
 * Hashing of texts into columns (Weinberger, Dasgupta, Langford, Smola, Attenberg 2009): a token's hash says its column and its sign. Nothing is learned from
 * any row, so nothing of it is public knowledge about rows.
 */

/** Least and most columns: 2^4 to 2^20. */
export const HASH_BITS = { min: 4, max: 20 } as const;

/** How a text becomes tokens. */
export interface TextTokens {
  /** Most words of a word n-gram; 0 for none. */
  readonly words: number;
  /** Least and most characters of a character n-gram, which may begin or end at the edge of a word; null for none. */
  readonly characters: readonly [number, number] | null;
}

/**
 * Tokens of a text, in Unicode's compatibility composition and lower case: words are runs of letters, marks and digits. A word of characters stands between
 * spaces, so that n-grams tell beginnings and ends.
 */
export function* tokensOf(text: string, { words: mostWords, characters }: TextTokens): Generator<string> {
  const words = text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= Math.min(from + mostWords, words.length); to++)
      yield `w ${words.slice(from, to).join(" ")}`;
  if (characters === null) return;
  const [least, most] = characters;
  for (const word of words) {
    const letters = [" ", ...word, " "];
    for (let length = least; length <= Math.min(most, letters.length); length++)
      for (let from = 0; from + length <= letters.length; from++)
        yield `c ${letters.slice(from, from + length).join("")}`;
  }
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Adds a token's sign to its place. @param bits of 2^bits places */
export function addToken(token: string, bits: number, counts: Map<number, number>): void {
  const hash = murmur3(utf8.encode(token));
  const place = hash & (2 ** bits - 1);
  counts.set(place, (counts.get(place) ?? 0) + (hash >>> 31 === 0 ? 1 : -1));
}

const utf8 = new TextEncoder();

/** MurmurHash3_x86_32 with seed 0 (Appleby, public domain), as an unsigned number. */
export function murmur3(bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % 4);
  let hash = 0;
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash ^= scrambled(word);
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  if (whole < bytes.length) hash ^= scrambled(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scrambled(word: number): number {
  return Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
