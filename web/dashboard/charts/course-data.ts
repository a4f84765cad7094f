import {
  type Claim,
  type Course,
  certifiedCourse,
  claimFromEnergy,
  type DeletedSlots,
  MOST_COURSE_STEPS,
  placeRequest,
  stepsToUnlearn,
} from "expunge/accounting";
import type { CourseCase } from "./course-case";

export interface DrawnCourse {
  readonly course: Course;
  readonly claim: Claim;
  /** Steps at which a row of the request was looked at. */
  readonly visits: readonly number[];
}

export const deletedOf = ({ deleted, process, stepsBefore }: CourseCase): readonly DeletedSlots[] =>
  deleted ?? placeRequest(process, stepsBefore, 1, "worst");

export const isTooLong = ({ stepsBefore }: CourseCase): boolean => 2 * stepsBefore > MOST_COURSE_STEPS;

/** Steps from the request to the release; null where no number of them is enough. */
export function stepsOf(shown: CourseCase): number | null {
  const { stepsBefore, stepsAfter, process, sigma, target } = shown;
  if (stepsAfter !== null) return stepsAfter - stepsBefore;
  const asked = { process, sigma, deleted: deletedOf(shown), steps: stepsBefore, ...target };
  return stepsToUnlearn(asked)?.steps ?? null;
}

export function drawnCourse(shown: CourseCase, further: number): DrawnCourse {
  const { process, sigma, target, stepsBefore } = shown;
  const course = certifiedCourse(process, deletedOf(shown), stepsBefore + further);
  const claim = claimFromEnergy(process, sigma, course.certified, target.delta);
  const visits: number[] = [];
  course.added.forEach((shift, step) => {
    if (shift > 0) visits.push(step);
  });
  return { course, claim, visits };
}

export interface Point {
  readonly step: number;
  readonly distance: number;
  readonly uncovered: number;
  readonly spent: number;
}

const MOST_POINTS = 700;

/**
 * Steps from `from` on, few enough to draw: of each stretch the one with the least and the one with the greatest distance, so that no tooth
 * of the saw is lost.
 *
 * @param unit what one look at one row adds
 */
export function samplePoints(course: Course, from: number, unit: number): readonly Point[] {
  const { steps, distance, uncovered, spent } = course;
  const width = Math.max(1, Math.ceil((steps - from) / (MOST_POINTS / 2)));
  const chosen = new Set<number>([from, steps]);
  for (let left = from; left <= steps; left += width) {
    let [low, high] = [left, left];
    for (let k = left; k < Math.min(left + width, steps + 1); k++) {
      if (distance[k] < distance[low]) low = k;
      if (distance[k] > distance[high]) high = k;
    }
    chosen.add(low).add(high);
  }
  return [...chosen]
    .sort((a, b) => a - b)
    .map((step) => ({
      step,
      distance: distance[step] / unit,
      uncovered: uncovered[step] / unit,
      spent: spent[step] / unit,
    }));
}

export interface HullPoint {
  readonly time: number;
  readonly sum: number;
}

/** The points (t, S) and their greatest convex minorant, both from 0 to 1. */
export function hullOf(course: Course): {
  readonly stairs: readonly HullPoint[];
  readonly hull: readonly HullPoint[];
} {
  const { time, sum, minorant, corners, added, steps } = course;
  const [end, top] = [time[steps] || 1, sum[steps] || 1];
  const at = (step: number, height: number): HullPoint => ({ time: time[step] / end, sum: height / top });
  const stairs: HullPoint[] = [{ time: 0, sum: 0 }];
  for (let k = 1; k <= steps; k++) {
    // Too far left to be told apart from the corner.
    if (added[k] === 0 || time[k] / end < 1e-4) continue;
    stairs.push(at(k - 1, sum[k - 1]), at(k, sum[k]));
  }
  stairs.push({ time: 1, sum: 1 });
  return { stairs, hull: corners.map((step) => at(step, minorant[step])) };
}
