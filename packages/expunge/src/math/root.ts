/**
 * The point where a monotone function passes from positive to non-positive, from the side where it is met.
 *
 * `excess(x) > 0` at `fails`, `excess(x) <= 0` at `meets`; either may be the larger. Returns the point on the side
 * that meets, so that a budget found this way is never exceeded. Regula falsi with a bisection whenever the bracket
 * does not halve, down to neighbouring doubles or a relative width of 1e-15.
 */
export function monotoneRoot(excess: (x: number) => number, fails: number, meets: number): number {
  let excessFails = excess(fails);
  let excessMeets = excess(meets);
  if (!(excessFails > 0)) return fails;
  for (let round = 0; round < 400; round++) {
    const width = Math.abs(meets - fails);
    if (width <= 1e-15 * Math.max(Math.abs(meets), Math.abs(fails))) break;
    const secant = fails + ((meets - fails) * excessFails) / (excessFails - excessMeets);
    for (const candidate of [secant, 0.5 * (fails + meets)]) {
      if (!isStrictlyBetween(candidate, fails, meets)) continue;
      const value = excess(candidate);
      if (value > 0) [fails, excessFails] = [candidate, value];
      else [meets, excessMeets] = [candidate, value];
    }
    if (!isStrictlyBetween(0.5 * (fails + meets), fails, meets)) break;
  }
  return meets;
}

function isStrictlyBetween(x: number, a: number, b: number): boolean {
  return Number.isFinite(x) && x > Math.min(a, b) && x < Math.max(a, b);
}

/**
 * The smallest integer in [low, high] that `meets`, for a predicate that stays true once true; null if even `high` fails.
 * Doubles from `low` before it bisects, because answers are usually small.
 */
export function smallestInteger(meets: (k: number) => boolean, low: number, high: number): number | null {
  if (meets(low)) return low;
  let failing = low;
  let step = 1;
  let passing = Math.min(low + step, high);
  while (!meets(passing)) {
    if (passing >= high) return null;
    failing = passing;
    step *= 2;
    passing = Math.min(failing + step, high);
  }
  while (passing - failing > 1) {
    const middle = Math.floor((failing + passing) / 2);
    if (meets(middle)) passing = middle;
    else failing = middle;
  }
  return passing;
}
