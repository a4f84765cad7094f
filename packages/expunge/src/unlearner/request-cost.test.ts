import { describe, expect, it } from "vitest";
import { erasureMu } from "../accounting/erasure.js";
import { makeTrainingPlan } from "./options.js";
import { costOf } from "./request-cost.js";
import { timelineAfter, trainedTimeline } from "./timeline.js";

describe("the cost of a request", () => {
  it("is what the history proves after it, also when the oldest cells are merged", () => {
    const dataset = {
      rowCount: 100_000,
      featureCount: 2,
      task: "binary",
      labelNames: ["no", "yes"],
    } as const;
    const plan = makeTrainingPlan(dataset, { batchSize: 256, epochs: 20, maxNoise: 3 });
    let timeline = trainedTimeline(plan, 20 * plan.process.batchCount);
    let mostCells = 0;
    let hasMerged = false;
    for (let request = 0; request < 350; request++) {
      const cost = costOf({ plan, timeline }, [(request * 7919) % 100_000], { target: plan.target });
      const next = timelineAfter(plan, timeline, cost, "x");
      const mu = erasureMu(plan.process, plan.noise, next.history, next.steps);
      expect(Math.abs(mu / cost.release.mu - 1)).toBeLessThan(1e-9);
      hasMerged ||= next.history.cells.length < mostCells - 20;
      mostCells = Math.max(mostCells, next.history.cells.length);
      timeline = next;
    }
    expect(hasMerged).toBe(true);
  });
});
