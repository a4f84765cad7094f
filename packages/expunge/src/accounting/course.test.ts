import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { certifiedCourse, MAX_COURSE_STEPS, timelineCourse } from "./course.js";
import { processConstants } from "./process.js";
import { type Timeline, timelineEnergy } from "./timeline.js";
import { certifiedEnergy, writeOutVisits } from "./visits.js";

/** By how much the accountant rounds up; more where a ball's diameter was subtracted. */
const ROUNDED_UP = 1e-12;
const ROUNDED_UP_WITH_BALL = 2e-10;

const timelines = fc
  .record({
    contraction: fc.oneof(fc.constant(1), fc.double({ min: 0.3, max: 1, noNaN: true })),
    steps: fc.integer({ min: 1, max: 400 }),
    period: fc.integer({ min: 1, max: 40 }),
    first: fc.integer({ min: 1, max: 40 }),
    sizes: fc.array(fc.double({ min: 1e-3, max: 2, noNaN: true }), { minLength: 1, maxLength: 12 }),
  })
  .map(({ contraction, steps, period, first, sizes }): Timeline => {
    const visits = sizes.map((_, i) => first + i * period).filter((visit) => visit <= steps);
    return { contraction, steps, visits, sensitivities: sizes.slice(0, visits.length) };
  })
  // Beyond, energies are below 1e-200: a test below.
  .filter(
    ({ contraction, steps, visits }) =>
      (steps - (visits[visits.length - 1] ?? steps)) * -Math.log(contraction) < 250,
  );

const relative = (found: number, expected: number): number =>
  Math.abs(found - expected) / Math.max(expected, 1e-300);

describe("the course of a timeline", () => {
  it("has the accountant's energy to 1e-12", () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { energy } = timelineCourse(timeline);
        expect(relative(energy * (1 + ROUNDED_UP), timelineEnergy(timeline))).toBeLessThanOrEqual(1e-12);
      }),
    );
  });

  it("has it with a ball too", () => {
    fc.assert(
      fc.property(timelines, fc.double({ min: 0.05, max: 3, noNaN: true }), (timeline, radius) => {
        const expected = timelineEnergy({ ...timeline, radius });
        const { energy, start } = timelineCourse({ ...timeline, radius });
        const raised = start === 0 ? 1 + ROUNDED_UP : (1 + ROUNDED_UP_WITH_BALL) * (1 + ROUNDED_UP);
        // The accountant may pass over a start that saves less than its own rounding.
        expect(relative(energy * raised, expected)).toBeLessThanOrEqual(start === 0 ? 1e-12 : 4e-10);
      }),
    );
  });

  it("is a plan that the theorem allows: never below zero, and nothing left at the end", () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { added, distance, spent, minorant, sum, corners, uncovered } = timelineCourse(timeline);
        const scale = Math.max(...uncovered, 1e-9);
        let next = 0;
        for (const [k, left] of distance.entries()) {
          if (k > 0) next = timeline.contraction * next + added[k]! - spent[k]!;
          expect(Math.abs(next - left)).toBeLessThan(1e-9 * scale);
          expect(minorant[k]).toBeLessThanOrEqual(sum[k]! * (1 + 1e-12) + 1e-300);
          next = left;
        }
        expect(distance.at(-1)).toBe(0);
        expect(corners[0]).toBe(0);
      }),
    );
  });

  it("of a certificate lies below its energy by what rounding adds only", () => {
    const process = processConstants({
      ...{ rowCount: 1000, batchSize: 20, l2: 0.01, smoothness: 0.25, lipschitz: 1 },
      radius: 16,
      rounding: { kernel: "float64", featureCount: 10, outputCount: 1, noiseStd: 0 },
    });
    const deleted = [
      { batch: 3, count: 2, through: 500 },
      { batch: 40, count: 1, through: 520 },
    ];
    const course = certifiedCourse(process, deleted, 560);
    expect(course.certified).toBe(certifiedEnergy(process, deleted, 560));
    expect(course.energy).toBeLessThan(course.certified);
    // The first visit no longer weighs anything; it is there to be drawn all the same.
    expect(course.added[4]).toBe(2 * process.sensitivity);
    const { visits, sensitivities } = writeOutVisits(process, deleted, { from: 0, to: 560 });
    const { contraction } = process;
    const expected = timelineEnergy({ contraction, steps: 560, visits, sensitivities });
    expect(relative(course.energy * (1 + ROUNDED_UP), expected)).toBeLessThanOrEqual(1e-12);
    expect(course.energy).toBeGreaterThan(0.99 * course.certified);
  });

  it("stays finite where nothing is left to cover", () => {
    const { energy, spent } = timelineCourse({
      contraction: 0.3,
      steps: 2000,
      visits: [1],
      sensitivities: 1,
    });
    expect(energy).toBeLessThan(1e-200);
    expect(spent.every(Number.isFinite)).toBe(true);
  });

  it("of no visits is nothing, and one too long is refused", () => {
    const none = { contraction: 0.9, steps: 10, visits: [], sensitivities: 1 };
    expect(timelineCourse(none).energy).toBe(0);
    expect(() => timelineCourse({ ...none, steps: MAX_COURSE_STEPS + 1 })).toThrow("steps");
  });
});
