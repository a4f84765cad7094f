import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_HISTORY, withDeleted } from "./history.js";
import { HistoryBound } from "./history-bound.js";
import { processConstants } from "./process.js";
import { scheduleMuSquare } from "./schedule.js";
import { placeRequest, plannedEnergies } from "./unlearning.js";

const plans = fc.record({
  batchCount: fc.integer({ min: 1, max: 12 }),
  l2: fc.constantFrom(0, 0.01, 0.3),
  radius: fc.constantFrom(undefined, 0.5, 5),
  epochs: fc.integer({ min: 1, max: 5 }),
  unlearnSteps: fc.integer({ min: 1, max: 20 }),
  requests: fc.integer({ min: 1, max: 200 }),
  records: fc.integer({ min: 1, max: 3 }),
  slot: fc.constantFrom("worst" as const, "best" as const, 0),
});

it("a plan's energies are those of its requests, one history after another, and never below exact", () => {
  fc.assert(
    fc.property(plans, ({ batchCount, l2, radius, ...plan }) => {
      const process = processConstants({
        ...{ rowCount: 4 * batchCount, batchSize: 4, l2, smoothness: 0.25, lipschitz: 1 },
        ...(radius === undefined ? {} : { radius }),
      });
      const found = plannedEnergies({ process, ...plan });
      const { contraction, sensitivity } = process;
      let steps = plan.epochs * batchCount;
      const shifts = new Array<number>(steps + plan.requests * plan.unlearnSteps).fill(0);
      let history = EMPTY_HISTORY;
      for (let request = 0; request < plan.requests; request++) {
        const deleted = placeRequest(process, steps, plan.records, plan.slot);
        history = withDeleted(process, "every-step", history, deleted, steps);
        for (const { batch, count } of deleted)
          for (let step = batch + 1; step <= steps; step += batchCount)
            shifts[step - 1]! += count * sensitivity;
        steps += plan.unlearnSteps;
        const energy = new HistoryBound(process, "every-step", history).energyAfter(steps);
        expect(Math.abs(found[request]! / energy - 1)).toBeLessThanOrEqual(1e-9);
      }
      if (radius !== undefined) return;
      const exact = scheduleMuSquare({
        shifts,
        contractions: shifts.map(() => contraction),
        noiseStds: shifts.map(() => 1),
      });
      expect(found[plan.requests - 1]).toBeGreaterThanOrEqual(exact * (1 - 1e-11));
    }),
    { numRuns: 60 },
  );
});
