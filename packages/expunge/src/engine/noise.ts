import { chachaBlock } from "./chacha.js";

/*
 * The Gaussian stream: which standard normal a key gives to each weight at each step. Every kernel draws these same
 * numbers (float32 kernels up to rounding), so a seeded run is the same on all of them.
 *
 * Words.   ChaCha20 (RFC 8439) with the 32-byte key, nonce = (domain, step mod 2^32, floor(step / 2^32)). Domain 0 gives
 *          the words, domain 1 their rare extensions.
 * Layout.  Normals come in groups of 64, made of blocks 4g..4g+3 side by side, so that four lanes of a vector run four
 *          blocks: word j of block 4g+l is word[j][l]. For j = 0, 2, .. 14 radius word word[j][l] and angle word
 *          word[j+1][l] make normals 64g + 4j + l (cosine) and 64g + 4(j+1) + l (sine).
 *          Output j's feature i gets normal i of the stream whose groups start at j * ceil(featureCount / 64), so that
 *          padding the rows changes nothing.
 * Radius.  hi = radius word >>> 1 (31 bits). Usually u = (hi + 1/2) 2^-31. Where hi < 2^20 (once in 2048) the words in the
 *          places of the radius and the angle word of domain 1, lo and lower, extend it:
 *          u = (2^64 hi + 2^32 lo + lower + 1/2) 2^-95. So the tail is never coarser than 2^-20 relative in probability down to
 *          u = 2^-75, and ends at sqrt(192 log 2) = 11.54 sigma; plain 32-bit uniforms end at 6.66.
 *          Likewise where rest = 2^31 - 1 - hi < 2^20: 1 - u = (2^64 rest + 2^32 lo + lower + 1/2) 2^-95. Radii near 0 are like
 *          the root of 1 - u, so that 31 bits of it would leave steps of 2^-15 there.
 * Normals. r = sqrt(-2 log u), angle = 2 pi word / 2^32: r cos(angle), r sin(angle).
 *
 * Rounding. The WebAssembly kernels make normals in float32. Against what exact arithmetic on endless words would give, a pair
 *          with radius r is off by at most 3.5e-7 r + 2.1e-8: 1.48e-7 r of the radius where r >= 1/4 and 2.1e-8 below, 1.44e-7 r of
 *          the angle, 6e-8 r of their product. Found by going through all 2^31 radius words (2 10^7 extended ones, which are off by no more as long as u >= 2^-75) and all
 *          angle words within an eighth of a turn. So D of them are off by less than 2^-21 (sqrt(D) + 8) in norm, unless their own norm
 *          passes sqrt(D) + 10.5, which has a probability below 2^-78 (Laurent, Massart, Annals of Statistics 28(5), 2000).
 *
 * Source: Box, Muller, Annals of Mathematical Statistics 29(2), 1958.
 */

export const NORMALS_PER_GROUP = 64;
/** ChaCha20 nonce domain of the radius and angle words. */
export const WORD_DOMAIN = 0;
/** ChaCha20 nonce domain of the extension words. */
export const EXTENSION_DOMAIN = 1;
/** Radius words (31 bits) nearer than this to either end are extended to 95 bits. */
export const EXTENSION_BELOW = 2 ** 20;

/** Groups that one output's weights use up at each step. */
export function groupsPerOutput(featureCount: number): number {
  return Math.ceil(featureCount / NORMALS_PER_GROUP);
}

/**
 * The standard normals of one step, in the order of the weights.
 *
 * @param key          8 words, see `keyWords`
 * @param step         1-based step number, a safe integer
 * @param featureCount features of a row
 * @param into         outputCount x featureCount numbers, row-major
 */
export function stepNormals(key: Uint32Array, step: number, featureCount: number, into: Float64Array): void {
  const groups = groupsPerOutput(featureCount);
  const group = new Float64Array(NORMALS_PER_GROUP);
  for (let start = 0, output = 0; start < into.length; start += featureCount, output++) {
    for (let g = 0; g < groups; g++) {
      normalGroup(key, step, output * groups + g, group);
      const count = Math.min(NORMALS_PER_GROUP, featureCount - g * NORMALS_PER_GROUP);
      into.set(group.subarray(0, count), start + g * NORMALS_PER_GROUP);
    }
  }
}

/** The 64 normals of one group of one step. */
export function normalGroup(key: Uint32Array, step: number, group: number, into: Float64Array): void {
  const low = step % 2 ** 32;
  const high = Math.floor(step / 2 ** 32);
  const words = new Uint32Array(16);
  const extensions = new Uint32Array(16);
  for (let lane = 0; lane < 4; lane++) {
    const counter = 4 * group + lane;
    chachaBlock(key, counter, [WORD_DOMAIN, low, high], words);
    // The fast kernels make extension words only when they need one; here plainness comes first.
    chachaBlock(key, counter, [EXTENSION_DOMAIN, low, high], extensions);
    for (let j = 0; j < 16; j += 2) {
      const [cosine, sine] = normalPair(words[j]!, words[j + 1]!, extensions[j]!, extensions[j + 1]!);
      into[4 * j + lane] = cosine;
      into[4 * (j + 1) + lane] = sine;
    }
  }
}

/** Two independent standard normals from a radius word, an angle word and the two words that may extend the radius word. */
export function normalPair(
  radiusWord: number,
  angleWord: number,
  extension: number,
  lower: number,
): [number, number] {
  const radius = Math.sqrt(-2 * logOf(radiusWord >>> 1, extension + (lower + 0.5) * 2 ** -32));
  const angle = angleWord * (2 * Math.PI * 2 ** -32);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function logOf(hi: number, extension: number): number {
  const rest = 2 ** 31 - 1 - hi;
  if (hi < EXTENSION_BELOW) return Math.log((hi * 2 ** 32 + extension) * 2 ** -63);
  if (rest < EXTENSION_BELOW) return Math.log1p(-(rest * 2 ** 32 + extension) * 2 ** -63);
  return Math.log((hi + 0.5) * 2 ** -31);
}
