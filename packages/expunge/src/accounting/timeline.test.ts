import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastEnergyByQuadraticProgramme } from "../../../../test/quadratic-programme.js";
import { vectors } from "../../../../test/vectors.js";
import { periodicEnergy } from "./periodic.js";
import { muFromEnergy, timelineEnergy } from "./timeline.js";

describe("the timeline energy against the vectors, to 1e-9", () => {
  it.each((vectors.timeline ?? []).map((vector, index) => ({ index, ...vector })))(
    "timeline vector $index: c = $c, N = $N",
    ({ c, N, visits, sensitivities, energy }) => {
      const found = timelineEnergy({ contraction: c, steps: N, visits, sensitivities });
      expect(Math.abs(found / energy - 1)).toBeLessThan(1e-9);
    },
  );
});

const timelines = fc
  .record({
    contraction: fc.oneof(fc.constant(1), fc.double({ min: 0.3, max: 1, noNaN: true })),
    steps: fc.integer({ min: 1, max: 14 }),
    seed: fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 2, noNaN: true })), {
      minLength: 14,
      maxLength: 14,
    }),
  })
  .map(({ contraction, steps, seed }) => {
    const visits: number[] = [];
    const sensitivities: number[] = [];
    for (const [i, [isVisited, shift]] of seed.slice(0, steps).entries()) {
      if (!isVisited) continue;
      visits.push(i + 1);
      sensitivities.push(shift);
    }
    return { contraction, steps, visits, sensitivities };
  })
  .filter(({ visits }) => visits.length > 0);

