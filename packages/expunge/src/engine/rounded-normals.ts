import { ExpungeError } from "../errors.js";
import { cosineAndSine, FIXED_ERROR, integerRoot, MAX_BITS, minusLog } from "./fixed-point.js";
import type { BitSource } from "./random-bits.js";

/*
 * round(ratio xi) for standard normals xi, rounded correctly: exactly the discrete law, every integer with its own probability.
 *
 * xi = sqrt(-2 log U) cos(2 pi V), and the sine (Box, Muller 1958), U and V uniform on (0, 1) as endless streams of bits. 64 bits
 * of each and float64 decide nearly always. Where the result lies closer than MARGIN to where the rounding changes, or U is
 * close to 0 or 1, more bits are drawn and evaluated in integers, until all that U and V may still become rounds to the same
 * integer (Ziv, ACM Transactions on Mathematical Software 17(3), 1991).
 *
 * Why MARGIN is enough, for U in [2^-16, 1 - 2^-16] and ratio <= 2^21, where Math.log, log1p, cos and sin are off by at most 4 ulp
 * (2^-50, relative): what 64 bits leave open moves U, or 1 - U, by 2^-49 of itself, rounding it by 2^-53; so E = -2 log U is off by
 * 1.45 (2^-49 + 2^-53) + 2^-50 < 2^-47.9, its root by 2^-48.8. The angle is off by 6.3 * 3 * 2^-53 + 2^-62 < 2^-48.7, its cosine by
 * 2^-48.1. With ratio * root <= 2^21 * 4.71 < 2^23.3 the result is off by less than 2^23.3 (2^-48.1 + 2^-48.8 + 2^-51) < 2^-24: a
 * sixtieth of MARGIN. Library functions could be fifty times worse.
 */

/** Distance to where the rounding changes below which float64 does not decide. */
const MARGIN = 2 ** -18;
/** Upper words of U from here to the same distance below 2^32 are decided in float64. */
const NEAR_END = 2 ** 16;
export const MAX_RATIO = 2 ** 21;

const WORDS_PER_PAIR = 4;
const PAIRS_PER_FILL = 2048;
const FIRST_BITS = 64;

/**
 * Fills `into` with independent round(ratio xi), halves rounded up.
 *
 * @param ratio in (0, MAX_RATIO]
 * @param count told how many pairs float64 did not decide, for tests
 * @throws ExpungeError E_KERNEL where MAX_BITS bits do not decide, which true randomness does not do
 */
export function roundedNormals(
  ratio: number,
  source: BitSource,
  into: Float64Array,
  count: (undecided: number) => void = () => {},
): void {
  const pairs = Math.ceil(into.length / 2);
  const words = new Uint32Array(WORDS_PER_PAIR * Math.min(PAIRS_PER_FILL, pairs));
  let undecided = 0;
  try {
    for (let done = 0; done < pairs; done += PAIRS_PER_FILL) {
      const some = words.subarray(0, WORDS_PER_PAIR * Math.min(PAIRS_PER_FILL, pairs - done));
      source.fill(some);
      undecided += decidePairs(ratio, some, source, into.subarray(2 * done));
    }
  } finally {
    words.fill(0);
  }
  count(undecided);
}

/** @returns pairs that float64 did not decide */
function decidePairs(ratio: number, words: Uint32Array, source: BitSource, into: Float64Array): number {
  let undecided = 0;
  for (let at = 0, to = 0; at < words.length; at += WORDS_PER_PAIR, to += 2) {
    const high = words[at]!;
    const low = words[at + 1]!;
    const radius = ratio * Math.sqrt(-2 * logOf(high, low));
    const angle = (words[at + 2]! * 2 ** 32 + words[at + 3]! + 0.5) * (2 * Math.PI * 2 ** -64);
    const x = radius * Math.cos(angle);
    const y = radius * Math.sin(angle);
    const isSafe = high >= NEAR_END && high < 2 ** 32 - NEAR_END && isFarFromHalf(x) && isFarFromHalf(y);
    if (isSafe) {
      into[to] = Math.round(x);
      if (to + 1 < into.length) into[to + 1] = Math.round(y);
      continue;
    }
    undecided += 1;
    const [first, second] = decideSlowly(ratio, words.subarray(at, at + WORDS_PER_PAIR), source);
    into[to] = first;
    if (to + 1 < into.length) into[to + 1] = second;
  }
  return undecided;
}

