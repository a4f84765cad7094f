import { isInRange } from "../math/number-range.js";
import { requireNumber } from "./domain.js";

/** The grid is finer than the noise by a factor in [2^20, 2^21). */
const MIN_SHARE = 2 ** -20;
/** Whole numbers of grid units up to the radius stay below 2^52, so that float64 holds them and their sums exactly. */
const RADIUS_SHARE = 2 ** -52;

/**
 * gamma: the grid that a release with this noise works on (docs/theory.md, "The step that is released"). The power of two with
 * noiseStd 2^-21 < gamma <= noiseStd 2^-20, or the least power of two >= radius 2^-52 where that is greater.
 *
 * Rounding: exact, and the same on every machine: it takes the exponent out of the bits of a number.
 *
 * @param noiseStd standard deviation of the release's noise per coordinate, in [2^-900, 2^900]
 * @param radius   of the ball that weights stay in, finite and > 0
 * @throws DomainError E_DOMAIN
 */
export function gridFor(noiseStd: number, radius: number): number {
  requireNumber("noiseStd", noiseStd, GRID_NOISE_RANGE);
  requireNumber("radius", radius, { min: 0, openMin: true, max: MOST });
  const byNoise = powerAtMost(noiseStd) * MIN_SHARE;
  // A radius so small that its share has no power of two of its own asks for nothing: the noise is never that small.
  if (radius < LEAST) return byNoise;
  return Math.max(byNoise, powerAtLeast(radius) * RADIUS_SHARE);
}

/** Far from where float64 loses digits, so that scaling by powers of two is exact. */
const LEAST = 2 ** -900;
const MOST = 2 ** 900;

/** What noise may be so that its release has a grid. */
export const GRID_NOISE_RANGE = Object.freeze({ min: LEAST, max: MOST });

/** Whether a release with this noise has a grid. */
export function isGridNoise(noiseStd: number): boolean {
  return isInRange(noiseStd, GRID_NOISE_RANGE);
}

/** The greatest power of two <= x, for x in [LEAST, MOST]. */
function powerAtMost(x: number): number {
  // The sign and exponent bits of a normal float64, with a fraction of zeros.
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setUint32(0, view.getUint32(0) & 0xfff00000);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** The least power of two >= x, for x in [LEAST, MOST]. */
function powerAtLeast(x: number): number {
  const below = powerAtMost(x);
  return below === x ? x : 2 * below;
}
