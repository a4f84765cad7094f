import { chachaGroup } from "./chacha";
import { cos4, minusTwiceLog4, sin4 } from "./elementary";
import { EIGHTH, QUARTER, QUARTERS, SHARE, SIGN, TURN } from "./noise-constants";

/*
 * The Gaussian stream. Its definition is in packages/expunge/src/engine/noise.ts; this is the same in float32, four pairs at a time.
 */

const WORD_DOMAIN = 0;
const EXTENSION_DOMAIN = 1;
const EXTENSION_BELOW = 1 << 20;
const GROUP_BYTES: usize = 256;

/**
 * Writes `count` groups of 64 normals of a step, from group `first`, to `into`: first words, then normals in their place.
 * Groups are transformed in long runs. The table is that of noise-constants.ts.
 */
export function normalGroups(
  key: usize,
  first: i32,
  count: i32,
  stepLow: i32,
  stepHigh: i32,
  into: usize,
  extensions: usize,
  table: usize,
): void {
  const end = into + <usize>count * GROUP_BYTES;
  let at = into;
  let done = into;
  let group = first;
  do {
    chachaGroup(key, group, WORD_DOMAIN, stepLow, stepHigh, at);
    if (hasEndWord(at)) {
      if (done < at) transform(done, at, table);
      chachaGroup(key, group, EXTENSION_DOMAIN, stepLow, stepHigh, extensions);
      transformExtended(at, extensions, table);
      done = at + GROUP_BYTES;
    }
    at += GROUP_BYTES;
    group += 1;
  } while (at < end);
  if (done < end) transform(done, end, table);
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

/** Turns the words of whole groups into normals. */
function transform(words: usize, end: usize, table: usize): void {
  do {
    const hi = i32x4.shr_u(v128.load(words), 1);
    boxMuller(words, centred(hi), centred(restOf(hi)), table);
    words += 32;
  } while (words < end);
}

/** The same for a group with radius words to extend. */
export function transformExtended(words: usize, extensions: usize, table: usize): void {
  const end = words + GROUP_BYTES;
  do {
    const hi = i32x4.shr_u(v128.load(words), 1);
    const lo = v128.load(extensions);
    const lower = v128.load(extensions, 16);
    boxMuller(words, extended(hi, lo, lower), extended(restOf(hi), lo, lower), table);
    words += 32;
    extensions += 32;
  } while (words < end);
}

/** 2^31 - 1 - hi */
// @ts-ignore: decorator
@inline
function restOf(hi: v128): v128 {
  return v128.xor(hi, i32x4.splat(0x7fffffff));
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

/** Replaces a vector of radius words and the vector of angle words after it by normals; scaled = 2^31 u, rest = 2^31 (1 - u). */
// @ts-ignore: decorator
@inline
function boxMuller(words: usize, scaled: v128, rest: v128, table: usize): void {
  const complement = f32x4.mul(rest, v128.load32_splat(table, SHARE));
  const radius = f32x4.sqrt(minusTwiceLog4(table, scaled, complement));

  // Angle: quarter turns by rounding, in the two top bits of `turned`, and the rest within an eighth of a turn.
  const angle = v128.load(words, 16);
  const turned = i32x4.add(angle, v128.load32_splat(table, EIGHTH));
  const rounded = v128.and(turned, v128.load32_splat(table, QUARTERS));
  const x = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(angle, rounded)), v128.load32_splat(table, TURN));
  const square = f32x4.mul(x, x);
  const sine = sin4(table, x, square);
  const cosine = cos4(table, square);
  const isOdd = i32x4.shr_s(i32x4.shl(turned, 1), 31);
  const signBit = v128.load32_splat(table, SIGN);
  const cosineSign = v128.and(i32x4.add(turned, v128.load32_splat(table, QUARTER)), signBit);
  const sineSign = v128.and(turned, signBit);
  const c = v128.xor(v128.bitselect(sine, cosine, isOdd), cosineSign);
  const s = v128.xor(v128.bitselect(cosine, sine, isOdd), sineSign);
  v128.store(words, f32x4.mul(radius, c));
  v128.store(words, f32x4.mul(radius, s), 16);
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
