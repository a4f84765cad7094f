import { mulAdd } from "./elementary";
import { COSINE_TERMS, EIGHTH, LOG_LARGE, LOG_SMALL, LOG_TERMS, MANTISSA, ONE, QUARTER, QUARTERS, ROOT, ROOT_SCALED, SIGN, SINE_TERMS, TURN } from "./noise-constants";

/*
 * From words to normals, by polynomials from Moshier's Cephes library (single precision). Radius words and angle words take turns, a vector each, and
 * normals come to stand in their places: cosines in those of the radius words, sines in those of the angle words. "pairs" has room for two vectors beside
 * each two of them.
 *
 * It goes over all words several times, each time a short way: within a polynomial every operation waits for the one before it, and a processor looks
 * ahead no further than some 64 operations. Of short ways it works on many vectors at once. All of it in one loop took twice as long. Four vectors
 * side by side in the source did not help: compilers put them one behind the other.
 *
 * -2 log(u), for u in [2^-64, 1]: relative error < 4e-7. Sine and cosine, within pi/4: error < 1e-7.
 */

/** Replaces the words from `words` on, whose radius words were split, by normals. */
export function boxMuller(words: usize, end: usize, pairs: usize, table: usize): void {
  const pairsEnd = pairs + (end - words);
  beginLogs(pairs, pairsEnd, table);
  goOnWithLogs(pairs, pairsEnd, table);
  endLogs(words, end, pairs, table);
  turn(words, end, pairs, table);
  takeSinesAndCosines(pairs, pairsEnd, table);
  combine(words, end, pairs, table);
}

/**
 * With scaled = 2^31 u = 2^(e + 31) m, m in [sqrt(1/2), sqrt(2)): replaces a vector of radius words by e, as a number, and writes g = 1 - m to the pair's
 * first vector. It takes complement = 1 - u for g where e is 0, which keeps the relative accuracy where u is near 1.
 */
// @ts-ignore: decorator
@inline
export function split(words: usize, pair: usize, table: usize, scaled: v128, complement: v128): void {
  const shifted = i32x4.sub(scaled, v128.load32_splat(table, ROOT_SCALED));
  const exponent = i32x4.shr_s(shifted, 23);
  v128.store(words, f32x4.convert_i32x4_s(exponent));
  const mantissa = i32x4.add(v128.and(shifted, v128.load32_splat(table, MANTISSA)), v128.load32_splat(table, ROOT));
  const isNearOne = i32x4.eq(exponent, i32x4.splat(0));
  v128.store(pair, where(isNearOne, complement, f32x4.sub(v128.load32_splat(table, ONE), mantissa)));
}

/** Writes the polynomial in g so far to the second vectors. */
export function beginLogs(pairs: usize, end: usize, table: usize): void {
  const a = v128.load32_splat(table, LOG_TERMS);
  const b = v128.load32_splat(table, LOG_TERMS + 4);
  const c = v128.load32_splat(table, LOG_TERMS + 8);
  const d = v128.load32_splat(table, LOG_TERMS + 12);
  do {
    const g = v128.load(pairs);
    v128.store(pairs, mulAdd(mulAdd(mulAdd(a, g, b), g, c), g, d), 16);
    pairs += 32;
  } while (pairs < end);
}

export function goOnWithLogs(pairs: usize, end: usize, table: usize): void {
  const a = v128.load32_splat(table, LOG_TERMS + 16);
  const b = v128.load32_splat(table, LOG_TERMS + 20);
  const c = v128.load32_splat(table, LOG_TERMS + 24);
  do {
    const g = v128.load(pairs);
    v128.store(pairs, mulAdd(mulAdd(mulAdd(v128.load(pairs, 16), g, a), g, b), g, c), 16);
    pairs += 32;
  } while (pairs < end);
}

