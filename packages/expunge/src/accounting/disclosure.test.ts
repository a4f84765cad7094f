import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  disclosureEnergy,
  MAX_LENGTHS,
  MAX_STRETCHES,
  NO_RELEASES,
  newestRelease,
  type Releases,
  releaseCountOf,
  withReleaseAt,
} from "./disclosure.js";
import { calibrateSigmaForDisclosure } from "./plan-releases.js";
import { noiseStdFromSigma, type ProcessConstants, processConstants } from "./process.js";
import { claimFromEnergy } from "./unlearning.js";
import { type DeletedSlots, stretchEnergy } from "./visits.js";

const processes = fc
  .record({
    batchSize: fc.integer({ min: 1, max: 20 }),
    batchCount: fc.integer({ min: 1, max: 12 }),
    l2: fc.constantFrom(0, 0.01, 0.3),
    radius: fc.constantFrom(undefined, 0.5, 5),
  })
  .map(({ batchSize, batchCount, l2, radius }) =>
    processConstants({
      rowCount: batchSize * batchCount,
      batchSize,
      l2,
      smoothness: 0.25,
      lipschitz: 1,
      ...(radius === undefined ? {} : { radius }),
    }),
  );
/** Ascending, the first one after some training. */
const releaseSteps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }).map((gaps) => {
  let step = 1;
  return gaps.map((gap) => (step += gap));
});

const releasesAt = (steps: readonly number[]): Releases => steps.reduce(withReleaseAt, NO_RELEASES);

/** By the definition: from a released state both worlds go on alike, so the energies of the stretches add up. */
function energyOf(
  process: ProcessConstants,
  deleted: readonly DeletedSlots[],
  steps: readonly number[],
): number {
  let from = 0;
  let energy = 0;
  for (const to of steps) {
    if (to > from) energy += stretchEnergy(process, deleted, { from, to });
    from = to;
  }
  return energy;
}

describe("what everything released reveals", () => {
  it("is at least what any record costs, wherever it lies and whenever it is deleted", () => {
    fc.assert(
      fc.property(processes, releaseSteps, fc.nat(), fc.nat(), (process, steps, place, end) => {
        const batch = place % process.batchCount;
        const through = steps[end % steps.length]!;
        const one = energyOf(process, [{ batch, count: 1, through }], steps);
        expect(one).toBeLessThanOrEqual(disclosureEnergy(process, 0, releasesAt(steps), 1) * (1 + 1e-9));
      }),
    );
  });

  it("is what the worst record costs, over all releases together", () => {
    fc.assert(
      fc.property(processes, releaseSteps, (process, steps) => {
        const through = steps.at(-1) as number;
        const costs = Array.from({ length: process.batchCount }, (_, batch) =>
          energyOf(process, [{ batch, count: 1, through }], steps),
        );
        const found = disclosureEnergy(process, 0, releasesAt(steps), 1);
        // A small ball may be of more use than is made of it for a single visit.
        expect(found).toBeGreaterThanOrEqual(Math.max(...costs) * (1 - 1e-9));
        if (process.radius === Number.POSITIVE_INFINITY) expect(found / Math.max(...costs)).toBeCloseTo(1, 8);
      }),
    );
  });

  it("is at least what any few records cost", () => {
    fc.assert(
      fc.property(
        processes,
        releaseSteps,
        fc.array(fc.nat(), { minLength: 2, maxLength: 6 }),
        (process, steps, places) => {
          const counts = new Map<number, number>();
          for (const place of places) {
            const batch = place % process.batchCount;
            counts.set(batch, (counts.get(batch) ?? 0) + 1);
          }
          fc.pre([...counts.values()].every((count) => count <= process.batchSize));
          const deleted = [...counts].map(([batch, count]) => ({
            batch,
            count,
            through: steps.at(-1) as number,
          }));
          const most = disclosureEnergy(process, 0, releasesAt(steps), places.length);
          expect(energyOf(process, deleted, steps)).toBeLessThanOrEqual(most * (1 + 1e-9));
        },
      ),
    );
  });

  it("is far less than the worst place of every stretch, where requests take a few steps each", () => {
    const process = processConstants({
      rowCount: 11264,
      batchSize: 128,
      l2: 0.011264,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const steps = Array.from({ length: 101 }, (_, i) => 8800 + 4 * i);
    const found = disclosureEnergy(process, 0, releasesAt(steps), 1);
    const worst = steps.reduce((sum, to, i) => {
      const length = to - (steps[i - 1] ?? 0);
      return (
        sum +
        stretchEnergy(process, [{ batch: (length - 1) % 88, count: 1, through: length }], {
          from: 0,
          to: length,
        })
      );
    }, 0);
    expect(worst / found).toBeGreaterThan(10);
  });

  it("grows with every release, and not with a model released again at the same step", () => {
    const process = processConstants({
      rowCount: 100,
      batchSize: 10,
      l2: 0.01,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const energyAt = (...steps: number[]): number => disclosureEnergy(process, 0, releasesAt(steps), 1);
    expect(energyAt(20, 20)).toBe(energyAt(20));
    expect(energyAt(20, 33)).toBeGreaterThan(energyAt(20));
    expect(() => energyAt(20, 19)).toThrow(/step/);
  });

  it("is remembered in bounded room, and only grows when old releases are folded", () => {
    const process = processConstants({
      rowCount: 500,
      batchSize: 10,
      l2: 0.01,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const steps = Array.from({ length: 3 * MAX_STRETCHES }, (_, i) => 500 + i * 7 + (i % 5));
    const releases = releasesAt(steps);
    expect(releases.lengths.length).toBeLessThanOrEqual(MAX_STRETCHES);
    expect(releases.older.length).toBeLessThanOrEqual(MAX_LENGTHS);
    expect(releaseCountOf(releases)).toBe(steps.length);
    expect(newestRelease(releases)).toBe(steps.at(-1));
    const exact = Math.max(
      ...Array.from({ length: 50 }, (_, batch) =>
        energyOf(process, [{ batch, count: 1, through: steps.at(-1) as number }], steps),
      ),
    );
    expect(disclosureEnergy(process, 0, releases, 1)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
  });

  it("stays within a limit at the noise that is chosen for it, and not at a thousandth less", () => {
    const process = processConstants({
      rowCount: 1000,
      batchSize: 50,
      l2: 0.01,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const limit = { epsilon: 2, delta: 1e-5 };
    const sigma = calibrateSigmaForDisclosure({
      process,
      limit,
      records: 3,
      epochs: 5,
      requests: 30,
      unlearnSteps: 20,
    });
    const releases = releasesAt(Array.from({ length: 31 }, (_, i) => 100 + 20 * i));
    const energy = disclosureEnergy(process, noiseStdFromSigma(process, sigma), releases, 3);
    expect(claimFromEnergy(process, sigma, energy, limit.delta).epsilon).toBeLessThanOrEqual(2);
    expect(claimFromEnergy(process, 0.999 * sigma, energy, limit.delta).epsilon).toBeGreaterThan(2);
  });
});
