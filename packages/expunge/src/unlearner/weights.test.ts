import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { decode } from "../../testing/certificates.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { createDataset, type Dataset } from "../data/index.js";
import { fit } from "./fit.js";
import { type FitOptions, makeTrainingPlan } from "./options.js";
import { packRows } from "./pack-rows.js";

const signer = createSigner(new Uint8Array(32).fill(4));
const options: FitOptions = {
  epsilon: 1,
  delta: 1e-4,
  epochs: 2,
  batchSize: 20,
  maxSteps: 10_000,
  seed: "weights",
};
const plain = syntheticDataset({ rowCount: 200 });

/** The same rows, each with a weight. */
function weighed(dataset: Dataset, weightOf: (row: number) => number): Dataset {
  const sampleWeights = Float32Array.from({ length: dataset.rowCount }, (_, row) => weightOf(row));
  return { ...dataset, hasSampleWeights: true, sampleWeights };
}

const uniform = uniforms(8);
const varied = weighed(plain, () => 0.1 + 0.9 * uniform());

describe("weights in a plan", () => {
  it("are not there where nothing is weighed", () => {
    expect(makeTrainingPlan(plain, options)).not.toHaveProperty("weighting");
  });

  it("balanced: 1 for the rarest class, two digits, as the counts of the labels say", () => {
    const counts = { ...plain, labels: undefined, labelCounts: [1903, 97] } as never;
    expect(makeTrainingPlan(counts, { ...options, classWeights: "balanced" }).weighting).toEqual({
      classes: [0.051, 1],
      isBalanced: true,
      samples: false,
    });
    const three = syntheticDataset({ task: "multiclass" });
    const of = (labelCounts: number[]) =>
      makeTrainingPlan({ ...three, labels: undefined, labelCounts } as never, {
        ...options,
        classWeights: "balanced",
      }).weighting?.classes;
    expect(of([100, 0, 400])).toEqual([1, 1, 0.25]);
    // From the labels themselves.
    const [no, yes] = [-1, 1].map((label) => plain.labels.filter((one) => one === label).length);
    const { weighting } = makeTrainingPlan(plain, { ...options, classWeights: "balanced" });
    const least = Math.min(no as number, yes as number);
    expect(weighting?.classes).toEqual(
      [no, yes].map((count) => Number((least / (count as number)).toPrecision(2))),
    );
  });

  it("declared: a list, or by label, where others count fully", () => {
    const of = (classWeights: FitOptions["classWeights"]) =>
      makeTrainingPlan(plain, { ...options, classWeights } as FitOptions).weighting;
    expect(of([0.2, 1])).toEqual({ classes: [0.2, 1], isBalanced: false, samples: false });
    expect(of({ no: 0.2 })).toEqual({ classes: [0.2, 1], isBalanced: false, samples: false });
    expect(makeTrainingPlan(varied, options).weighting).toEqual({
      classes: null,
      isBalanced: false,
      samples: true,
    });
  });

  it.each<[FitOptions["classWeights"], RegExp]>([
    [[0, 1], /classWeights\["no"\] = 0 in \(0, 1\]/],
    [[1, -0.1], /classWeights\["yes"\] = -0.1/],
    [{ yes: 1.5 }, /classWeights\["yes"\] = 1.5/],
    [{ no: Number.NaN }, /classWeights\["no"\] = NaN/],
    [{ maybe: 0.5 }, /"maybe": 0.5\} to name labels of the data \(no, yes\)/],
    [[1, 1, 1], /classWeights.length = 3 to be 2/],
    ["equal" as never, /classWeights = equal/],
    [null as never, /classWeights = null/],
  ])("%j is refused", (classWeights, message) => {
    expect(() => makeTrainingPlan(plain, { ...options, classWeights } as FitOptions)).toThrow(message);
  });

  it("of classes are refused for a regression, and balanced ones where no labels are known", () => {
    const amounts = syntheticDataset({ task: "regression" });
    expect(() => makeTrainingPlan(amounts, { ...options, classWeights: "balanced" })).toThrow(/regression/);
    const { labels: _, ...facts } = plain;
    expect(() => makeTrainingPlan(facts, { ...options, classWeights: "balanced" })).toThrow(
      /labels are known/,
    );
  });
});

describe("createDataset with sample weights", () => {
  const input = { features: [[1], [2], [3]], labels: [1, -1, 1], task: "binary" } as const;
  it.each([0, -1, 1.5, Number.NaN, 1e-50, "1"])("refuses %s, naming the field and the row", (bad) => {
    const sampleWeights = [1, bad as number, 1];
    expect(() => createDataset({ ...input, sampleWeights })).toThrow(
      /row 2, column "sampleWeights": expected a weight in \(0, 1\], found/,
    );
    const byHand = weighed(plain, (row) => (row === 7 ? Number(bad) : 1));
    if (bad !== "1")
      expect(() => packRows(byHand, Uint32Array.from(plain.labels.keys()), 200, {})).toThrow(
        /Row 7: expected a sample weight in \(0, 1\]/,
      );
  });
  it("refuses another number of them than rows", () => {
    expect(() => createDataset({ ...input, sampleWeights: [1, 1] })).toThrow(/3 sampleWeights, one a row/);
  });
  it("keeps them out of the features", () => {
    const dataset = createDataset({ ...input, sampleWeights: [1, 0.5, 0.25] });
    expect(dataset).toMatchObject({ featureCount: 1, hasSampleWeights: true });
    expect([...(dataset.sampleWeights ?? [])]).toEqual([1, 0.5, 0.25]);
  });
});

