import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { roundingPerStep } from "../accounting/process.js";
import type { Dataset } from "../data/dataset.js";
import { readMnist } from "../data/read-mnist.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { drawBatchOrder, seededUniform32 } from "../unlearner/batch-order.js";
import { packRows } from "../unlearner/pack-rows.js";
import { createKernel } from "./index.js";

const folder = join(resolve(process.env.EXPUNGE_DATA ?? "../shared/data"), "mnist");
if (!existsSync(folder))
  console.warn(`SKIPPED: no ${folder}; the rounding of a step is not measured on MNIST.`);

/** Largest distance between one step on either kernel, from the same weights with the same noise, over what certificates reckon with. */
async function largestRounding(dataset: Dataset, objective: ObjectiveSpec, batchSize: number, l2: number) {
  const slotCount = Math.ceil(dataset.rowCount / batchSize) * batchSize;
  const rows = packRows(dataset, drawBatchOrder(dataset.rowCount, seededUniform32("rounding")), slotCount);
  const isSoftmax = objective.kind === "softmax";
  const parameters = {
    objective,
    batchSize,
    clip: isSoftmax ? Math.SQRT2 : 1,
    l2,
    eta: 1 / ((isSoftmax ? 0.5 : 0.25) + l2),
    noiseStd: 1e-3,
    radius: Number.POSITIVE_INFINITY,
  };
  const fast = await createKernel(rows, parameters, { kernel: "wasm-simd" });
  const exact = await createKernel(rows, parameters, { kernel: "reference" });
  const weights = new Float64Array(dataset.featureCount * (isSoftmax ? objective.classCount : 1));
  const noise = { kind: "seed", key: new Uint8Array(32).fill(5) } as const;
  fast.advance(weights, 1, (5 * slotCount) / batchSize, noise);
  let ratio = 0;
  for (let step = 1000; step < 1040; step++) {
    const a = Float64Array.from(weights);
    const b = Float64Array.from(weights);
    fast.advance(a, step, 1, noise);
    exact.advance(b, step, 1, noise);
    const moved = Math.hypot(...a.map((value, i) => value - b[i]));
    const weightNorm = 1.5 * Math.max(Math.hypot(...a), Math.hypot(...weights));
    const reckoned = roundingPerStep({ precision: "float32", weightNorm }, parameters.eta, parameters.clip);
    ratio = Math.max(ratio, moved / reckoned);
    weights.set(a);
  }
  fast.dispose();
  exact.dispose();
  return ratio;
}

describe("the rounding of a float32 step stays below what certificates reckon with", () => {
  it("on made-up rows, every batch size", async () => {
    for (const batchSize of [1, 20, 400]) {
      for (const l2 of [0, 0.01, 1]) {
        expect(await largestRounding(syntheticDataset(), { kind: "logistic" }, batchSize, l2)).toBeLessThan(
          1.5,
        );
      }
    }
    const classes = syntheticDataset({ task: "multiclass" });
    expect(await largestRounding(classes, { kind: "softmax", classCount: 3 }, 20, 0.01)).toBeLessThan(1);
  });

  it.skipIf(!existsSync(folder))("on MNIST, two classes and ten", async () => {
    const { train } = await readMnist(folder, { digits: [3, 8], maxTrainRows: 11264 });
    expect(await largestRounding(train, { kind: "logistic" }, 128, 0.011264)).toBeLessThan(1);
    expect(await largestRounding(train, { kind: "logistic" }, 11264, 0.011264)).toBeLessThan(1);
    const { train: ten } = await readMnist(folder, { maxTrainRows: 2048 });
    expect(await largestRounding(ten, { kind: "softmax", classCount: 10 }, 128, 0.01)).toBeLessThan(1);
  });
});
