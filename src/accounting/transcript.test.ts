import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { processConstants } from "./process.js";
import { calibrateSigmaForTranscript, transcriptEnergy } from "./transcript.js";
import { claimFromEnergy, jointEnergy } from "./unlearning.js";

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
const releases = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }).map((gaps) => {
  let step = 1;
  return gaps.map((gap) => (step += gap));
});

describe("what everything released reveals", () => {
  it("is at least what any record costs, wherever it lies and whenever it is deleted", () => {
    fc.assert(
      fc.property(processes, releases, fc.nat(), fc.nat(), (process, steps, place, end) => {
        const batch = place % process.batchCount;
        const through = steps[end % steps.length] as number;
        const one = jointEnergy({ process, deleted: [{ batch, count: 1, through }], releases: steps });
        const most = transcriptEnergy({ process, releases: steps, records: 1 });
        expect(one).toBeLessThanOrEqual(most * (1 + 1e-9));
      }),
    );
  });

  it("is at least what any few records cost", () => {
    fc.assert(
      fc.property(
        processes,
        releases,
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
            through: steps[0] as number,
          }));
          const all = jointEnergy({ process, deleted, releases: steps });
          const most = transcriptEnergy({ process, releases: steps, records: places.length });
          expect(all).toBeLessThanOrEqual(most * (1 + 1e-9));
        },
      ),
    );
  });

  it("is what the worst record costs, where there is one release", () => {
    fc.assert(
      fc.property(processes, fc.integer({ min: 1, max: 60 }), (process, step) => {
        const costs = Array.from({ length: process.batchCount }, (_, batch) =>
          jointEnergy({ process, deleted: [{ batch, count: 1, through: step }], releases: [step] }),
        );
        const most = transcriptEnergy({ process, releases: [step], records: 1 });
        expect(most).toBeCloseTo(Math.max(...costs), 12);
      }),
    );
  });

  it("grows with every release, and not with a model released again at the same step", () => {
    const process = processConstants({
      rowCount: 100,
      batchSize: 10,
      l2: 0.01,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const energyOf = (...steps: number[]): number =>
      transcriptEnergy({ process, releases: steps, records: 1 });
    expect(energyOf(20, 20)).toBe(energyOf(20));
    expect(energyOf(20, 23)).toBeGreaterThan(energyOf(20));
    expect(energyOf(20, 23)).toBeGreaterThan(energyOf(23));
    expect(() => energyOf(20, 19)).toThrow(/releases/);
  });

  it("stays within a budget at the noise that is chosen for it, and not at a thousandth less", () => {
    const process = processConstants({
      rowCount: 1000,
      batchSize: 50,
      l2: 0.01,
      smoothness: 0.25,
      lipschitz: 1,
    });
    const budget = { epsilon: 2, delta: 1e-5 };
    const options = { process, budget, records: 3, epochs: 5, requests: 30, unlearnSteps: 20 };
    const sigma = calibrateSigmaForTranscript(options);
    const steps = Array.from({ length: 31 }, (_, i) => 100 + 20 * i);
    const energy = transcriptEnergy({ process, releases: steps, records: 3 });
    expect(claimFromEnergy(process, sigma, energy, budget.delta).epsilon).toBeLessThanOrEqual(2);
    expect(claimFromEnergy(process, 0.999 * sigma, energy, budget.delta).epsilon).toBeGreaterThan(2);
  });
});
