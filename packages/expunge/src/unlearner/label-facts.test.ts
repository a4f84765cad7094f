import { describe, expect, it } from "vitest";
import { seededNormals } from "../../../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { createDataset } from "../data/create-dataset.js";
import type { ClassWeights } from "./class-weights.js";
import { fit } from "./fit.js";
import { makeTrainingPlan } from "./options.js";

const signer = createSigner();

/** Eight Gaussian columns as rows of the norm that a schema's draft gives them, and a score of each. */
function rowsOf(count: number, seed: number): { readonly features: number[][]; readonly scores: number[] } {
  const normal = seededNormals(seed);
  const features = Array.from({ length: count }, () => Array.from({ length: 8 }, () => 0.18 * normal()));
  return {
    features,
    scores: features.map((row) => row.reduce((sum, x, j) => sum + (j % 2 ? x : -x), 0) / 0.5),
  };
}

describe("a class of one in fifty, nothing set", () => {
  const { features, scores } = rowsOf(6000, 1);
  const normal = seededNormals(2);
  const labels = scores.map((score) => (2 * score + 0.7 * normal() > 4.6 ? 1 : -1));
  const part = (from: number, to: number, logOdds?: number) =>
    createDataset({
      features: features.slice(from, to),
      labels: labels.slice(from, to),
      task: "binary",
      scaling: "clip",
      intercept: 0.5,
      ...(logOdds === undefined ? {} : { logOdds }),
    });

  it("is started from: scores, probabilities and labels have the offset, and the certificate says that it is public", async () => {
    const model = await fit(part(0, 3000));
    expect(model.plan.objective).toEqual({ kind: "logistic", offset: -4 });
    const test = part(3000, 6000);
    const probabilities = model.predictProbability(test);
    const row = test.features.subarray(0, 9);
    const output = row.reduce((sum, value, k) => sum + value * model.weights[k]!, 0);
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(4 - output)), 12);
    expect([...model.predict(test)]).toEqual([...probabilities].map((p) => (p >= 0.5 ? 1 : -1)));
    const mean = probabilities.reduce((a, b) => a + b, 0) / 3000;
    const share = labels.slice(3000).filter((label) => label > 0).length / 3000;
    expect(Math.abs(mean - share)).toBeLessThan(0.01);
    const { certificate } = await model.forget({ rows: [3] }, { signer });
    expect(verify(certificate as never, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
    const said = JSON.parse(Buffer.from(certificate?.payload ?? "", "base64").toString()).predicate;
    expect(said.process.objective).toEqual({ kind: "logistic", offset: -4 });
    expect(said.notCovered.join(" ")).toMatch(/base rate behind the objective's offset.*public/);
  });

  it("is started from as weights make it: from even odds where they balance the labels", () => {
    const offsetOf = (logOdds: number, classWeights?: ClassWeights) => {
      const options = classWeights === undefined ? {} : { classWeights };
      const { objective } = makeTrainingPlan(part(0, 3000, logOdds), options);
      return objective.kind === "logistic" ? (objective.offset ?? 0) : null;
    };
    expect(offsetOf(-4)).toBe(-4);
    expect(offsetOf(-4, [0.1, 1])).toBe(-2);
    // The rate that is declared is another than that of the rows, or none is.
    for (const logOdds of [-4, -9, 0]) expect(offsetOf(logOdds, "balanced")).toBe(0);
    expect(offsetOf(0, [0.02, 1])).toBe(0);
  });

  it("ranks rows better than a model that starts from even odds", async () => {
    const auc = async (logOdds?: number): Promise<number> => {
      const evaluation = (await fit(part(0, 3000, logOdds))).evaluate(part(3000, 6000));
      return evaluation.task === "regression" ? 0 : (evaluation.auc ?? 0);
    };
    const [even, offset] = [await auc(0), await auc()];
    expect(offset).toBeGreaterThan(even);
    expect(offset).toBeGreaterThan(0.97);
  });
});

describe("a regression of prices around 200,000, nothing set", () => {
  const { features, scores } = rowsOf(1000, 3);
  const normal = seededNormals(4);
  const prices = scores.map((score) => 200_000 + 40_000 * (score + 0.3 * normal()));
  const part = (from: number, to: number) =>
    createDataset({
      features: features.slice(from, to),
      labels: prices.slice(from, to),
      task: "regression",
      scaling: "clip",
      intercept: 0.5,
    });

  it("predicts and is judged in the labels' own unit, whatever scale the rows to judge by would have", async () => {
    const model = await fit(part(0, 600));
    expect(model.description.labelScaling?.scale).toBe(2 ** 15);
    const test = part(600, 1000);
    const shifted = createDataset({
      features: features.slice(600),
      labels: prices.slice(600),
      task: "regression",
      scaling: "clip",
      intercept: 0.5,
      labelScaling: { centre: 0, scale: 1000 },
    });
    const predicted = model.predict(test);
    const mean = predicted.reduce((a, b) => a + b, 0) / predicted.length;
    expect(Math.abs(mean - 200_000)).toBeLessThan(6000);
    const { certificate, model: next } = await model.forget({ rows: [5] }, { signer });
    expect(next.score(test)).toBeGreaterThan(0.85);
    expect(next.score(shifted)).toBeCloseTo(next.score(test), 4);
    expect(next.loss(shifted)).toBeCloseTo(next.loss(test), 4);
    const evaluation = next.evaluate(test);
    expect(evaluation).toMatchObject({ task: "regression", notes: [] });
    if (evaluation.task === "regression") {
      expect(evaluation.baseline.mean).toBeGreaterThan(190_000);
      expect(evaluation.meanAbsoluteError).toBeGreaterThan(5000);
      expect(evaluation.meanAbsoluteError).toBeLessThan(15_000);
    }
    const said = JSON.parse(Buffer.from(certificate?.payload ?? "", "base64").toString()).predicate;
    expect(said.notCovered.join(" ")).toMatch(/centre and the scale of the labels/);
  });
});
