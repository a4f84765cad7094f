import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fit } from "expunge";
import { planUnlearning } from "expunge/accounting";
import { type Dataset, readMnist } from "expunge/data";
import { beforeAll, describe, expect, it } from "vitest";

const folder = join(resolve(process.env.EXPUNGE_DATA ?? "../shared/data"), "mnist");
const isHere = existsSync(folder);
if (!isHere) console.warn(`SKIPPED: no ${folder}; the accuracies on MNIST are not checked.`);

const delta = 1 / 11264;
const paper = { rowCount: 11264, batchSize: 128, epochs: 100, l2: 0.011264, smoothness: 0.25, lipschitz: 1 };
const RUNS = 20;

describe.skipIf(!isHere)("MNIST 3 against 8 with the paper's settings", () => {
  let train: Dataset;
  let test: Dataset;

  beforeAll(async () => {
    ({ train, test } = await readMnist(folder, { digits: [3, 8], maxTrainRows: 11264 }));
  });

  /** Mean test accuracy after training and forgetting a row of the batch visited last. Seeded: the assertion is not left to chance. */
  async function meanAccuracy(
    epsilon: number,
    noise: { readonly sigma: number } | { readonly unlearnSteps: number; readonly requests: number },
  ): Promise<number> {
    let sum = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      const options = {
        epsilon,
        delta,
        batchSize: 128,
        epochs: 100,
        l2: 0.011264,
        ...noise,
        deletion: "replace",
        seed,
      } as const;
      const model = await fit(train, options);
      const row = model.state.slotOfRow.findIndex((slot) => Math.floor(slot / 128) === 87);
      const result = await model.forget({ rows: [row] });
      expect(result.steps).toBeLessThanOrEqual(88);
      sum += result.model.score(test);
      model.dispose();
    }
    return sum / RUNS;
  }

  it("has the paper's rows", () => {
    expect([train.rowCount, train.featureCount, test.rowCount]).toEqual([11264, 784, 1984]);
    expect(train.labels.filter((label) => label === -1).length).toBe(6131);
  });

  it("at the paper's noise for eps = 1 agrees with the published 0.8942 (std 0.0208)", async () => {
    const { sigma } = planUnlearning({
      ...paper,
      epsilon: 1,
      delta,
      unlearnSteps: 88,
      deletion: "replace",
      accountant: "paper",
    });
    const accuracy = await meanAccuracy(1, { sigma });
    console.log(
      `MNIST, paper's sigma ${sigma.toPrecision(6)}: mean accuracy ${accuracy.toFixed(4)} over ${RUNS} runs`,
    );
    expect(Math.abs(accuracy - 0.8942)).toBeLessThan(0.0208);
  });

  it("at our noise for eps = 0.05 stays at or above 0.885, where the paper's fell to 0.82", async () => {
    const accuracy = await meanAccuracy(0.05, { unlearnSteps: 88, requests: 1 });
    console.log(`MNIST, our noise at eps = 0.05: mean accuracy ${accuracy.toFixed(4)} over ${RUNS} runs`);
    expect(accuracy).toBeGreaterThanOrEqual(0.885);
  });
});

/** scikit-learn 1.2.1, LogisticRegression() on the same features; found by `npm run experiment -- defaults`. */
const SCIKIT_LEARN = 0.9677;
const REQUESTS = 5;

describe.skipIf(!isHere)("MNIST 3 against 8 at defaults alone", () => {
  it("is within a point of scikit-learn before and after each request", async () => {
    const { train, test } = await readMnist(folder, { digits: [3, 8], maxTrainRows: 11264 });
    let model = await fit(train);
    const found = [model.score(test)];
    for (let i = 0; i < REQUESTS; i++) {
      const result = await model.forget({ rows: [2000 * i] });
      expect(result.holds?.epsilon).toBeLessThanOrEqual(1);
      model = result.model;
      found.push(model.score(test));
    }
    model.dispose();
    console.log(`MNIST at defaults: ${found.map((value) => value.toFixed(4)).join(", ")}`);
    expect(Math.min(...found)).toBeGreaterThan(SCIKIT_LEARN - 0.01);
  });
});
