import { describe, expect, it } from "vitest";
import { type Row, runBuild, type Trial } from "../../testing/build-under-trial.js";
import { createDataset } from "../data/create-dataset.js";
import type { FitOptions } from "../unlearner/options.js";
import { Trials } from "../unlearner/trials.js";
import { auditSamples, auditTrials } from "./index.js";
import { meanOf } from "./moments.js";

/*
 * Raw labels far beyond what the loss looks at: the weights grow towards M / l2 = 100. A build that lets them, and scales them back to a norm at
 * releases alone, goes on from there: an unlearned model was scaled in mid-run, a retrained one was not. The second weight then lay at
 * 2.04 to 2.11 unlearned and at 1.11 to 1.14 retrained, under a certificate of epsilon = 1.
 */

const ROWS: readonly Row[] = Array.from({ length: 1000 }, (_, i) =>
  i < 700 ? { features: [1, 0], label: 3000 } : { features: [0, 1], label: 5 },
);
const NORM = 16;
const TRIALS = 120;
/** Models whose means are compared; they vary by some 0.2 each. */
const MEAN_OF = 12;

function trialsOf(noise: FitOptions["noise"], radius?: number): Trials {
  const dataset = createDataset({
    features: Float32Array.from(ROWS.flatMap(({ features }) => [...features])),
    labels: Float32Array.from(ROWS, ({ label }) => label),
    featureCount: 2,
    task: "regression",
    scaling: "clip",
  });
  return new Trials(dataset, {
    objective: { kind: "huberRegression", threshold: 1 },
    batchSize: 1000,
    epochs: 400,
    l2: 0.01,
    seed: "two laws",
    ...(noise === "every-step" ? { unlearnSteps: 50, requests: 1 } : { maxNoise: 0.2 }),
    ...(radius === undefined ? {} : { radius }),
  });
}

describe.each(["every-step", "on-release"] as const)("weights that grow far, noise %s", (noise) => {
  it.each([
    ["a ball that never bites", undefined],
    ["a ball that bites at every step", NORM],
  ])("%s: unlearned and retrained models agree within the claim", async (_, radius) => {
    const trials = trialsOf(noise, radius);
    const report = await auditTrials(trials, { forget: { rows: [0] }, trials: TRIALS, workers: 0 });
    expect(report.verdict).toBe("consistent");
    expect(report.erasure.claim.epsilon).toBeLessThanOrEqual(1);
    const unlearned = await trials.run({ trials: MEAN_OF, workers: 0, forget: [{ rows: [0] }] });
    const retrained = await trials.run({
      trials: MEAN_OF,
      workers: 0,
      without: { rows: [0] },
      like: unlearned,
    });
    const [p, q] = [unlearned, retrained].map((stages) => meanOf(stages[stages.length - 1]?.weights ?? []));
    expect(Math.abs((p?.[1] as number) - (q?.[1] as number))).toBeLessThan(0.4);
  });

  it("scaled back at releases alone, they are caught", async () => {
    const { plan } = trialsOf(noise, NORM);
    const [trained, last] = await trialsOf(noise, NORM).run({
      trials: 1,
      workers: 0,
      forget: [{ rows: [0] }],
    });
    if (!trained || !last?.proof) throw new Error("no request");
    const { process, objective } = plan;
    const std = plan.noise.kind === "every-step" ? plan.noise.std : 0;
    const trial: Trial = {
      rows: ROWS,
      constants: process,
      parameters: {
        objective,
        batchSize: process.batchSize,
        clip: process.lipschitz,
        l2: process.strongConvexity,
        eta: process.eta,
        noiseStd: std,
        radius: NORM,
      },
      noise: plan.noise.kind === "every-step" ? { kind: "every-step", std } : { kind: "on-release" },
      trainingSteps: trained.steps,
      unlearningSteps: last.steps - trained.steps,
      releaseStd: last.noise,
      claim: last.proof,
      disclosure: null,
    };
    const { unlearned, retrained } = await runBuild(trial, TRIALS, { scalesBack: true });
    const found = auditSamples({
      unlearned: unlearned.released,
      retrained: retrained.released,
      certified: trial.claim,
    });
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBe(found.reach.mu);
    const second = (runs: readonly Float64Array[]): number => meanOf(runs)[1] as number;
    expect(second(unlearned.released) - second(retrained.released)).toBeGreaterThan(0.5);
  });
});
