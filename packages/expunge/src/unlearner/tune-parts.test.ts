import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import type { Dataset } from "../data/dataset.js";
import { makeTrainingPlan } from "./options.js";
import { score } from "./predict.js";
import { type Candidate, candidatesFor, scaledTo } from "./tune-candidates.js";
import { choose, finalistsOf } from "./tune-choice.js";
import { holdOuts } from "./tune-data.js";
import { Judge } from "./tune-measure.js";
import type { Served } from "./tune-trials.js";

const rows = syntheticDataset({ rowCount: 1000 });

function candidate(steps: number, isDefault = false): Candidate {
  return {
    l2: 0.01,
    batchSize: 10,
    epochs: steps / 100,
    steps,
    stepsPerRequest: steps / 3,
    eta: 3,
    isDefault,
  };
}

/** A plan that predicts all rows right but each `wrong`-th. */
function served(steps: number, wrong: number, isDefault = false): Served {
  const shares = Float64Array.from({ length: 1000 }, (_, i) => (i % wrong === 0 ? 0 : 1));
  return {
    candidate: candidate(steps, isDefault),
    before: shares,
    after: { shares, least: 0 },
    problem: null,
  };
}

const judge = new Judge("accuracy", [rows]);

describe("the choice", () => {
  it("is the least work among plans that cannot be told from the best, never a cheaper one that can", () => {
    const best = served(9000, 20);
    const tied = served(300, 20);
    const worse = served(30, 2);
    const { chosen, candidates } = choose([best, tied, worse], [best, tied, worse], judge, 10);
    expect(chosen).toBe(tied.candidate);
    expect(candidates.map(({ isChosen }) => isChosen)).toEqual([false, true, false]);
    expect(candidates.map(({ isOnFrontier }) => isOnFrontier)).toEqual([true, true, false]);
    expect(candidates[0]?.after?.behind).toBeCloseTo(0.45, 12);
  });

  it("is never more than half a point behind, however little the rows tell", () => {
    const best = served(9000, 20);
    const shares = (best.after?.shares ?? new Float64Array()).slice();
    for (let i = 0; i < 60; i++) shares[i] = i < 33 ? 0 : 1;
    const cheap: Served = { ...served(30, 20), after: { shares, least: 0 } };
    const { chosen, candidates } = choose([best, cheap], [best, cheap], judge, 10);
    expect(candidates[0]?.after?.behind).toBeGreaterThan(0.005);
    expect(chosen).toBe(best.candidate);
  });

  it("passes over plans whose requests could not be certified, and fails where there are no others", () => {
    const refused: Served = { ...served(30, 50), after: null, problem: "too many steps" };
    const fine = served(300, 20);
    const { candidates } = choose([refused, fine], [refused, fine], judge, 10);
    expect(candidates[0]).toMatchObject({ after: null, problem: "too many steps", isChosen: false });
    expect(() => choose([refused], [refused], judge, 10)).toThrow(/too many steps/);
  });

  it("simulates requests for the best, the default, and what is better than all with less work", () => {
    const all = [served(30, 3), served(100, 19), served(200, 20), served(9000, 20), served(400, 2, true)];
    expect(finalistsOf(all, judge, 10).map(({ candidate }) => candidate.steps)).toEqual([
      200, 400, 100, 9000,
    ]);
  });
});

