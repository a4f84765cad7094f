import { requireNumber } from "./domain.js";
import { geometricSum } from "./geometric-sum.js";
import { RightHull } from "./right-hull.js";
import { MAX_TIME } from "./timeline.js";

/** Up to here every start is tried; beyond it (c very close to 1) a ternary search. */
const SCAN_LIMIT = 512;

/** One slot (or several of one batch) visited once in each of T epochs. */
export interface PeriodicVisits {
  /** c in (0, 1]. */
  readonly contraction: number;
  /** l: steps in an epoch. */
  readonly batchCount: number;
  /** T >= 1: how often the slot was visited. */
  readonly epochs: number;
  /** Steps run after the last visit, >= 0. */
  readonly stepsSince: number;
  /** Shift of one visit. */
  readonly sensitivity: number;
  /** Radius of the projection ball, Infinity (the default) for none. */
  readonly radius?: number;
}

/**
 * `timelineEnergy` for periodic visits in closed form: its cost does not depend on T.
 *
 * Between two visits S rises by s c^{N-v} while t rises by c^{2(N-v)} (1 + c^{-2} + ... + c^{-2(l-1)}): the slopes fall from one visit to
 * the next, so the points before the visits form a concave chain and none of them between the first and the last can be
 * a corner of the convex minorant. What is left is one segment, or two that meet just before the last visit. With a
 * ball the start may lie after any visit; the best one is searched for, and every start gives a valid bound.
 *
 * Source:   docs/theory.md, "Noise at every step".
 * Rounding: never below the exact value, relative error < 1e-11.
 * Checked:  equal to `timelineEnergy` on the visits written out.
 *
 * @returns E >= 0, in units of sensitivity squared
 * @throws DomainError E_DOMAIN
 */
export function periodicEnergy(visits: PeriodicVisits): number {
  const { contraction, batchCount, epochs, stepsSince, sensitivity } = visits;
  const { radius = Number.POSITIVE_INFINITY } = visits;
  requireNumber("contraction", contraction, { min: 0, openMin: true, max: 1 });
  requireNumber("batchCount", batchCount, { min: 1, integer: true });
  requireNumber("epochs", epochs, { min: 1, integer: true });
  requireNumber("stepsSince", stepsSince, { min: 0, integer: true });
  requireNumber("sensitivity", sensitivity, { min: 0 });
  requireNumber("radius", radius, { min: 0, openMin: true, allowInfinity: true });
  if (sensitivity === 0) return 0;
  const chain: Chain = { logC: Math.log(contraction), period: batchCount, sensitivity, stepsSince };
  const fromStart = chainEnergy(chain, epochs, null);
  const fromBall = radius < Number.POSITIVE_INFINITY ? leastFromBall(chain, epochs, 2 * radius) : fromStart;
  return Math.min(fromStart, fromBall) * (1 + 1e-12);
}

interface Chain {
  readonly logC: number;
  readonly period: number;
  readonly sensitivity: number;
  readonly stepsSince: number;
}

/**
 * Energy of covering the last `count` visits, in units where the last visit has weight 1; from just before the first of
 * them where `diameter` is null, else from that distance right after the visit before them.
 */
function chainEnergy(
  { logC, period, sensitivity, stepsSince }: Chain,
  count: number,
  diameter: number | null,
): number {
  const hull = new RightHull(3);
  const carried = diameter === null ? 0 : diameter * Math.exp(count * period * logC);
  const total = sensitivity * geometricSum(period * logC, count);
  // With no visit left the clock starts right after the last one, not just before it.
  const tailSteps = count === 0 ? stepsSince : stepsSince + 1;
  const tail = geometricSum(-2 * logC, tailSteps) * (count === 0 ? Math.exp(-2 * logC) : 1);
  const tailTime = Math.min(tail, MAX_TIME);
  const chainSteps = Math.max(0, (count - 1) * period);
  const chainTime = Math.exp(2 * logC) * geometricSum(2 * logC, chainSteps);
  const leadSteps = diameter === null || count === 0 ? 0 : period - 1;
  const leadTime = Math.exp(2 * (chainSteps + 1) * logC) * geometricSum(2 * logC, leadSteps);
  if (count > 0) hull.push(tailTime, sensitivity);
  if (count > 1) hull.push(tailTime + chainTime, total);
  return diameter === null
    ? hull.energyFromTop()
    : hull.energyFrom(tailTime + chainTime + leadTime, total + carried);
}

/** The best number of visits left to cover when starting from the ball's diameter right after a visit. */
function leastFromBall(chain: Chain, epochs: number, diameter: number): number {
  const decay = chain.period * chain.logC;
  // The distance never reaches the diameter: starting from it can only be worse.
  const ceiling = decay < 0 ? chain.sensitivity / -Math.expm1(decay) : Number.POSITIVE_INFINITY;
  if (ceiling <= diameter) return Number.POSITIVE_INFINITY;
  const horizon = decay < 0 ? Math.ceil(Math.log(1e-20) / decay) : Number.POSITIVE_INFINITY;
  const most = Math.min(epochs - 1, horizon);
  const energy = (count: number): number => chainEnergy(chain, count, diameter);
  if (most <= SCAN_LIMIT) return scan(energy, 0, most);
  // The energy falls, then rises with the number of visits left; were it not so, the answer would still be a valid bound.
  let low = 0;
  let high = most;
  while (high - low > 3) {
    const third = Math.floor((high - low) / 3);
    if (energy(low + third) <= energy(high - third)) high -= third;
    else low += third;
  }
  return scan(energy, low, high);
}

function scan(energy: (count: number) => number, low: number, high: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = low; count <= high; count++) least = Math.min(least, energy(count));
  return least;
}
