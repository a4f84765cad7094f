import { describe, expect, it } from "vitest";
import { uniforms } from "../../../../test/synthetic.js";
import { pushingRows, type Row, runBuild, type TrialSpec, trialOf } from "../../testing/build-under-trial.js";
import { exactMu } from "../../testing/exact-law.js";
import { auditSamples } from "./index.js";

const common = { epochs: 3, delta: 1e-3 };

/** Slot 0 pushes at its bound in a direction that the others, with labels near 0, hardly look at. */
function quadraticRows(count: number, d: number, own: number): Row[] {
  const uniform = uniforms(5);
  const rows = Array.from({ length: count }, () => {
    const features = Array.from({ length: d }, (_, j) => (j === d - 1 ? own : 1) * (uniform() - 0.5));
    const norm = Math.hypot(...features);
    return { features: features.map((value) => (0.999 * value) / norm), label: 0.4 * (uniform() - 0.5) };
  });
  const [first, last] = [0.3, Math.sqrt(1 - 0.3 ** 2)];
  const features = Array.from({ length: d }, (_, j) => (j === 0 ? first : j === d - 1 ? last : 0) * 0.9999);
  return [{ features, label: 1000 }, ...rows.slice(1)];
}

interface Case extends TrialSpec {
  readonly name: string;
  readonly isPushing: (row: Row) => boolean;
  /** Least share of the certified mu that the exact one is. */
  readonly tightness: number;
}

const all = (): boolean => true;
const labelled = ({ label }: Row): boolean => label === 1000;

const CASES: readonly Case[] = [
  {
    ...common,
    name: "logistic, every row clipped and pushing one way",
    rows: pushingRows(40),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    sigma: 0.001,
    epsilon: 3,
    isPushing: all,
    tightness: 0.995,
  },
  {
    ...common,
    name: "the same with noise on release",
    rows: pushingRows(40),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    unlearningSteps: 6,
    epsilon: 3,
    isPushing: all,
    tightness: 0.995,
  },
  {
    ...common,
    name: "least squares in 3 dimensions with noise on release, the row alone in its direction",
    rows: quadraticRows(40, 3, 0.05),
    objective: { kind: "huberRegression", threshold: 1 },
    batchSize: 5,
    l2: 0.1,
    maxNoise: 0.1,
    epsilon: 4,
    isPushing: labelled,
    tightness: 0.8,
  },
  {
    ...common,
    name: "smoothed hinge below its bend",
    rows: pushingRows(40),
    objective: { kind: "smoothedHinge", width: 0.5 },
    batchSize: 5,
    l2: 4,
    eta: 0.05,
    sigma: 0.004,
    epsilon: 3,
    isPushing: all,
    tightness: 0.995,
  },
  {
    ...common,
    name: "Huber beyond its threshold",
    rows: pushingRows(40).map(({ features }) => ({ features, label: 1000 })),
    objective: { kind: "huberRegression", threshold: 1 },
    batchSize: 5,
    l2: 0.2,
    sigma: 0.03,
    epsilon: 3,
    isPushing: all,
    tightness: 0.995,
  },
  {
    ...common,
    name: "least squares in 3 dimensions, the row alone in its direction",
    rows: quadraticRows(40, 3, 0.05),
    objective: { kind: "huberRegression", threshold: 1 },
    batchSize: 5,
    l2: 0.1,
    sigma: 0.03,
    epsilon: 4,
    isPushing: labelled,
    tightness: 0.9,
  },
  {
    ...common,
    name: "least squares in 3 dimensions, directions shared",
    rows: quadraticRows(40, 3, 1),
    objective: { kind: "huberRegression", threshold: 1 },
    batchSize: 5,
    l2: 0.1,
    sigma: 0.004,
    unlearningSteps: 1,
    epsilon: 20,
    isPushing: labelled,
    tightness: 0.05,
  },
];

describe("where the exact law is Gaussian, at 20,000 models a sample", () => {
  it.each(CASES)(
    "$name: the bound is within 15% of the exact mu, never above what is certified",
    async (c) => {
      const trial = trialOf(c);
      const exact = exactMu(trial, c.isPushing);
      const { unlearned, retrained } = await runBuild(trial, 20_000);
      const found = auditSamples({
        unlearned: unlearned.released,
        retrained: retrained.released,
        certified: trial.claim,
      });
      expect(exact).toBeLessThanOrEqual(trial.claim.mu);
      expect(exact).toBeGreaterThan(c.tightness * trial.claim.mu);
      expect(found.mu.bound).toBeGreaterThan(0.85 * exact);
      expect(found.mu.bound).toBeLessThanOrEqual(exact);
      expect(found.verdict).toBe("consistent");
    },
  );
});
