import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";
import { geometricSum } from "./geometric-sum.js";
import { RightHull } from "./right-hull.js";

/** A pair of runs that differ, at the visited steps, by at most the given shifts. */
export interface Timeline {
  /** Lipschitz constant c of every step map, in (0, 1]. */
  readonly contraction: number;
  /** N: steps run in all. */
  readonly steps: number;
  /** 1-based step numbers, ascending; a repeated number adds up. */
  readonly visits: ArrayLike<number>;
  /** How far a visit can drive the two runs apart: eta M / b (tombstone), 2 eta M / b (replace), times the rows visited. */
  readonly sensitivities: ArrayLike<number> | number;
  /** Radius of the projection ball; Infinity (the default) for none. */
  readonly radius?: number;
}

/** A visit whose decayed weight, against the last visit's, is below this moves forward to the first visit kept. */
const NEGLIGIBLE_WEIGHT = 1e-20;

/** The last noise may outweigh the visits by more than a double holds; a shorter time only raises the energy. */
export const MAX_TIME = 1e250;

/** Absorbs the rounding of the sums, upwards. */
const ROUNDING = 1e-12;

/**
 * The least noise energy E that covers the differences of a timeline: the pair of final laws is mu-GDP with
 * mu = sqrt(E) / (sqrt(2 eta) sigma).
 *
 * E is the least sum of a_k^2 over all plans with z_0 = 0, z_k = c z_{k-1} + s_k - a_k >= 0, z_N = 0. With
 * t_k = sum_{j<=k} c^{2(N-j)} and S_k = sum_{j<=k} c^{N-j} s_j it is the energy of the greatest convex minorant of the
 * points (t_k, S_k): sum over its segments of (delta S)^2 / (delta t). Only the points just before a visit, the start and
 * the end can be corners. With a ball of radius R a plan may also start at any step with z = 2R; it pays to do so only
 * right after a visit. One right-to-left lower hull serves all the starts, each by a tangent: O(V log V) for V visits.
 *
 * Source:   Bok, Su, Altschuler 2024 (shifted interpolation, meta-theorem); the closed form is ours (docs/theory.md, "Any schedule of noise").
 * Rounding: never below the exact value, relative error < 1e-11.
 * Checked:  spec vectors timeline; brute-force quadratic programmes; the exact linear-Gaussian law.
 *
 * @returns E >= 0, in units of sensitivity squared
 * @throws DomainError E_DOMAIN
 */
export function timelineEnergy(timeline: Timeline): number {
  const { contraction, steps, visits, radius = Number.POSITIVE_INFINITY } = timeline;
  requireNumber("contraction", contraction, { min: 0, openMin: true, max: 1 });
  requireNumber("steps", steps, { min: 0, integer: true });
  requireNumber("radius", radius, { min: 0, openMin: true, allowInfinity: true });
  checkVisits(timeline);
  if (visits.length === 0) return 0;
  const points = weighVisits(timeline);
  return leastEnergy(points, radius) * (1 + ROUNDING);
}

/** mu of the Gaussian bound for an energy E and noise of standard deviation noiseStd = sqrt(2 eta) sigma a step. */
export function muFromEnergy(energy: number, noiseStd: number): number {
  requireNumber("energy", energy, { min: 0 });
  requireNumber("noiseStd", noiseStd, { min: 0 });
  if (energy === 0) return 0;
  return Math.sqrt(energy) / noiseStd;
}

function checkVisits({ steps, visits, sensitivities }: Timeline): void {
  const isList = typeof sensitivities !== "number";
  if (isList && sensitivities.length !== visits.length) {
    throw new DomainError(
      "sensitivities.length",
      sensitivities.length,
      `to equal visits.length = ${visits.length}`,
    );
  }
  if (!isList) requireNumber("sensitivities", sensitivities, { min: 0 });
  let previous = 1;
  for (let i = 0; i < visits.length; i++) {
    const visit = visits[i]!;
    if (!(Number.isInteger(visit) && visit >= previous && visit <= steps)) {
      throw new DomainError(`visits[${i}]`, visit, `to be an integer in [${previous}, ${steps}], ascending`);
    }
    previous = visit;
    if (!isList) continue;
    const shift = sensitivities[i]!;
    if (!(shift >= 0 && shift < Number.POSITIVE_INFINITY))
      throw new DomainError(`sensitivities[${i}]`, shift, "in [0, inf)");
  }
}

