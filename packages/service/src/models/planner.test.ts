import { execFileSync } from "node:child_process";
import { makeTrainingPlan } from "expunge";
import { planOnRelease, planUnlearning } from "expunge/accounting";
import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { planAside, planOnReleaseAside, planTraining } from "./planner.js";

const facts = { task: "binary", labelNames: ["-1", "+1"], featureCount: 3, rowCount: 1000 } as const;
const shared = { epsilon: 1, delta: 1e-5, batchSize: 10, epochs: 20 };
const asked = { rowCount: 1000, l2: 0.01, smoothness: 0.25, lipschitz: 1, ...shared };

describe("planning in a process", () => {
  it("gives what the calling process gives", async () => {
    expect(await planTraining("one", facts, shared)).toEqual(makeTrainingPlan(facts, shared));
    const noisy = { ...asked, sigma: 0.1, requests: 10 };
    expect(await planAside("one", noisy)).toEqual(planUnlearning(noisy));
    const onRelease = { ...asked, maxNoise: 0.05, requests: 10 };
    expect(await planOnReleaseAside("one", onRelease)).toEqual(planOnRelease(onRelease));
  });

  it("throws what the calling process throws", async () => {
    await expect(planTraining("one", facts, { ...shared, epsilon: -1 })).rejects.toMatchObject({
      name: "ExpungeError",
      code: "E_OPTION",
      message: expect.stringContaining("epsilon = -1"),
    });
    await expect(planAside("one", { ...asked, sigma: -1 })).rejects.toMatchObject({
      name: "DomainError",
      code: "E_DOMAIN",
      message: expect.stringMatching(/^Expected sigma = -1 in /),
    });
  });

  it("ends a process where nobody waits for its plan any more, and lets go of whoever waits for a turn", async () => {
    const leaving = new AbortController();
    const endless = { ...shared, noise: "every-step", requests: 1e9 } as const;
    const plans = [1, 2].map(() => planTraining("one", facts, endless, leaving.signal));
    const refused = Promise.allSettled(plans);
    const ticking = setInterval(() => leaving.abort(), 200);
    const after = planTraining("two", facts, shared);
    for (const one of await refused)
      expect(one).toMatchObject({ status: "rejected", reason: { code: "E_ABORTED" } });
    clearInterval(ticking);
    expect(await after).toEqual(makeTrainingPlan(facts, shared));
  });

  it("gives up on what takes too long or too much memory; this process goes on, and so do others' plans", async () => {
    let ticks = 0;
    const clock = setInterval(() => ticks++, 20);
    const long = planTraining("one", facts, { ...shared, noise: "every-step", requests: 1e9 });
    const large = planAside("one", { ...asked, rowCount: 1e9, records: 1e9, unlearnSteps: 100 });
    const after = planTraining("one", facts, shared);
    await expect(long).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/5 seconds/),
      details: { reason: "limit" },
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

/** Processes that this one has started to compute for it. */
function childProcesses(): number[] {
  const found = execFileSync("ps", ["-o", "pid=,args=", "--ppid", `${process.pid}`], { encoding: "utf8" });
  const isChild = (line: string): boolean => line.includes("child.js");
  return found
    .split("\n")
    .filter(isChild)
    .map((line) => Number(line.trim().split(" ")[0]));
}

it("a training whose planning process was stopped for a while is tried again", async () => {
  const test = await openTestService("memory:", syntheticDataset({ rowCount: 200 }));
  let stopped: readonly number[] = [];
  try {
    const { service, tenantId, datasetId } = test;
    const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    stopped = childProcesses();
    expect(stopped).not.toEqual([]);
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    await test.work();
    expect((await service.getModel(tenantId, id)).state).not.toBe("failed");
    await test.work();
    expect((await service.getModel(tenantId, id)).state).toBe("ready");
  } finally {
    // Those that nobody asked anything would never notice that this process has ended.
    const left = new Set(childProcesses());
    for (const pid of stopped) if (left.has(pid)) process.kill(pid, "SIGCONT");
    await test.close();
  }
}, 300_000);