/** log of (2^32 high + low + 1/2) 2^-64, accurate relative to itself also near 1. */
function logOf(high: number, low: number): number {
  if (high < 2 ** 31) return Math.log((high * 2 ** 32 + low + 0.5) * 2 ** -64);
  return Math.log1p(-((2 ** 32 - 1 - high) * 2 ** 32 + (2 ** 32 - 1 - low) + 0.5) * 2 ** -64);
}

function isFarFromHalf(x: number): boolean {
  return Math.abs(x - Math.round(x)) < 0.5 - MARGIN;
}

/** Both numbers of a pair, from its 64 bits of U, its 64 bits of V and more of either. */
export function decideSlowly(ratio: number, words: Uint32Array, source: BitSource): [number, number] {
  let u = joined(words.subarray(0, 2));
  let v = joined(words.subarray(2, 4));
  for (let bits = FIRST_BITS; bits < MAX_BITS; bits *= 2) {
    const more = new Uint32Array((2 * bits) / 32);
    source.fill(more);
    u = (u << BigInt(bits)) | joined(more.subarray(0, bits / 32));
    v = (v << BigInt(bits)) | joined(more.subarray(bits / 32));
    more.fill(0);
    const decided = decideWith(ratio, u, v, 2 * bits);
    if (decided) return decided;
  }
  throw new ExpungeError(
    "E_KERNEL",
    `The source of random bits is broken: ${MAX_BITS} of them decide nothing.`,
  );
}

/** The pair for every U in [u, u + 1] 2^-bits and V in [v, v + 1] 2^-bits, undefined where they differ. */
function decideWith(ratio: number, u: bigint, v: bigint, bits: number): [number, number] | undefined {
  if (u === 0n) return undefined;
  const p = BigInt(bits);
  const square = 2n * minusLog(u, bits);
  // -2 log U falls by less than 2 / u over the interval.
  const spread = (2n << p) / u + 1n;
  const least = square - spread - 2n * FIXED_ERROR;
  const radius: Interval = [
    least > 0n ? integerRoot(least << p) : 0n,
    integerRoot((square + 2n * FIXED_ERROR) << p) + 1n,
  ];
  const [cosine, sine] = cosineAndSine(v, bits);
  const first = roundedProduct(ratio, radius, around(cosine), bits);
  const second = roundedProduct(ratio, radius, around(sine), bits);
  return first === undefined || second === undefined ? undefined : [first, second];
}

type Interval = readonly [bigint, bigint];

/** What cosine or sine may be: V's interval turns by less than 2 pi units. */
function around(x: bigint): Interval {
  const most = FIXED_ERROR + 8n;
  return [x - most, x + most];
}

/** round(ratio a b), undefined where the ends of the intervals disagree; a >= 0. */
function roundedProduct(ratio: number, [a, b]: Interval, [c, d]: Interval, bits: number): number | undefined {
  const [numerator, shift] = fractionOf(ratio);
  const places = BigInt(2 * bits) + shift;
  const half = 1n << (places - 1n);
  const least = (numerator * (c < 0n ? b * c : a * c) + half) >> places;
  const most = (numerator * (d < 0n ? a * d : b * d) + half) >> places;
  return least === most ? Number(least) : undefined;
}

/** x = numerator 2^-shift, exactly, for 2^-900 < x <= MAX_RATIO. */
function fractionOf(x: number): [bigint, bigint] {
  let shift = 0n;
  let scaled = x;
  while (scaled < 2 ** 52) {
    scaled *= 2;
    shift += 1n;
  }
  return [BigInt(scaled), shift];
}

function joined(words: Uint32Array): bigint {
  let bits = 0n;
  for (const word of words) bits = (bits << 32n) | BigInt(word);
  return bits;
}