describe("the timeline energy", () => {
  it("of one visit at the last step is the Gaussian mechanism's", () => {
    expect(timelineEnergy({ contraction: 0.9, steps: 50, visits: [50], sensitivities: [0.3] })).toBeCloseTo(
      0.09,
      12,
    );
  });

  it("of one visit and k further steps without contraction is s^2 / (k + 1)", () => {
    expect(timelineEnergy({ contraction: 1, steps: 50, visits: [41], sensitivities: 0.3 })).toBeCloseTo(
      0.009,
      13,
    );
  });

  it("agrees with a brute-force quadratic programme to 1e-9", () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const exact = leastEnergyByQuadraticProgramme(timeline);
        const found = timelineEnergy(timeline);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-9 * Math.max(exact, 1e-12) + 1e-13);
      }),
      { numRuns: 300 },
    );
  });

  it("with a ball agrees with brute force over every start, to 1e-9", () => {
    fc.assert(
      fc.property(timelines, fc.double({ min: 0.01, max: 3, noNaN: true }), (timeline, radius) => {
        let exact = leastEnergyByQuadraticProgramme(timeline);
        for (let start = 1; start < timeline.steps; start++) {
          exact = Math.min(exact, leastEnergyByQuadraticProgramme(timeline, start, 2 * radius));
        }
        const found = timelineEnergy({ ...timeline, radius });
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-9 * Math.max(exact, 1e-12) + 1e-13);
      }),
      { numRuns: 300 },
    );
  });

  it("is never below what the exact law of linear maps needs: S_N^2 / t_N", () => {
    fc.assert(
      fc.property(timelines, ({ contraction, steps, visits, sensitivities }) => {
        let sum = 0;
        let time = 0;
        for (let j = 1; j <= steps; j++) time += contraction ** (2 * (steps - j));
        visits.forEach((v, i) => {
          sum += contraction ** (steps - v) * sensitivities[i]!;
        });
        const exact = sum ** 2 / time;
        expect(timelineEnergy({ contraction, steps, visits, sensitivities })).toBeGreaterThanOrEqual(
          exact * (1 - 1e-13),
        );
      }),
    );
  });

  it("falls with every further step, grows with every sensitivity and scales with its square", () => {
    fc.assert(
      fc.property(
        timelines,
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (timeline, more, factor) => {
          const energy = timelineEnergy(timeline);
          expect(timelineEnergy({ ...timeline, steps: timeline.steps + more })).toBeLessThanOrEqual(
            energy * (1 + 1e-11),
          );
          const scaled = timeline.sensitivities.map((s) => s * factor);
          const scaledEnergy = timelineEnergy({ ...timeline, sensitivities: scaled });
          expect(scaledEnergy).toBeCloseTo(energy * factor * factor, 8);
          const last = timeline.sensitivities.map((s, i) => (i === 0 ? s + factor : s));
          expect(timelineEnergy({ ...timeline, sensitivities: last })).toBeGreaterThanOrEqual(
            energy * (1 - 1e-11),
          );
        },
      ),
    );
  });

  it("is no less for visits that come later", () => {
    fc.assert(
      fc.property(timelines, fc.integer({ min: 0, max: 5 }), (timeline, later) => {
        const steps = timeline.steps + 5;
        const moved = timeline.visits.map((v) => v + later);
        const here = timelineEnergy({ ...timeline, steps });
        expect(timelineEnergy({ ...timeline, steps, visits: moved })).toBeGreaterThanOrEqual(
          here * (1 - 1e-10),
        );
      }),
    );
  });

  it("adds up repeated visits of one step", () => {
    const shared = { contraction: 0.9, steps: 9, radius: 2 };
    const twice = timelineEnergy({ ...shared, visits: [3, 3, 7], sensitivities: [0.2, 0.3, 0.1] });
    const once = timelineEnergy({ ...shared, visits: [3, 7], sensitivities: [0.5, 0.1] });
    expect(twice).toBeCloseTo(once, 14);
  });

  it("bounds very old visits from above instead of losing them", () => {
    const visits = Array.from({ length: 400 }, (_, i) => 1 + i * 88);
    const full = timelineEnergy({ contraction: 0.956887, steps: 35200, visits, sensitivities: 1 });
    const recent = timelineEnergy({
      contraction: 0.956887,
      steps: 35200,
      visits: visits.slice(-20),
      sensitivities: 1,
    });
    expect(full).toBeGreaterThanOrEqual(recent);
    expect(full / recent).toBeCloseTo(1, 12);
  });

  it("of a visit that noise has buried beyond a double's range is tiny but not zero", () => {
    const energy = timelineEnergy({ contraction: 0.5, steps: 5000, visits: [1], sensitivities: 1 });
    expect(energy).toBeGreaterThan(0);
    expect(energy).toBeLessThan(1e-200);
  });

  it("takes a million visits", () => {
    const visits = Float64Array.from({ length: 1_000_000 }, (_, i) => 1 + 3 * i);
    const energy = timelineEnergy({ contraction: 1, steps: 3_000_000, visits, sensitivities: 1, radius: 10 });
    expect(energy).toBeGreaterThan(0);
    const hardest = timelineEnergy({
      contraction: 1 - 1e-7,
      steps: 3_000_000,
      visits,
      sensitivities: visits.map((v) => (v * 7919) % 13),
    });
    expect(hardest).toBeGreaterThan(0);
  });

  it("of a ball that is nothing beside the sum keeps all of its digits", () => {
    const visit = { contraction: 0.9, steps: 12, visits: [3, 11], sensitivities: [1, 1] };
    const free = timelineEnergy(visit);
    for (const radius of [1e-3, 1e-7, 1e-12, 1e-17, 1e-100]) {
      const found = timelineEnergy({ ...visit, radius });
      expect(found).toBeGreaterThanOrEqual((2 * radius) ** 2 * 0.81 ** 1 * 0.99);
      expect(found).toBeLessThanOrEqual(free * (1 + 1e-9));
    }
    for (const radius of [1e-7, 1e-18, 1e-100])
      expect(timelineEnergy({ ...visit, radius }) / (4 * radius ** 2 * 0.81)).toBeCloseTo(1, 9);
  });

  it("names the field, the value and the range of bad input", () => {
    const good = { contraction: 0.9, steps: 10, visits: [2, 5], sensitivities: [1, 1] };
    expect(() => timelineEnergy({ ...good, visits: [5, 2] })).toThrow(
      /visits\[1\] = 2 to be an integer in \[5, 10\]/,
    );
    expect(() => timelineEnergy({ ...good, visits: [2, 11] })).toThrow(/visits\[1\] = 11/);
    expect(() => timelineEnergy({ ...good, sensitivities: [1] })).toThrow(/sensitivities.length = 1/);
    expect(() => timelineEnergy({ ...good, sensitivities: [1, Number.NaN] })).toThrow(
      /sensitivities\[1\] = NaN/,
    );
    expect(() => timelineEnergy({ ...good, contraction: 1.01 })).toThrow(
      "Expected contraction = 1.01 in (0, 1].",
    );
  });

  it("turns into mu by the noise of one step", () => {
    expect(muFromEnergy(0.09, 0.5)).toBeCloseTo(0.6, 15);
    expect(muFromEnergy(0.09, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the periodic form", () => {
  it("equals the visits written out, with and without a ball", () => {
    const cases = fc.record({
      contraction: fc.oneof(
        fc.constant(1),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        fc.constant(1 - 1e-9),
      ),
      batchCount: fc.integer({ min: 1, max: 12 }),
      epochs: fc.integer({ min: 1, max: 30 }),
      stepsSince: fc.integer({ min: 0, max: 40 }),
      radius: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 0.01, max: 20, noNaN: true })),
      first: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(cases, ({ first, ...periodic }) => {
        const visits = Array.from({ length: periodic.epochs }, (_, i) => first + i * periodic.batchCount);
        const steps = first + (periodic.epochs - 1) * periodic.batchCount + periodic.stepsSince;
        const exact = timelineEnergy({ ...periodic, steps, visits, sensitivities: 0.7 });
        const found = periodicEnergy({ ...periodic, sensitivity: 0.7 });
        expect(Math.abs(found / exact - 1)).toBeLessThan(1e-9);
      }),
      { numRuns: 2000 },
    );
  });

  it("costs the same for a billion epochs", () => {
    const shared = { contraction: 0.9568865, batchCount: 88, stepsSince: 20, sensitivity: 0.03 };
    const few = periodicEnergy({ ...shared, epochs: 100 });
    expect(periodicEnergy({ ...shared, epochs: 1e9 })).toBeCloseTo(few, 15);
    const ball = { contraction: 1, batchCount: 88, stepsSince: 20, sensitivity: 0.03, radius: 5 };
    expect(periodicEnergy({ ...ball, epochs: 1e9 })).toBeCloseTo(
      periodicEnergy({ ...ball, epochs: 1e5 }),
      12,
    );
  });
});
