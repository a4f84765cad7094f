import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createSigner } from "../src/certificate/dsse.js";
import { verify } from "../src/certificate/verify.js";
import { type Dataset, parseSchema, readTable } from "../src/data/index.js";
import { fit } from "../src/unlearner/fit.js";
import { noiselessScore } from "../src/unlearner/quick-trial.js";

const folder = join(resolve(process.env.EXPUNGE_DATA ?? "../shared/data"), "adult");
const isHere = existsSync(folder);
if (!isHere) console.warn(`SKIPPED: no ${folder}; the accuracy on Adult is not checked.`);

describe.skipIf(!isHere)("Adult at epsilon = 1, delta = 1e-5", () => {
  let train: Dataset;
  let test: Dataset;

  beforeAll(async () => {
    const schema = parseSchema(await readFile("examples/adult-schema.json", "utf8"));
    train = await readTable(join(folder, "adult.data"), schema);
    test = await readTable(join(folder, "adult.test"), schema);
  });

  it("is within 1.5 points of an unregularised noiseless logistic regression, and forgets people with several rows within an epoch", async () => {
    const target = { epsilon: 1, delta: 1e-5 };
    // Without regularisation or noise, long enough to converge.
    const unregularised = await noiselessScore(train, test, {
      ...target,
      batchSize: 32,
      epochs: 100,
      l2: 0,
      sigma: 1,
    });
    const signer = createSigner();
    let model = await fit(train, {
      ...target,
      batchSize: 32,
      epochs: 20,
      l2: 0.001,
      requests: 10,
      rowsPerRequest: 4,
    });
    const trained = model.score(test);
    const rowsOf = new Map<string, number>();
    for (const subject of train.subjects as readonly string[])
      rowsOf.set(subject, (rowsOf.get(subject) ?? 0) + 1);
    const several = [...rowsOf].filter(([, count]) => count >= 2 && count <= 4).slice(0, 10);
    for (const [subject, count] of several) {
      const result = await model.forget({ subjects: [subject] }, { signer });
      expect(result.rowCount).toBe(count);
      expect(result.steps).toBeLessThanOrEqual(model.plan.process.batchCount);
      expect(result.claim?.epsilon).toBeLessThanOrEqual(1);
      const { ok } = verify(result.certificate as never, {
        publicKey: signer.publicKey,
        subject: { id: subject, salt: result.salt as string },
      });
      expect(ok).toBe(true);
      model = result.model;
    }
    const forgotten = model.score(test);
    console.log(
      `Adult: unregularised ${unregularised.toFixed(4)}, trained ${trained.toFixed(4)}, after ten requests ${forgotten.toFixed(4)}`,
    );
    expect(trained).toBeGreaterThan(unregularised - 0.015);
    expect(forgotten).toBeGreaterThan(unregularised - 0.015);
  });
});
