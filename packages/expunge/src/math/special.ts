import stdlibErfcx from "@stdlib/math-base-special-erfcx";

// The package is CommonJS; bundlers and Node disagree about where the function sits.
const erfcx = ("default" in stdlibErfcx ? stdlibErfcx.default : stdlibErfcx) as (x: number) => number;

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
const SQRT_HALF_PI = Math.sqrt(Math.PI / 2);

/** The standard normal distribution function Phi(x), relative error below 1e-14 in both tails until it underflows. */
export function normalCdf(x: number): number {
  const tail = Math.exp(normalLogPdf(x)) * millsRatio(Math.abs(x));
  return x < 0 ? tail : 1 - tail;
}

/** log of the standard normal density. */
export function normalLogPdf(x: number): number {
  return -0.5 * x * x - LOG_SQRT_2PI;
}

/** Mills' ratio Phi(-x) / phi(x) = sqrt(pi/2) erfcx(x / sqrt 2): the tail without its tiny factor. Overflows below x = -37. */
export function millsRatio(x: number): number {
  return SQRT_HALF_PI * erfcx(x * Math.SQRT1_2);
}

/** log(exp(a) + exp(b)) without overflow. */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === Number.NEGATIVE_INFINITY) return high;
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