describe("candidates", () => {
  it("begin with the default, lie about it, and all serve a request within their training", () => {
    const { process, epochs } = makeTrainingPlan(rows, {});
    const found = candidatesFor(rows, {});
    expect(found[0]).toMatchObject({
      l2: process.strongConvexity,
      batchSize: process.batchSize,
      epochs,
      isDefault: true,
    });
    expect(found.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    const strengths = found.map(({ l2 }) => l2 * 1000);
    expect(Math.min(...strengths)).toBeCloseTo(1 / 3, 9);
    expect(Math.max(...strengths)).toBeCloseTo(30, 9);
    for (const { stepsPerRequest, steps } of found) {
      expect(stepsPerRequest).toBeGreaterThan(0);
      expect(stepsPerRequest).toBeLessThanOrEqual(steps);
    }
    expect(new Set(found.map((one) => `${one.l2}/${one.batchSize}/${one.epochs}`)).size).toBe(found.length);
  });

  it("keep regularisation over all rows and time constants where there are fewer rows", () => {
    for (const one of candidatesFor(rows, {})) {
      const { l2, batchSize, epochs } = scaledTo(one, 1000, 640);
      expect(l2 * 640).toBeCloseTo(one.l2 * 1000, 9);
      expect(batchSize).toBe(one.batchSize === 1000 ? 640 : Math.min(640, one.batchSize));
      const batchCount = Math.ceil(640 / batchSize);
      const { eta } = makeTrainingPlan(rows, { l2 }).process;
      const wanted = one.steps * one.eta * one.l2;
      expect(epochs * batchCount * eta * l2).toBeGreaterThanOrEqual(wanted * (1 - 1e-9));
      expect((epochs - 1) * batchCount * eta * l2).toBeLessThan(wanted);
    }
  });
});

describe("the judge", () => {
  const plan = makeTrainingPlan(rows, {});
  const model = (seed: number) => ({
    plan,
    description: rows,
    weights: Float64Array.from({ length: 6 }, (_, i) => Math.sin(seed + 3 * i)),
  });

  it("scores as the library does, also where rows come in parts", () => {
    const parts = holdOuts(rows, 0.25, 9, "s").map(({ test }) => test);
    expect(parts).toHaveLength(4);
    expect(parts.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(1000);
    const cut = new Judge("accuracy", parts);
    const mean = cut.score(cut.shares(parts.map(() => model(1))));
    expect(mean).toBeCloseTo(score(model(1), rows), 12);
  });

  it("gives the area under the curve, counted pair by pair, ties for half", () => {
    const few = {
      ...rows,
      rowCount: 60,
      features: rows.features.slice(0, 360),
      labels: rows.labels.slice(0, 60),
    };
    few.features.copyWithin(6, 0, 6);
    const auc = new Judge("auc", [few]);
    const { weights } = model(2);
    const outputs = Array.from({ length: 60 }, (_, i) =>
      weights.reduce((sum, weight, k) => sum + weight * few.features[6 * i + k]!, 0),
    );
    let [pairs, won] = [0, 0];
    for (let i = 0; i < 60; i++)
      for (let j = 0; j < 60; j++)
        if (few.labels[i]! > 0 && few.labels[j]! < 0) {
          pairs++;
          won += outputs[i]! > outputs[j]! ? 1 : outputs[i] === outputs[j] ? 0.5 : 0;
        }
    expect(auc.score(auc.shares([model(2)]))).toBeCloseTo(won / pairs, 12);
  });

  it("gives R2, and the standard error of a difference row by row", () => {
    const numbers = syntheticDataset({ rowCount: 500, task: "regression" });
    const other = { plan: makeTrainingPlan(numbers, {}), description: numbers, weights: model(1).weights };
    const r2 = new Judge("r2", [numbers]);
    expect(r2.score(r2.shares([other]))).toBeCloseTo(score(other, numbers), 9);
    const scaled: Dataset = { ...numbers, labelScaling: { centre: 200_000, scale: 65_536 } };
    const own = { ...other, description: scaled };
    const parts = new Judge("r2", [scaled, scaled]);
    expect(parts.score(parts.shares([own, own]))).toBeCloseTo(score(own, scaled), 9);
    expect(score(own, scaled)).toBeCloseTo(score(other, numbers), 9);
    const a = judge.shares([model(1)]);
    const b = judge.shares([model(2)]);
    const differences = a.map((value, i) => value - b[i]!);
    const mean = differences.reduce((sum, value) => sum + value, 0) / 1000;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 999;
    expect(judge.standardErrorOfDifference(a, b)).toBeCloseTo(Math.sqrt(variance / 1000), 12);
    expect(judge.standardErrorOfDifference(a, a)).toBe(0);
  });
});
