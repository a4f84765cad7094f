import { expect, it } from "vitest";
import type { TunedCandidate, Tuning } from "../unlearner/tune-result.js";
import { tuningPlot } from "./tuning-plot.js";

function candidate(total: number, mean: number | null, over: Partial<TunedCandidate> = {}): TunedCandidate {
  const after = mean === null ? null : { mean, least: mean - 0.01, behind: 0, standardError: 0 };
  return {
    l2: 0.01,
    batchSize: 50,
    epochs: 7,
    stepsPerRequest: 9,
    work: { training: total / 2, request: total / 20, total },
    before: 0.8,
    after,
    problem: null,
    isDefault: false,
    isOnFrontier: false,
    isChosen: false,
    ...over,
  };
}

function tuningOf(candidates: readonly TunedCandidate[], over: Partial<Tuning> = {}): Tuning {
  return {
    tunedOn: "private",
    measure: "accuracy",
    target: { epsilon: 1, delta: 1e-5 },
    rows: { data: 1000, trained: 800, scored: 1000 },
    holdOuts: 5,
    trials: 2,
    requests: 10,
    candidates,
    chosen: {},
    notes: [],
    ...over,
  };
}

it("draws the plans that served requests, the chosen one and the default by name, and says what trials saw", () => {
  const chosen = candidate(5e4, 0.84, { isChosen: true, isOnFrontier: true });
  const svg = tuningPlot(tuningOf([chosen, candidate(1e5, null), candidate(9e6, 0.83, { isDefault: true })]));
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).toMatch(/>chosen</);
  expect(svg).toMatch(/>default</);
  expect(svg).toContain("trials on the training data");
  expect(svg).toContain("Chosen: mean 0.8400, least 0.8300, 50K gradient evaluations.");
  expect(svg).not.toMatch(/NaN|currentColor|var\(/);
});

it("draws a lone plan, and says AUC and public where they are", () => {
  const lone = candidate(5e4, 0.9, { isChosen: true, isDefault: true, isOnFrontier: true });
  const svg = tuningPlot(tuningOf([lone], { measure: "auc", tunedOn: "public" }));
  expect(svg).toMatch(/>chosen: the default</);
  expect(svg).toContain("AUC after requests against work");
  expect(svg).toContain("trials on public data alone");
  expect(svg).not.toContain("NaN");
});
