import stdlibErfc from "@stdlib/math-base-special-erfc";
import stdlibErfcx from "@stdlib/math-base-special-erfcx";

// The packages are CommonJS; bundlers and Node disagree about where the function sits.
const unwrap = (m: unknown): ((x: number) => number) =>
  typeof m === "function" ? (m as (x: number) => number) : (m as { default: (x: number) => number }).default;
const erfc = unwrap(stdlibErfc);
const erfcx = unwrap(stdlibErfcx);

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
const SQRT_HALF_PI = Math.sqrt(Math.PI / 2);

/** The standard normal distribution function Phi(x), relative error below 1e-14 in both tails until it underflows. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
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
