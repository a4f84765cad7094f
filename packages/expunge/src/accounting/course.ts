import { requireNumber } from "./domain.js";
import { geometricSum } from "./geometric-sum.js";
import type { ProcessConstants } from "./process.js";
import { RightHull } from "./right-hull.js";
import { shiftsByVisit, type Timeline, timelineEnergy } from "./timeline.js";
import { certifiedEnergy, type DeletedSlots } from "./visits.js";

/**
 * How a timeline's energy comes about, step by step: index k is what holds after step k, index 0 the start. For people to look at: no claim and no
 * plan reads any of it, and what is certified is `timelineEnergy`. Its sums run from the start, because they are drawn; so where early shifts are very
 * much larger than the newest, of these digits are lost here that `timelineEnergy`, which sums from the end, keeps.
 */
export interface Course {
  /** N. */
  readonly steps: number;
  /** s_k: what visits at step k add to the distance. */
  readonly added: Float64Array;
  /** z_k of the cheapest plan: what is left between the two runs once noise up to step k has covered its share. */
  readonly distance: Float64Array;
  /** The same without any noise spent: visits and contraction alone. */
  readonly uncovered: Float64Array;
  /** a_k: the distance that the noise of step k covers. */
  readonly spent: Float64Array;
  /** t_k, S_k and the greatest convex minorant of these points, in units where the last visit has weight 1. */
  readonly time: Float64Array;
  readonly sum: Float64Array;
  readonly minorant: Float64Array;
  /** Steps at which the minorant turns, both its ends included. */
  readonly corners: readonly number[];
  /** Step from which the plan runs: 0, or a visit at which it begins anew with the ball's diameter. */
  readonly start: number;
  /** sum of spent^2. */
  readonly energy: number;
}

/** More would not fit a picture, nor the memory of a phone. */
export const MAX_COURSE_STEPS = 2 ** 21;

/**
 * The least plan of a timeline written out: a_k = slope of the minorant at t_k times the weight of step k, z_k = c z_{k-1} + s_k - a_k.
 *
 * Source:  docs/theory.md, "Any schedule of noise"; the corners are those of `timelineEnergy`.
 * Checked: its energy is that of `timelineEnergy` to 1e-12 where shifts differ by less than some thousand times, the plan is one that the theorem allows.
 *
 * @throws DomainError E_DOMAIN, also for more than MAX_COURSE_STEPS steps
 */
export function timelineCourse(timeline: Timeline): Course {
  const { contraction, steps, radius = Number.POSITIVE_INFINITY } = timeline;
  requireNumber("steps", steps, { min: 0, max: MAX_COURSE_STEPS, integer: true });
  // It also checks everything else.
  timelineEnergy(timeline);
  const added = shiftsOf(timeline);
  const points = pointsOf(timeline, added);
  const start = bestStart(timeline, points, radius);
  const initial = start === 0 ? 0 : 2 * radius;
  const sumAtStart = points.sum[start]! - initial * points.weight[start]!;
  const corners = cornersFrom(timeline, points, start, sumAtStart);
  return { steps, added, start, ...spend(contraction, added, points, corners, initial) };
}

/**
 * The course behind the energy that a certificate claims, which is a little larger: it allows for rounding as well. Every visit is written
 * out, also those that the accountant moves forward because they no longer weigh anything.
 */
export function certifiedCourse(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  steps: number,
): Course & { readonly certified: number } {
  requireNumber("steps", steps, { min: 0, max: MAX_COURSE_STEPS, integer: true });
  const { contraction, radius } = process;
  const { visits, sensitivities } = everyVisit(process, deleted, steps);
  const course = timelineCourse({ contraction, steps, visits, sensitivities, radius });
  return { ...course, certified: certifiedEnergy(process, deleted, steps) };
}

function everyVisit(
  { batchCount, sensitivity }: ProcessConstants,
  deleted: readonly DeletedSlots[],
  steps: number,
): Pick<Timeline, "visits" | "sensitivities"> {
  const added = new Float64Array(steps + 1);
  for (const { batch, count, through } of deleted) {
    for (let step = batch + 1; step <= Math.min(through, steps); step += batchCount)
      added[step]! += count * sensitivity;
  }
  const visits: number[] = [];
  const sensitivities: number[] = [];
  added.forEach((shift, step) => {
    if (!(shift > 0)) return;
    visits.push(step);
    sensitivities.push(shift);
  });
  return { visits, sensitivities };
}

function shiftsOf({ steps, visits, sensitivities }: Timeline): Float64Array {
  const added = new Float64Array(steps + 1);
  const shiftAt = shiftsByVisit(sensitivities);
  for (let i = 0; i < visits.length; i++) added[visits[i] as number]! += shiftAt(i);
  return added;
}

interface Points {
  readonly weight: Float64Array;
  readonly time: Float64Array;
  readonly sum: Float64Array;
  /** Last step looked at: what noise after it would save is far below every digit. */
  readonly end: number;
}

/** Weights grow after the last visit; beyond this their squares would leave the doubles. */
const MAX_WEIGHT = 1e120;

