import { makeTrainingPlan } from "expunge";
import { planOnRelease, planUnlearning } from "expunge/accounting";
import { describe, expect, it } from "vitest";
import { planAside, planOnReleaseAside, planTraining } from "./planner.js";

const facts = { task: "binary", labelNames: ["-1", "+1"], featureCount: 3, rowCount: 1000 } as const;
const shared = { epsilon: 1, delta: 1e-5, batchSize: 10, epochs: 20 };
const process = { rowCount: 1000, l2: 0.01, smoothness: 0.25, lipschitz: 1, ...shared };

describe("planning in a process", () => {
  it("gives what the calling process gives", async () => {
    expect(await planTraining("one", facts, shared)).toEqual(makeTrainingPlan(facts, shared));
    const asked = { ...process, sigma: 0.1, requests: 10 };
    expect(await planAside("one", asked)).toEqual(planUnlearning(asked));
    const onRelease = { ...process, maxNoise: 0.05, requests: 10 };
    expect(await planOnReleaseAside("one", onRelease)).toEqual(planOnRelease(onRelease));
  });

  it("throws what the calling process throws", async () => {
    await expect(planTraining("one", facts, { ...shared, epsilon: -1 })).rejects.toMatchObject({
      name: "ExpungeError",
      code: "E_OPTION",
      message: expect.stringContaining("epsilon = -1"),
    });
    await expect(planAside("one", { ...process, sigma: -1 })).rejects.toMatchObject({
      name: "DomainError",
      code: "E_DOMAIN",
      message: expect.stringMatching(/^Expected sigma = -1 in /),
    });
  });

  it("gives up on what takes too long or too much memory; this process goes on, and so do others' plans", async () => {
    let ticks = 0;
    const clock = setInterval(() => ticks++, 20);
    const long = planTraining("one", facts, { ...shared, noise: "every-step", requests: 1e9 });
    const large = planAside("one", { ...process, rowCount: 1e9, records: 1e9, unlearnSteps: 100 });
    const after = planTraining("one", facts, shared);
    await expect(long).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/5 seconds/),
    });
    await expect(large).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/512 MiB/),
    });
    expect(await after).toEqual(makeTrainingPlan(facts, shared));
    clearInterval(clock);
    expect(ticks).toBeGreaterThan(20);
  });
});