/** Replaces e by -2 log(u) = g^2 (1 + ..) + 2 g - 2 e log 2, the last in two parts: g = 1 - m and not m - 1, so that signs go into the coefficients. */
export function endLogs(words: usize, end: usize, pairs: usize, table: usize): void {
  const a = v128.load32_splat(table, LOG_TERMS + 28);
  const b = v128.load32_splat(table, LOG_TERMS + 32);
  const one = v128.load32_splat(table, ONE);
  const small = v128.load32_splat(table, LOG_SMALL);
  const large = v128.load32_splat(table, LOG_LARGE);
  do {
    const e = v128.load(words);
    const g = v128.load(pairs);
    const sum = mulAdd(mulAdd(mulAdd(v128.load(pairs, 16), g, a), g, b), g, one);
    const p = mulAdd(e, small, f32x4.mul(sum, f32x4.mul(g, g)));
    v128.store(words, mulAdd(e, large, f32x4.add(f32x4.add(g, g), p)));
    words += 32;
    pairs += 32;
  } while (words < end);
}

/** Writes pairs anew: what an angle x is beyond whole quarter turns, within an eighth of a turn, and its square. */
export function turn(words: usize, end: usize, pairs: usize, table: usize): void {
  const eighth = v128.load32_splat(table, EIGHTH);
  const quarters = v128.load32_splat(table, QUARTERS);
  const unit = v128.load32_splat(table, TURN);
  do {
    const angle = v128.load(words, 16);
    const whole = v128.and(i32x4.add(angle, eighth), quarters);
    const x = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(angle, whole)), unit);
    v128.store(pairs, x);
    v128.store(pairs, f32x4.mul(x, x), 16);
    words += 32;
    pairs += 32;
  } while (words < end);
}

/** Replaces x and its square by sin(x) and cos(x). */
export function takeSinesAndCosines(pairs: usize, end: usize, table: usize): void {
  const a = v128.load32_splat(table, SINE_TERMS);
  const b = v128.load32_splat(table, SINE_TERMS + 4);
  const c = v128.load32_splat(table, SINE_TERMS + 8);
  const d = v128.load32_splat(table, COSINE_TERMS);
  const e = v128.load32_splat(table, COSINE_TERMS + 4);
  const f = v128.load32_splat(table, COSINE_TERMS + 8);
  const g = v128.load32_splat(table, COSINE_TERMS + 12);
  const one = v128.load32_splat(table, ONE);
  do {
    const x = v128.load(pairs);
    const square = v128.load(pairs, 16);
    const p = mulAdd(mulAdd(a, square, b), square, c);
    v128.store(pairs, mulAdd(f32x4.mul(p, square), x, x));
    const q = mulAdd(mulAdd(mulAdd(d, square, e), square, f), square, g);
    v128.store(pairs, mulAdd(q, square, one), 16);
    pairs += 32;
  } while (pairs < end);
}

/** Replaces -2 log(u) and the angles by normals. */
export function combine(words: usize, end: usize, pairs: usize, table: usize): void {
  const eighth = v128.load32_splat(table, EIGHTH);
  const quarter = v128.load32_splat(table, QUARTER);
  const signBit = v128.load32_splat(table, SIGN);
  do {
    // The two top bits say how many quarters an angle is, to the nearest.
    const turned = i32x4.add(v128.load(words, 16), eighth);
    const isOdd = i32x4.shr_s(i32x4.shl(turned, 1), 31);
    const cosineSign = v128.and(i32x4.add(turned, quarter), signBit);
    const sineSign = v128.and(turned, signBit);
    const sine = v128.load(pairs);
    const cosine = v128.load(pairs, 16);
    const c = v128.xor(where(isOdd, sine, cosine), cosineSign);
    const s = v128.xor(where(isOdd, cosine, sine), sineSign);
    const radius = f32x4.sqrt(v128.load(words));
    v128.store(words, f32x4.mul(radius, c));
    v128.store(words, f32x4.mul(radius, s), 16);
    words += 32;
    pairs += 32;
  } while (words < end);
}

/** a where a lane of the mask is all ones, b where it is 0: it is never anything else, so that nothing about this is relaxed. */
// @ts-ignore: decorator
@inline
function where(mask: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}
