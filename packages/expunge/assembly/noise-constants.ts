/*
 * The numbers that make normals, in memory: a loop that loads them is as fast as one that holds them in registers, and Node 24 would
 * make each anew at each use, which takes a fifth of the speed. All are 4 bytes; polynomials from Moshier's Cephes library
 * (single precision).
 */

/** i32: sqrt(1/2) as a float, and 31 added to its exponent. */
export const ROOT_SCALED: usize = 0;
/** i32: the bits of a mantissa. */
export const MANTISSA: usize = 4;
/** i32: sqrt(1/2) as a float. */
export const ROOT: usize = 8;
export const ONE: usize = 12;
/** Nine terms, highest power first. */
export const LOG_TERMS: usize = 16;
/** -2 log 2 in two parts, the small one first. */
export const LOG_SMALL: usize = 52;
export const LOG_LARGE: usize = 56;
/** Three terms. */
export const SINE_TERMS: usize = 60;
/** Four terms. */
export const COSINE_TERMS: usize = 72;
/** 2^-31 */
export const SHARE: usize = 88;
/** 2 pi / 2^32 */
export const TURN: usize = 92;
/** i32: an eighth of a turn. */
export const EIGHTH: usize = 96;
/** i32: a quarter. */
export const QUARTER: usize = 100;
/** i32: the top two bits, whole quarters. */
export const QUARTERS: usize = 104;
/** i32: the sign bit. */
export const SIGN: usize = 108;

/** f32 */
export const HALF: usize = 112;
/** i32: 2^31 - 1 */
export const REST: usize = 116;

/** Writes them: 120 bytes. */
export function writeNoiseConstants(table: usize): void {
  store<i32>(table, 0x3f3504f3 + (31 << 23), ROOT_SCALED);
  store<i32>(table, 0x7fffff, MANTISSA);
  store<i32>(table, 0x3f3504f3, ROOT);
  store<f32>(table, 1, ONE);
  store<f32>(table, 2 * 7.0376836292e-2, LOG_TERMS);
  store<f32>(table, 2 * 1.1514610310e-1, LOG_TERMS + 4);
  store<f32>(table, 2 * 1.1676998740e-1, LOG_TERMS + 8);
  store<f32>(table, 2 * 1.2420140846e-1, LOG_TERMS + 12);
  store<f32>(table, 2 * 1.4249322787e-1, LOG_TERMS + 16);
  store<f32>(table, 2 * 1.6668057665e-1, LOG_TERMS + 20);
  store<f32>(table, 2 * 2.0000714765e-1, LOG_TERMS + 24);
  store<f32>(table, 2 * 2.4999993993e-1, LOG_TERMS + 28);
  store<f32>(table, 2 * 3.3333331174e-1, LOG_TERMS + 32);
  store<f32>(table, 2 * 2.12194440e-4, LOG_SMALL);
  store<f32>(table, -2 * 0.693359375, LOG_LARGE);
  store<f32>(table, -1.9515295891e-4, SINE_TERMS);
  store<f32>(table, 8.3321608736e-3, SINE_TERMS + 4);
  store<f32>(table, -1.6666654611e-1, SINE_TERMS + 8);
  store<f32>(table, 2.443315711809948e-5, COSINE_TERMS);
  store<f32>(table, -1.388731625493765e-3, COSINE_TERMS + 4);
  store<f32>(table, 4.166664568298827e-2, COSINE_TERMS + 8);
  store<f32>(table, -0.5, COSINE_TERMS + 12);
  store<f32>(table, 4.656612873077393e-10, SHARE);
  store<f32>(table, 1.4629180792671596e-9, TURN);
  store<i32>(table, 0x20000000, EIGHTH);
  store<i32>(table, 0x40000000, QUARTER);
  store<i32>(table, 0xc0000000, QUARTERS);
  store<i32>(table, 0x80000000, SIGN);
  store<f32>(table, 0.5, HALF);
  store<i32>(table, 0x7fffffff, REST);
}
