import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import type { Dataset } from "../data/dataset.js";
import type { FitOptions } from "../unlearner/options.js";
import { Trials } from "../unlearner/trials.js";
import { auditTrials, hardestRows } from "./index.js";

/*
 * The same two laws with weights: every row pushes one way, the victim at weight 1 and the others at less, so that the
 * certified mu, which reckons with weight 1, is attained.
 */

const ROWS = 40;
const VICTIM = 0;

function weighted(weightOf: (row: number) => number): Dataset {
  return {
    ...syntheticDataset({ rowCount: ROWS, featureCount: 1 }),
    features: new Float32Array(ROWS).fill(1),
    labels: Float32Array.from({ length: ROWS }, (_, row) => (row % 2 === 0 ? 1 : -1)),
    subjects: null,
    hasSampleWeights: true,
    sampleWeights: Float32Array.from({ length: ROWS }, (_, row) => weightOf(row)),
  };
}

const common: FitOptions = {
  ...{ epsilon: 3, delta: 1e-3, clip: 0.05, batchSize: 5, l2: 0.05, epochs: 3, seed: 12 },
  classWeights: [0.3, 1],
  maxSteps: 500,
};

describe.each([
  ["at every step", { ...common, sigma: 0.001 }],
  ["on release", { ...common, maxNoise: 0.008, radius: 2 }],
] as const)("an audit of a weighted process, noise %s", (_, options) => {
  const victimAt = (weight: number) =>
    new Trials(
      weighted((row) => (row === VICTIM ? weight : 0.5)),
      options,
    );
  const audit = (trials: Trials) =>
    auditTrials(trials, { forget: { rows: [VICTIM] }, trials: 3000, workers: 0 });

  it("unlearned and retrained models agree within the claim, which a victim of weight 1 comes near", async () => {
    const report = await audit(victimAt(1));
    expect(report.verdict).toBe("consistent");
    const { claim, result } = report.erasure;
    expect(result.mu.bound).toBeLessThanOrEqual(claim.mu);
    expect(result.mu.bound).toBeGreaterThan(0.7 * claim.mu);
    // A tenth of the weight leaves a tenth of the trace: the claim is the same, and far from attained.
    const light = await audit(victimAt(0.1));
    expect(light.verdict).toBe("consistent");
    expect(light.erasure.claim).toEqual(claim);
    expect(light.erasure.result.mu.bound).toBeLessThan(0.3 * claim.mu);
  });

  it("the row that pulls hardest is the heaviest", async () => {
    expect(await hardestRows(victimAt(1), 1)).toEqual([VICTIM]);
    expect(victimAt(0.4).rowAt(VICTIM)?.weight).toBeCloseTo(0.4, 6);
    expect(victimAt(0.4).rowAt(1)?.weight).toBeCloseTo(0.5 * 0.3, 6);
  });
});
