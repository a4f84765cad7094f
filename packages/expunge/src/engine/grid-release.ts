import { DomainError, ExpungeError } from "../errors.js";
import { checkWeights } from "./check-input.js";
import type { NoiseOrigin } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { MAX_RADIUS, MIN_RADIUS, projectOntoBall } from "./projection.js";
import { type BitSource, releaseBits, systemBits } from "./random-bits.js";
import { MAX_RATIO, roundedNormals } from "./rounded-normals.js";

/** The noise and the grid of a release. */
export interface GridRelease {
  /** nu: standard deviation of the noise on each weight, > 0. */
  readonly noiseStd: number;
  /** gamma: a power of two, noiseStd 2^-21 and radius 2^-52 or more; see `gridFor`. */
  readonly grid: number;
  /** Of the ball that the released weights lie in. */
  readonly radius: number;
}

/** Whole numbers of grid units up to here, and their sums with the noise, are exact. */
const MAX_UNITS = 2 ** 52;

/**
 * Releases weights that a step without noise has left (docs/theory.md, "The step that is released"), in place:
 *
 *   Y = round(x / gamma),   Z = round(nu xi / gamma), xi ~ N(0, I), correctly rounded,   x' = Proj_R(gamma (Y + Z))
 *
 * As round(Y + t) = Y + round(t) for whole Y, x' is a function of Y + nu xi / gamma: that the numbers are rounded gives nothing
 * away, and there is no value that the noise cannot reach. All or nothing.
 *
 * @param weights within the ball
 * @param step    the step that is released; seeded noise is a function of the key and the step
 * @param noise   "system": fresh bits from the operating system; "seed": a stream of its own, independent of the steps' noise
 * @throws ExpungeError E_KERNEL for weights that are not finite, or a bad key; DomainError E_DOMAIN for numbers out of range
 */
export function releaseOnGrid(
  weights: Float64Array,
  release: GridRelease,
  step: number,
  noise: NoiseOrigin,
): void {
  withNoiseKey(noise, (key) => {
    if (noise.kind === "seed") return releaseWithKey(weights, release, step, key);
    releaseWith(weights, release, step, systemBits());
  });
}

/** The same with the noise of a key. */
export function releaseWithKey(
  weights: Float64Array,
  release: GridRelease,
  step: number,
  key: Uint8Array,
): void {
  releaseWith(weights, release, step, releaseBits(key, step));
}

/** The same with bits from any source, which is wiped. */
export function releaseWith(
  weights: Float64Array,
  release: GridRelease,
  step: number,
  source: BitSource,
): void {
  checkRelease(release, step);
  checkWeights(weights, weights.length);
  const { noiseStd, grid, radius } = release;
  const released = new Float64Array(weights.length);
  try {
    // A quotient by a power of two is exact.
    roundedNormals(noiseStd / grid, source, released);
    for (let i = 0; i < released.length; i++) released[i] = grid * unitsOf(weights[i]! / grid, released[i]!);
    projectOntoBall(released, radius);
    weights.set(released);
  } finally {
    source.wipe();
    released.fill(0);
  }
}

/** round(x) + noise, never a negative zero. */
function unitsOf(x: number, noise: number): number {
  const units = Math.round(x) + noise;
  if (Math.abs(x) <= MAX_UNITS && Math.abs(units) < 2 * MAX_UNITS) return units + 0;
  throw new ExpungeError(
    "E_KERNEL",
    `Expected weights of at most ${MAX_UNITS} grid units before and after the noise, found ${x}.`,
  );
}

function checkRelease({ noiseStd, grid, radius }: GridRelease, step: number): void {
  requireThat(noiseStd > 0 && Number.isFinite(noiseStd), "noiseStd", noiseStd, "to be finite and > 0");
  requireThat(
    radius >= MIN_RADIUS && radius <= MAX_RADIUS,
    "radius",
    radius,
    `to be from ${MIN_RADIUS} to ${MAX_RADIUS}`,
  );
  requireThat(isPowerOfTwo(grid), "grid", grid, "to be a power of two");
  requireThat(
    noiseStd / grid <= MAX_RATIO && radius / grid <= MAX_UNITS,
    "grid",
    grid,
    `to be at least noiseStd 2^-21 and radius 2^-52, with noiseStd = ${noiseStd} and radius = ${radius}`,
  );
  requireThat(Number.isSafeInteger(step) && step >= 1, "step", step, "to be an integer >= 1");
}

/** Whether x is a power of two far from where float64 loses digits. */
function isPowerOfTwo(x: number): boolean {
  if (!(x >= 2 ** -960 && x <= 2 ** 960)) return false;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  return (bits.getUint32(0) & 0xfffff) === 0 && bits.getUint32(4) === 0;
}

function requireThat(holds: boolean, field: string, found: unknown, expected: string): void {
  if (!holds) throw new DomainError(field, found, expected);
}