/** The shift of the visit with an index. */
export function shiftsByVisit(sensitivities: Timeline["sensitivities"]): (index: number) => number {
  return typeof sensitivities === "number" ? () => sensitivities : (index) => sensitivities[index]!;
}

/**
 * The timeline as points, newest visit first, in units where the last visit has weight 1, so that nothing underflows however long ago it was:
 * scaling S by w and t by w^2 leaves E as it is. They are summed from the end, so that the newest differences have all their digits.
 */
interface Points {
  /** Number of visits kept. */
  readonly count: number;
  /** Noise to come from just before a visit on, its own step's included. */
  readonly before: Float64Array;
  /** Noise to come after the visit's own step. */
  readonly after: Float64Array;
  /** Shifts to come from just before a visit on. */
  readonly sum: Float64Array;
  /** Weight of a visit, in (0, 1]. */
  readonly weight: Float64Array;
}

function weighVisits({ contraction, steps, visits, sensitivities }: Timeline): Points {
  const logC = Math.log(contraction);
  const last = visits[visits.length - 1]!;
  const shiftAt = shiftsByVisit(sensitivities);
  const first = firstKept(visits, last, logC);
  const firstVisit = visits[first]!;
  const capacity = visits.length - first;
  const before = new Float64Array(capacity);
  const after = new Float64Array(capacity);
  const sum = new Float64Array(capacity);
  const weight = new Float64Array(capacity);
  // Old visits, moved forward to the first one kept at their decayed size: the set of plans only shrinks, so E only grows.
  let moved = 0;
  for (let i = 0; i < first; i++) moved += Math.exp((firstVisit - visits[i]!) * logC) * shiftAt(i);
  let time = Math.min(blockTime(last, steps, last, logC), MAX_TIME);
  let total = 0;
  let count = 0;
  for (let i = visits.length - 1; i >= first; i--) {
    const visit = visits[i]!;
    const newer = visits[i + 1] ?? visit;
    const w = Math.exp((last - visit) * logC);
    total += w * (shiftAt(i) + (i === first ? moved : 0));
    if (visit < newer || i === visits.length - 1) {
      time += blockTime(visit, newer - 1, last, logC);
      after[count] = time;
      time += w * w;
      before[count] = time;
      weight[count] = w;
      count++;
    }
    sum[count - 1] = total;
  }
  return { count, before, after, sum, weight };
}

function firstKept(visits: ArrayLike<number>, last: number, logC: number): number {
  if (logC === 0) return 0;
  const horizon = Math.log(NEGLIGIBLE_WEIGHT) / logC;
  let low = 0;
  let high = visits.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (last - visits[middle]! <= horizon) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** sum over j = from+1..to of c^{2(reference-j)}. */
function blockTime(from: number, to: number, reference: number, logC: number): number {
  return Math.exp(2 * (reference - to) * logC) * geometricSum(2 * logC, to - from);
}

function leastEnergy(points: Points, radius: number): number {
  const { count, before, after, sum, weight } = points;
  const hull = new RightHull(count + 1);
  let least = Number.POSITIVE_INFINITY;
  let sumAfter = 0;
  for (let i = 0; i < count; i++) {
    if (radius < Number.POSITIVE_INFINITY)
      least = Math.min(least, hull.energyFrom(after[i]!, sumAfter + 2 * radius * weight[i]!));
    sumAfter = sum[i]!;
    hull.push(before[i]!, sumAfter);
  }
  // Before the first visit there is nothing to cover: the minorant is zero up to there.
  return Math.min(least, hull.energyFromTop());
}
