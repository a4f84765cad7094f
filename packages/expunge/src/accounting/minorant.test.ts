import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExactSegment, exactEnergy, exactly, relativeError } from "../../testing/exact-minorant.js";
import type { Cell } from "./history.js";
import { HistoryBound } from "./history-bound.js";
import { segmentEnergy } from "./minorant.js";
import { scheduleMuSquare } from "./schedule.js";
import { timelineEnergy } from "./timeline.js";

/** What every bound may be above the exact one, relatively. */
const TOLERANCE = 3e-11;

const OPEN_BALL = { contraction: 1, radius: Number.POSITIVE_INFINITY };

/** Numbers whose sizes lie far apart. */
const sizes = (decades: number) =>
  fc
    .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -decades, max: decades }))
    .map(([digits, exponent]) => digits * 10 ** exponent);

const histories = (decades: number) =>
  fc
    .array(fc.record({ shift: fc.oneof(fc.constant(0), sizes(decades)), std: sizes(decades) }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((cells) => cells.map((cell, i) => ({ step: i + 1, ...cell })));

/** Without contraction weights are 1, and the whole is one of fractions. */
function exactOf(cells: readonly Cell[]): bigint {
  const segments = cells.map(({ shift, std }): ExactSegment => {
    const exact = exactly(std);
    return { time: exact * exact, rise: exactly(shift) };
  });
  const energy = exactEnergy(segments);
  if (energy === null) throw new Error("a shift without noise behind it");
  return energy;
}

function expectJustAbove(found: number, exact: bigint): void {
  const error = exact === 0n ? found : relativeError(found, exact);
  expect(error).toBeGreaterThanOrEqual(0);
  expect(error).toBeLessThan(TOLERANCE);
}

describe("the energy of a history", () => {
  it.each([1, 6, 12])(
    "is never below the exact fraction, nor far above, where noise differs by 1e%i",
    (decades) => {
      fc.assert(
        fc.property(histories(decades), (cells) => {
          const bound = new HistoryBound(OPEN_BALL, "on-release", { start: 0, cells });
          expectJustAbove(bound.muSquare(), exactOf(cells));
        }),
        { numRuns: 300 },
      );
    },
  );

  it("is the same for the release that is planned and the one that was made", () => {
    fc.assert(
      fc.property(histories(6), sizes(6), sizes(6), (cells, shift, std) => {
        const steps = cells.length + 1;
        const bound = new HistoryBound(OPEN_BALL, "on-release", { start: 0, cells });
        expectJustAbove(
          bound.muSquareAfterRelease(steps, shift, std),
          exactOf([...cells, { step: steps, shift, std }]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the newest noise apart from earlier noise that is 1e12 times as large", () => {
    for (const ratio of [1e6, 1e7, 9e7, 1e8, 1e9, 1e12, 1e100]) {
      const cells = [
        { step: 1, shift: 0.01, std: 0.3 * ratio },
        { step: 2, shift: 0.02, std: 0.3 },
      ];
      expectJustAbove(
        new HistoryBound(OPEN_BALL, "on-release", { start: 0, cells }).muSquare(),
        exactOf(cells),
      );
    }
  });

  it.each<[string, readonly [number, number][]]>([
    [
      "noise whose square is no double",
      [
        [0.01, 1e160],
        [0.01, 1e-6],
      ],
    ],
    [
      "a shift and noise beside which the newest vanish",
      [
        [1e100, 1e103],
        [0.01, 1e-6],
      ],
    ],
    [
      "products too small for a double",
      [
        [1e-130, 1e-128],
        [1e-133, 1e-138],
      ],
    ],
    [
      "squares too small for a double",
      [
        [1e-220, 1e-215],
        [1e-220, 1e-225],
      ],
    ],
    [
      "numbers at the ends of the doubles",
      [
        [1e300, 1e308],
        [1e-300, 1e-305],
      ],
    ],
  ])("is not lowered by %s", (_, pairs) => {
    const cells = pairs.map(([shift, std], i) => ({ step: i + 1, shift, std }));
    const found = new HistoryBound(OPEN_BALL, "on-release", { start: 0, cells }).muSquare();
    const newest = pairs.at(-1) as [number, number];
    expect(found).toBeGreaterThan(0.99 * (newest[0] / newest[1]) ** 2);
  });

  it("counts a shift, or a ball, whose weight is too small for a double", () => {
    const process = { contraction: 0.5, radius: 1 };
    const visited = {
      start: 0,
      cells: [
        { step: 1, shift: 1, std: 0 },
        { step: 5000, shift: 0, std: 1 },
      ],
    };
    expect(new HistoryBound(process, "on-release", visited).muSquare()).toBeGreaterThan(0);
    const late = { start: 1, cells: [{ step: 5000, shift: 0, std: 1 }] };
    expect(new HistoryBound(process, "on-release", late).muSquare()).toBeGreaterThan(0);
    expect(
      new HistoryBound(process, "every-step", { start: 1, cells: [] }).energyAfter(5000),
    ).toBeGreaterThan(0);
  });
});

describe("the energy of a schedule", () => {
  it("is never below the exact fraction, nor far above", () => {
    fc.assert(
      fc.property(histories(12), (cells) => {
        const schedule = {
          contractions: cells.map(() => 1),
          noiseStds: cells.map(({ std }) => std),
          shifts: cells.map(({ shift }) => shift),
        };
        expectJustAbove(scheduleMuSquare(schedule), exactOf(cells));
      }),
    );
  });

  it("is not forgotten by steps after it", () => {
    const still = Array.from({ length: 3000 }, () => 0);
    const contractions = [1, ...still.map(() => 0.5)];
    const after = scheduleMuSquare({ contractions, noiseStds: [2, ...still], shifts: [1, ...still] });
    expect(after).toBeCloseTo(0.25, 9);
  });
});

describe("the energy of a timeline", () => {
  const timelines = fc
    .record({
      gaps: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 46 })), {
        minLength: 1,
        maxLength: 10,
      }),
      since: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 46 })),
      shifts: fc.array(sizes(6), { minLength: 10, maxLength: 10 }),
      radius: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), sizes(8)),
    })
    .map(({ gaps, since, shifts, radius }) => {
      let step = 0;
      const visits = gaps.map((gap) => (step += gap));
      return { visits, steps: step + since, sensitivities: shifts.slice(0, gaps.length), radius };
    });

  it("is never below the exact fraction over all starts, nor far above, however many steps there were", () => {
    fc.assert(
      fc.property(timelines, ({ visits, steps, sensitivities, radius }) => {
        const found = timelineEnergy({ contraction: 1, steps, visits, sensitivities, radius });
        // One unit of time is a step: 2^2200 in the squares of the units of shifts.
        const timeOf = (count: number): bigint => BigInt(count) << 2200n;
        const from = (start: number, distance: bigint): bigint | null => {
          const segments: ExactSegment[] = [];
          let at = start;
          let rise = distance;
          visits.forEach((visit, i) => {
            if (visit <= start) return;
            segments.push({ time: timeOf(visit - 1 - at), rise });
            at = visit - 1;
            rise = exactly(sensitivities[i]!);
          });
          segments.push({ time: timeOf(steps - at), rise });
          return exactEnergy(segments);
        };
        const starts =
          radius < Number.POSITIVE_INFINITY ? visits.map((visit) => from(visit, 2n * exactly(radius))) : [];
        const energies = [from(0, 0n), ...starts].filter((energy) => energy !== null);
        const exact = energies.reduce((least, energy) => (energy < least ? energy : least));
        expectJustAbove(found, exact);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a segment", () => {
  it("costs nothing without a distance, and is never free with one", () => {
    expect(segmentEnergy(1, 0)).toBe(0);
    expect(segmentEnergy(1e300, 1e-300)).toBeGreaterThan(0);
    for (const time of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(segmentEnergy(time, 1)).toBe(Number.POSITIVE_INFINITY);
    for (const rise of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(segmentEnergy(1, rise)).toBe(Number.POSITIVE_INFINITY);
  });
});
