import { requireNumber } from "./domain.js";
import { geometricSum } from "./geometric-sum.js";
import type { ProcessConstants } from "./process.js";
import { RightHull } from "./right-hull.js";
import { type Timeline, timelineEnergy } from "./timeline.js";
import { certifiedEnergy, type DeletedSlots } from "./visits.js";

/**
 * How a timeline's energy comes about, step by step: index k is what holds after step k, index 0 the start. For people to look at; what
 * is certified is `timelineEnergy`.
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
 * Checked: its energy is that of `timelineEnergy` to 1e-12, the plan is one that the theorem allows.
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
  const corners = cornersFrom(timeline, points, start, points.sum[start] - initial * points.weight[start]);
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
      added[step] += count * sensitivity;
  }
  const visits = Array.from(added.keys()).filter((step) => added[step] > 0);
  return { visits, sensitivities: visits.map((step) => added[step]) };
}

function shiftsOf({ steps, visits, sensitivities }: Timeline): Float64Array {
  const added = new Float64Array(steps + 1);
  for (let i = 0; i < visits.length; i++)
    added[visits[i]] += typeof sensitivities === "number" ? sensitivities : sensitivities[i];
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
  const last = visits.length === 0 ? steps : visits[visits.length - 1];
  const reach = logC === 0 ? steps : Math.floor(last - Math.log(MAX_WEIGHT) / logC);
  const end = Math.min(steps, reach);
  const weight = Float64Array.from(added, (_, k) => (k > end ? 0 : Math.exp((last - k) * logC)));
  const time = new Float64Array(steps + 1);
  const sum = new Float64Array(steps + 1);
  for (let k = 1; k <= steps; k++) {
    sum[k] = sum[k - 1] + weight[k] * added[k];
    // After the last visit the closed form keeps a fast growing sum exact.
    time[k] =
      k <= last || k > end
        ? time[k - 1] + weight[k] * weight[k]
        : time[last] + weight[k] * weight[k] * geometricSum(2 * logC, k - last);
  }
  return { weight, time, sum, end };
}

/** Only the points just before a visit, and the ends, can be corners. */
function* candidates({ visits }: Timeline, start: number, end: number): Generator<number> {
  yield end;
  for (let i = visits.length - 1; i >= 0 && visits[i] > start; i--) {
    if (i === 0 || visits[i] > visits[i - 1]) yield visits[i] - 1;
  }
}

/** The visit after which it pays most to begin anew with the ball's diameter; 0 where none does. */
function bestStart({ visits }: Timeline, { weight, time, sum, end }: Points, radius: number): number {
  if (radius === Number.POSITIVE_INFINITY) return 0;
  const hull = new RightHull(visits.length + 2);
  let best = { start: 0, energy: Number.POSITIVE_INFINITY };
  let at = Number.NaN;
  hull.push(time[end], sum[end]);
  for (let i = visits.length - 1; i >= 0; i--) {
    const visit = visits[i];
    if (visit === at) continue;
    at = visit;
    const energy = hull.energyFrom(time[visit], sum[visit] - 2 * radius * weight[visit]);
    if (sum[visit] > 2 * radius * weight[visit] && energy < best.energy) best = { start: visit, energy };
    hull.push(time[visit - 1], sum[visit - 1]);
  }
  if (visits.length > 0 && visits[0] > 1) hull.push(0, 0);
  return best.energy < hull.energyFromTop() ? best.start : 0;
}

interface Corner {
  readonly step: number;
  readonly time: number;
  readonly sum: number;
}

/** Corners of the lower hull to the right of a start, in order. */
function cornersFrom(
  timeline: Timeline,
  { time, sum, end }: Points,
  start: number,
  sumAtStart: number,
): Corner[] {
  const stack: Corner[] = [];
  const push = (corner: Corner): void => {
    while (stack.length > 0 && (stack.at(-1) as Corner).time <= corner.time) stack.pop();
    while (stack.length > 1 && !turnsUp(corner, stack.at(-1) as Corner, stack.at(-2) as Corner)) stack.pop();
    stack.push(corner);
  };
  for (const step of candidates(timeline, start, end)) {
    if (step > start) push({ step, time: time[step], sum: sum[step] });
  }
  push({ step: start, time: time[start], sum: sumAtStart });
  return stack.reverse();
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
  corners: readonly Corner[],
  initial: number,
): Omit<Course, "steps" | "added" | "start"> {
  const [distance, uncovered, spent, minorant] = [0, 1, 2, 3].map(() => new Float64Array(added.length));
  for (let k = 1; k < added.length; k++) uncovered[k] = contraction * uncovered[k - 1] + added[k];
  const [{ step: start, sum: sumAtStart }] = corners;
  // Before a plan's start the ball alone bounds the distance.
  for (let k = 1; k <= start; k++) distance[k] = Math.min(uncovered[k], initial);
  distance[start] = initial;
  minorant[start] = sumAtStart;
  let energy = 0;
  for (let i = 1; i < corners.length; i++) {
    const [from, to] = [corners[i - 1], corners[i]];
    const slope = Math.max(0, to.sum - from.sum) / (to.time - from.time);
    for (let k = from.step + 1; k <= to.step; k++) {
      spent[k] = slope * weight[k];
      energy += spent[k] * spent[k];
      minorant[k] = from.sum + slope * (time[k] - from.time);
      distance[k] = Math.max(0, contraction * distance[k - 1] + added[k] - spent[k]);
    }
    distance[to.step] = 0;
  }
  return {
    ...{ distance, uncovered, spent, time, sum, minorant, energy },
    corners: corners.map(({ step }) => step),
  };
}