describe("a weighted model", () => {
  it("with weight 1 everywhere is the unweighted one, bit for bit, through requests", async () => {
    const ones = weighed(plain, () => 1);
    let [a, b] = [await fit(plain, options), await fit(ones, { ...options, classWeights: [1, 1] })];
    expect(b.weights).toEqual(a.weights);
    for (const row of [3, 77, 150]) {
      a = (await a.forget({ rows: [row] }, { signer })).model;
      b = (await b.forget({ rows: [row] }, { signer })).model;
      expect(b.weights).toEqual(a.weights);
    }
  });

  it.each(["float64", "float32", "reference"] as const)(
    "on kernel %s forgets request after request, with certificates that say that weights were used",
    async (kernel) => {
      const { seed: _, ...unseeded } = options;
      let model = await fit(varied, { ...unseeded, classWeights: "balanced", kernel });
      for (const subject of new Set(plain.subjects?.slice(0, 9))) {
        const before = model;
        const { certificate, model: next } = await model.forget({ subjects: [subject] }, { signer });
        if (certificate === null) throw new Error("no certificate");
        const found = verify(certificate, { publicKey: signer.publicKey });
        expect(found.issues).toEqual([]);
        const { process, assumptions, notCovered } = decode(certificate).predicate;
        expect(process.weighting).toEqual(before.plan.weighting);
        expect(process.weighting).toMatchObject({ isBalanced: true, samples: true });
        const text = assumptions.map(({ name, enforcedBy }) => `${name}: ${enforcedBy}`).join("\n");
        expect(text).toMatch(/multiplied by a weight in \(0, 1\]/);
        expect(text).toMatch(/computed from the labels of the rows at the start of training/);
        expect(text).toMatch(/own weight depends on no other record/);
        expect(notCovered.join("\n")).toMatch(/Class weights: they were computed from the labels/);
        model = next;
      }
      // The weights stay what they were when training began.
      expect(model.plan.weighting).toEqual(
        makeTrainingPlan(varied, { ...options, classWeights: "balanced" }).weighting,
      );
    },
  );

  it("says nothing of the labels where class weights were declared, and nothing at all where there are none", async () => {
    const { seed: _, ...unseeded } = options;
    const declared = await fit(plain, { ...unseeded, classWeights: { no: 0.5 } });
    const { certificate } = await declared.forget({ rows: [0] }, { signer });
    const { predicate } = decode(certificate as never);
    expect(predicate.process.weighting).toEqual({ classes: [0.5, 1], isBalanced: false, samples: false });
    expect(JSON.stringify(predicate)).not.toMatch(/computed from the labels/);
    const none = await (await fit(plain, unseeded)).forget({ rows: [0] }, { signer });
    expect(JSON.stringify(decode(none.certificate as never))).not.toMatch(/weight in \(0, 1\]|weighting/);
  });

  it("puts random records of weight 1 in place of deleted ones where these are replaced", async () => {
    const model = await fit(varied, { ...options, deletion: "replace" });
    const { model: next } = await model.forget({ rows: [5] }, { signer });
    const { features } = await next.readSlot(next.state.slotOfRow[5]!);
    expect(features).toHaveLength(plain.featureCount + 1);
    expect(features[plain.featureCount]).toBe(1);
  });
});

const PYTHON = ["/usr/bin/python3", "python3"].find(
  (python) => spawnSync(python, ["-c", "import sklearn"]).status === 0,
);
if (PYTHON === undefined)
  console.warn(
    "SKIPPED: no python3 with scikit-learn (Debian: python3-sklearn); class weights were not compared.",
  );

const PROGRAM = `
import json, sys
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
d = json.load(sys.stdin)
fit = lambda w: LogisticRegression(class_weight=w).fit(d["x"], d["y"])
print(json.dumps([balanced_accuracy_score(d["yt"], fit(w).predict(d["xt"])) for w in (None, "balanced")]))
`;

/** Two Gaussians, one label in twenty-one positive. */
function rare(rowCount: number, seed: number) {
  const next = uniforms(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const labels = Array.from({ length: rowCount }, () => (next() < 1 / 21 ? 1 : -1));
  const features = labels.map((label) =>
    Array.from({ length: 8 }, (_, k) => normal() + (label > 0 && k < 2 ? 1.5 : 0)),
  );
  return { features, labels };
}

it.skipIf(PYTHON === undefined)(
  "balanced weights find a label of 1 in 21 as well as scikit-learn's class_weight='balanced', before and after requests",
  async () => {
    const [train, test] = [rare(2000, 1), rare(6000, 2)];
    const input = JSON.stringify({ x: train.features, y: train.labels, xt: test.features, yt: test.labels });
    const { stdout } = spawnSync(PYTHON as string, ["-c", PROGRAM], { input, maxBuffer: 1 << 26 });
    const [, peer] = JSON.parse(stdout.toString()) as [number, number];
    const datasetOf = (data: typeof train) =>
      createDataset({ ...data, task: "binary", scaling: "l2", intercept: 1 });
    const [rows, judged] = [datasetOf(train), datasetOf(test)];
    const of = (model: Awaited<ReturnType<typeof fit>>): number => {
      const evaluation = model.evaluate(judged);
      if (evaluation.task !== "binary") throw new Error("no classes");
      return evaluation.balancedAccuracy as number;
    };
    const unweighted = await fit(rows);
    let model = await fit(rows, { classWeights: "balanced" });
    expect(of(unweighted)).toBeLessThan(peer - 0.1);
    expect(of(model)).toBeGreaterThan(peer - 0.015);
    for (const row of [1, 2, 3]) model = (await model.forget({ rows: [row] }, { signer })).model;
    expect(of(model)).toBeGreaterThan(peer - 0.025);
  },
);