function pointsOf({ contraction, steps, visits }: Timeline, added: Float64Array): Points {
  const logC = Math.log(contraction);
  const last = visits[visits.length - 1] ?? steps;
  const reach = logC === 0 ? steps : Math.floor(last - Math.log(MAX_WEIGHT) / logC);
  const end = Math.min(steps, reach);
  const weight = Float64Array.from(added, (_, k) => (k > end ? 0 : Math.exp((last - k) * logC)));
  const time = new Float64Array(steps + 1);
  const sum = new Float64Array(steps + 1);
  for (let k = 1; k <= steps; k++) {
    const w = weight[k]!;
    sum[k] = sum[k - 1]! + w * added[k]!;
    // After the last visit the closed form keeps a fast growing sum exact.
    time[k] =
      k <= last || k > end ? time[k - 1]! + w * w : time[last]! + w * w * geometricSum(2 * logC, k - last);
  }
  return { weight, time, sum, end };
}

/** Only the points just before a visit, and the ends, can be corners. */
function* candidates({ visits }: Timeline, start: number, end: number): Generator<number> {
  yield end;
  for (let i = visits.length - 1; i >= 0; i--) {
    const visit = visits[i]!;
    if (visit <= start) return;
    if (visit !== visits[i - 1]) yield visit - 1;
  }
}

/** The visit after which it pays most to begin anew with the ball's diameter; 0 where none does. */
function bestStart({ visits }: Timeline, { weight, time, sum, end }: Points, radius: number): number {
  if (radius === Number.POSITIVE_INFINITY) return 0;
  const hull = new RightHull(visits.length + 2);
  const timeFrom = (step: number): number => time[end]! - time[step]!;
  const sumFrom = (step: number): number => sum[end]! - sum[step]!;
  let best = { start: 0, energy: Number.POSITIVE_INFINITY };
  let at = Number.NaN;
  for (let i = visits.length - 1; i >= 0; i--) {
    const visit = visits[i]!;
    if (visit === at) continue;
    at = visit;
    const diameter = 2 * radius * weight[visit]!;
    const energy = hull.energyFrom(timeFrom(visit), sumFrom(visit) + diameter);
    if (sum[visit]! > diameter && energy < best.energy) best = { start: visit, energy };
    hull.push(timeFrom(visit - 1), sumFrom(visit - 1));
  }
  if ((visits[0] ?? 0) > 1) hull.push(timeFrom(0), sumFrom(0));
  return best.energy < hull.energyFromTop() ? best.start : 0;
}

interface Corner {
  readonly step: number;
  readonly time: number;
  readonly sum: number;
}

/** The first is the start. */
type Corners = readonly [Corner, ...Corner[]];

/** Corners of the lower hull to the right of a start, in order. */
function cornersFrom(
  timeline: Timeline,
  { time, sum, end }: Points,
  start: number,
  sumAtStart: number,
): Corners {
  const stack: Corner[] = [];
  const popPassed = (corner: Corner): void => {
    while (stack.length > 0 && (stack.at(-1) as Corner).time <= corner.time) stack.pop();
    while (stack.length > 1 && !turnsUp(corner, stack.at(-1) as Corner, stack.at(-2) as Corner)) stack.pop();
  };
  for (const step of candidates(timeline, start, end)) {
    if (step <= start) continue;
    const corner = { step, time: time[step]!, sum: sum[step]! };
    popPassed(corner);
    stack.push(corner);
  }
  const first = { step: start, time: time[start]!, sum: sumAtStart };
  popPassed(first);
  return [first, ...stack.reverse()];
}

/** Whether the slope grows at the middle corner. */
function turnsUp(left: Corner, middle: Corner, right: Corner): boolean {
  return (
    (middle.sum - left.sum) * (right.time - left.time) < (right.sum - left.sum) * (middle.time - left.time)
  );
}

function spend(
  contraction: number,
  added: Float64Array,
  { weight, time, sum }: Points,
  corners: Corners,
  initial: number,
): Omit<Course, "steps" | "added" | "start"> {
  const distance = new Float64Array(added.length);
  const uncovered = new Float64Array(added.length);
  const spent = new Float64Array(added.length);
  const minorant = new Float64Array(added.length);
  for (let k = 1; k < added.length; k++) uncovered[k] = contraction * uncovered[k - 1]! + added[k]!;
  let [from] = corners;
  // Before a plan's start the ball alone bounds the distance.
  for (let k = 1; k <= from.step; k++) distance[k] = Math.min(uncovered[k]!, initial);
  distance[from.step] = initial;
  minorant[from.step] = from.sum;
  let energy = 0;
  for (const to of corners.slice(1)) {
    const slope = Math.max(0, to.sum - from.sum) / (to.time - from.time);
    for (let k = from.step + 1; k <= to.step; k++) {
      const covered = slope * weight[k]!;
      spent[k] = covered;
      energy += covered * covered;
      minorant[k] = from.sum + slope * (time[k]! - from.time);
      distance[k] = Math.max(0, contraction * distance[k - 1]! + added[k]! - covered);
    }
    distance[to.step] = 0;
    from = to;
  }
  return {
    ...{ distance, uncovered, spent, time, sum, minorant, energy },
    corners: corners.map(({ step }) => step),
  };
}
