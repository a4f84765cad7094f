import { spawnSync } from "node:child_process";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { seededNormals } from "../../../../test/synthetic.js";
import { temporaryFiles } from "../../testing/files.js";
import { createDataset, type DatasetInput } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { parseNpy } from "../data/parse-npy.js";
import { parseNpyIds } from "../data/parse-npy-ids.js";
import { fit } from "../unlearner/fit.js";
import type { Model } from "../unlearner/model.js";
import { encodeNpy } from "./npy.js";
import { encodeScikitLearn } from "./scikit-learn.js";

const normal = seededNormals(7);
const features = Array.from({ length: 400 }, () => [normal(), 3 * normal(), normal()]);
const sums = features.map(([x, y, z]) => (x as number) + (y as number) / 2 - (z as number));
const rare = sums.map((sum) => (sum > 3 ? 9 : 5));
const thirds = sums.map((sum) => (sum > 1 ? 2 : sum > -1 ? 1 : 0));

/** Every objective, with an offset, with words and numbers as names, in units of its own. */
const MODELS: readonly [string, Partial<DatasetInput>, Parameters<typeof fit>[1]][] = [
  ["logistic", { labels: rare, intercept: 1 }, {}],
  ["smoothedHinge", { labels: rare }, { objective: "smoothedHinge" }],
  ["softmax", { labels: thirds, task: "multiclass", labelNames: ["a", "größer", "c"], intercept: 0.5 }, {}],
  [
    "softmax",
    { labels: thirds.map((t) => Math.min(t, 1)), task: "multiclass", labelNames: ["no", "yes"] },
    {},
  ],
  ["huberRegression", { labels: sums.map((sum) => 200_000 + 30_000 * sum), intercept: 1 }, {}],
];

async function trained(input: Partial<DatasetInput>, options: Parameters<typeof fit>[1]) {
  const dataset = createDataset({ features, scaling: "clip", ...input } as DatasetInput);
  return { dataset, model: await fit(dataset, { seed: "1", ...options }) };
}

function exported({ plan, description, weights }: Model): Uint8Array {
  return encodeScikitLearn({
    objective: plan.objective,
    weights,
    featureCount: plan.featureCount,
    labelNames: description.labelNames,
    labelScaling: description.labelScaling,
    scaling: description.scaling,
    featureNames: ["x", "y", "z", ...(description.scaling.intercept === 0 ? [] : ["intercept"])],
    metadata: { "expunge.kind": "weights" },
  });
}

/** What the model says, one row after another: probabilities of classes, scores, or values. */
function said(model: Model, dataset: Dataset): number[][] {
  const { kind } = model.plan.objective;
  if (kind === "smoothedHinge" || kind === "huberRegression") return [];
  const { outputCount } = model.plan;
  const probabilities = model.predictProbability(dataset);
  return Array.from({ length: dataset.rowCount }, (_, i) => {
    const row = [...probabilities.subarray(i * outputCount, (i + 1) * outputCount)];
    return outputCount === 1 ? [1 - row[0]!, row[0] as number] : row;
  });
}

describe.each(MODELS)("a %s model as arrays", (kind, input, options) => {
  it("predicts from the file what the model predicts, to 1e-12", async () => {
    const { dataset, model } = await trained(input, options);
    expect(model.plan.objective.kind).toBe(kind);
    const files = unzipSync(exported(model));
    const numbers = (name: string) => parseNpy(files[`${name}.npy`] as Uint8Array, name);
    const { data: coef, shape } = numbers("coef");
    const { data: intercept } = numbers("intercept");
    const width = dataset.featureCount;
    expect(shape.at(-1)).toBe(width);
    const outputs = Array.from({ length: dataset.rowCount }, (_, i) =>
      Array.from(intercept, (offset, j) => {
        let sum = offset;
        for (let k = 0; k < width; k++) sum += dataset.features[i * width + k]! * coef[j * width + k]!;
        return sum;
      }),
    );
    if (kind === "huberRegression") {
      const values = model.predict(dataset);
      outputs.forEach(([value], i) => {
        expect(Math.abs((value as number) / values[i]! - 1)).toBeLessThan(1e-12);
      });
      expect(files["classes.npy"]).toBeUndefined();
      return;
    }
    const classes = parseNpyIds(files["classes.npy"] as Uint8Array, "classes");
    expect(classes).toEqual(dataset.labelNames);
    const names = model.predictNames(dataset);
    outputs.forEach((row, i) => {
      const place = row.length === 1 ? Number(row[0]! >= 0) : row.indexOf(Math.max(...row));
      expect(classes[place]).toBe(names[i]);
    });
    said(model, dataset).forEach((row, i) => {
      const given = (outputs[i] as number[]).length === 1 ? [0, outputs[i]?.[0] as number] : outputs[i];
      const most = Math.max(...(given as number[]));
      const powers = (given as number[]).map((output) => Math.exp(output - most));
      const total = powers.reduce((a, b) => a + b);
      row.forEach((p, j) => {
        expect(Math.abs(powers[j]! / total - p)).toBeLessThan(1e-12);
      });
    });
  });

  it("says what it is", async () => {
    const { model } = await trained(input, options);
    const files = unzipSync(exported(model));
    const text = (name: string) => parseNpyIds(files[`${name}.npy`] as Uint8Array, name);
    expect(text("feature_names").slice(0, 3)).toEqual(["x", "y", "z"]);
    const { intercept } = model.description.scaling;
    expect([...parseNpy(files["row_intercept.npy"] as Uint8Array, "").data]).toEqual([intercept]);
  });
});

const PYTHON = ["/usr/bin/python3", "python3"].find(
  (python) => spawnSync(python, ["-c", "import sklearn"]).status === 0,
);
if (PYTHON === undefined)
  console.warn(
    "SKIPPED: no python3 with scikit-learn (Debian: python3-sklearn); examples/load_weights.py was not tried.",
  );

const PROGRAM = `
import json, sys
sys.path.insert(0, "examples")
import numpy as np
from load_weights import load
model, rows = load(sys.argv[1]), np.load(sys.argv[2])
said = model.predict_proba(rows).tolist() if hasattr(model, "predict_proba") else None
print(json.dumps({"predicted": model.predict(rows).tolist(), "probabilities": said}))
`;

describe.skipIf(PYTHON === undefined)("examples/load_weights.py in scikit-learn", () => {
  const file = temporaryFiles();

  it.each(MODELS)("a %s model predicts as in Expunge, to 1e-12", async (kind, input, options) => {
    const { dataset, model } = await trained(input, options);
    const weights = await file("model.npz", exported(model));
    const { rowCount, featureCount, features: data } = dataset;
    const rows = await file("rows.npy", encodeNpy({ shape: [rowCount, featureCount], data }));
    const { stdout, stderr } = spawnSync(PYTHON as string, ["-c", PROGRAM, weights, rows], {
      maxBuffer: 1 << 26,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const { predicted, probabilities } = JSON.parse(stdout);
    if (kind === "huberRegression") {
      model.predict(dataset).forEach((value, i) => {
        expect(Math.abs(predicted[i] / value - 1)).toBeLessThan(1e-12);
      });
      return;
    }
    expect(predicted.map(String)).toEqual(model.predictNames(dataset));
    said(model, dataset).forEach((row, i) => {
      row.forEach((p, j) => {
        expect(Math.abs(probabilities[i][j] - p)).toBeLessThan(1e-12);
      });
    });
  });
});
