import { chachaGroup } from "./chacha";
import { boxMuller, split } from "./box-muller";
import { HALF, REST, SHARE } from "./noise-constants";

/*
 * The Gaussian stream. Its definition is in packages/expunge/src/engine/noise.ts; this is the same in float32, four pairs to a vector.
 */

const WORD_DOMAIN = 0;
const EXTENSION_DOMAIN = 1;
const EXTENSION_BELOW = 1 << 20;
const GROUP_BYTES: usize = 256;

/**
 * Writes `count` groups of 64 normals of a step, from group `first`, to `into`: first words, then normals in their place.
 *
 * @param pairs room for as many bytes, see box-muller.ts
 * @param table that of noise-constants.ts
 */
export function normalGroups(
  key: usize,
  first: i32,
  count: i32,
  stepLow: i32,
  stepHigh: i32,
  into: usize,
  extensions: usize,
  pairs: usize,
  table: usize,
): void {
  const end = into + <usize>count * GROUP_BYTES;
  let at = into;
  let pair = pairs;
  let group = first;
  do {
    chachaGroup(key, group, WORD_DOMAIN, stepLow, stepHigh, at);
    if (hasEndWord(at)) {
      chachaGroup(key, group, EXTENSION_DOMAIN, stepLow, stepHigh, extensions);
      splitExtended(at, extensions, pair, table);
    } else {
      splitGroup(at, pair, table);
    }
    at += GROUP_BYTES;
    pair += GROUP_BYTES;
    group += 1;
  } while (at < end);
  boxMuller(into, end, pairs, table);
}

/** Whether one of the group's 32 radius words is so near either end that it must be extended: true for one group in 32. */
// @ts-ignore: decorator
@inline
function hasEndWord(words: usize): bool {
  // Moved up, words near both ends come to lie at the lower end.
  const shift = i32x4.splat(2 * EXTENSION_BELOW);
  let least = i32x4.add(v128.load(words), shift);
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 32), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 64), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 96), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 128), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 160), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 192), shift));
  least = i32x4.min_u(least, i32x4.add(v128.load(words, 224), shift));
  return v128.any_true(i32x4.lt_u(least, i32x4.splat(4 * EXTENSION_BELOW)));
}

/** Splits the radius words of a group for their logarithms. */
export function splitGroup(words: usize, pairs: usize, table: usize): void {
  const half = v128.load32_splat(table, HALF);
  const share = v128.load32_splat(table, SHARE);
  const allOnes = v128.load32_splat(table, REST);
  const end = words + GROUP_BYTES;
  do {
    const hi = i32x4.shr_u(v128.load(words), 1);
    const scaled = f32x4.add(f32x4.convert_i32x4_s(hi), half);
    const rest = f32x4.add(f32x4.convert_i32x4_s(v128.xor(hi, allOnes)), half);
    split(words, pairs, table, scaled, f32x4.mul(rest, share));
    words += 32;
    pairs += 32;
  } while (words < end);
}

/** The same for a group with radius words to extend. */
export function splitExtended(words: usize, extensions: usize, pairs: usize, table: usize): void {
  const share = v128.load32_splat(table, SHARE);
  const end = words + GROUP_BYTES;
  do {
    const hi = i32x4.shr_u(v128.load(words), 1);
    const restOfHi = v128.xor(hi, v128.load32_splat(table, REST));
    const lo = v128.load(extensions);
    const lower = v128.load(extensions, 16);
    split(words, pairs, table, extended(hi, lo, lower), f32x4.mul(extended(restOfHi, lo, lower), share));
    words += 32;
    pairs += 32;
    extensions += 32;
  } while (words < end);
}

/** hi + 1/2 */
// @ts-ignore: decorator
@inline
function centred(hi: v128): v128 {
  return f32x4.add(f32x4.convert_i32x4_s(hi), f32x4.splat(0.5));
}

/** hi + (lo + (lower + 1/2) 2^-32) 2^-32 where hi is small, hi + 1/2 elsewhere. */
// @ts-ignore: decorator
@inline
function extended(hi: v128, lo: v128, lower: v128): v128 {
  const isSmall = i32x4.lt_s(hi, i32x4.splat(EXTENSION_BELOW));
  return v128.bitselect(withFraction(hi, lo, lower), centred(hi), isSmall);
}

/** hi + (lo + (lower + 1/2) 2^-32) 2^-32, computed in float64 and rounded once to float32. */
// @ts-ignore: decorator
@inline
function withFraction(hi: v128, lo: v128, lower: v128): v128 {
  const a = f32x4.demote_f64x2_zero(extendedPair(hi, lo, lower));
  const b = f32x4.demote_f64x2_zero(extendedPair(upperHalf(hi), upperHalf(lo), upperHalf(lower)));
  return v128.shuffle<i64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function extendedPair(hi: v128, lo: v128, lower: v128): v128 {
  const share = f64x2.splat(2.3283064365386963e-10); // 2^-32
  const least = f64x2.mul(f64x2.add(f64x2.convert_low_i32x4_u(lower), f64x2.splat(0.5)), share);
  const fraction = f64x2.mul(f64x2.add(f64x2.convert_low_i32x4_u(lo), least), share);
  return f64x2.add(f64x2.convert_low_i32x4_u(hi), fraction);
}

// @ts-ignore: decorator
@inline
function upperHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 0);
}
