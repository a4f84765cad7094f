import { describe, expect, it } from "vitest";
import { type ExperimentSet, processOf } from "./data-sets.js";
import { evaluationsOf } from "./fig3b.js";
import { questionFor } from "./fig3b-methods.js";
import { learnEpochsOf, paperSigma, paperSigmaNotConverged, timelineSigma } from "./noise-levels.js";
import { olderPaperEpochs, paperEpochs } from "./sequences.js";

/** MNIST's constants; the accountants need nothing else of it. */
const mnist = {
  name: "mnist",
  train: { rowCount: 11264, featureCount: 784 } as ExperimentSet["train"],
  l2: 0.011264,
  delta: 1 / 11264,
} as const;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe("100 requests at epsilon = 1, sigma = 0.03", () => {
  it.each([
    [128, 20],
    [32, 100],
  ] as const)(
    "b = %i: at least %i times fewer gradient evaluations than the paper's accountant",
    (size, times) => {
      const { paper, replace, tombstone } = evaluationsOf(mnist, size);
      expect(paper.mean).toBe(100 * 11264);
      expect(paper.mean / replace.mean).toBeGreaterThanOrEqual(times);
      expect(tombstone.mean).toBeLessThan(replace.mean);
    },
  );

  it.each([
    [32, 100, 100],
    [64, 100, 100],
    [128, 100, 100],
    [256, 200, 100],
    [512, 300, 100],
    ["full", 886, 887],
  ] as const)("b = %s: the published list's %i epochs, and today's %i", (size, published, today) => {
    const question = questionFor(mnist, size);
    expect(sum(olderPaperEpochs(question, 100))).toBe(published);
    expect(sum(paperEpochs(question, 100))).toBe(today);
  });
});

describe("noise for one request and one epoch", () => {
  const process = processOf(mnist, { batchSize: 128 });

  it("is the paper's, and ours is several times less", () => {
    expect(paperSigma(process, 1, mnist.delta)).toBeCloseTo(0.00286, 5);
    const ours = timelineSigma(process, 1, mnist.delta);
    expect(ours).toBeLessThan(0.0005);
  });

  it("of the bound without convergence does not depend on R where learning is long, and does where it is short", () => {
    const learnEpochs = learnEpochsOf(process);
    const at = (epochs: number, radius: number | null): number =>
      paperSigmaNotConverged(mnist, { batchSize: 128, epsilon: 0.05, learnEpochs: epochs, radius });
    expect(at(learnEpochs, null)).toBeCloseTo(0.079056, 6);
    expect(at(learnEpochs, 100)).toBe(at(learnEpochs, null));
    expect(at(1, 100)).toBeGreaterThan(100 * at(1, null));
  });
});
