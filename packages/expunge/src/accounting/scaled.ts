/*
 * Shifts and noise as points of a minorant: times their weight, and times a power of two that brings the newest noise near 1. The power changes no energy
 * and no digit. What would leave the doubles goes where it can only raise the bound: a shift is never too small, noise never too large.
 *
 * Source: docs/theory.md, "Floating point".
 */

/** Weights below this count as it for shifts, and as none for noise. */
const LEAST_WEIGHT = 2 ** -1000;

/** Noise is held below this: sums of squares stay far from the end of the doubles. */
export const MOST_STD: number = 2 ** 500;
const LEAST_STD = 2 ** -500;

/** The power of two that brings noise near 1. @param std > 0 @param weight in [0, 1] */
export function scaleOf(std: number, weight: number): number {
  const exponent = Math.floor(Math.log2(std) + Math.log2(Math.max(weight, LEAST_WEIGHT)));
  return 2 ** -Math.min(Math.max(exponent, -1000), 1000);
}

/** How far S grows for a shift; above 0 for every shift that is. */
export function riseOf(shift: number, weight: number, scale: number): number {
  if (shift === 0) return 0;
  return Math.max(shift * scale * Math.max(weight, LEAST_WEIGHT), Number.MIN_VALUE);
}

/** How far t grows for noise. */
export function timeOf(std: number, weight: number, scale: number): number {
  const left = weight < LEAST_WEIGHT ? 0 : std * scale * weight;
  return left < LEAST_STD ? 0 : Math.min(left, MOST_STD) ** 2;
}
