import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createPlace,
  dataset,
  type Place,
  options as shared,
  signer,
} from "../../testing/model-directories.js";
import { verify } from "../certificate/verify.js";
import { collectRows, type Dataset, selectRows, sourceOf, splitDataset } from "../data/index.js";
import { fit } from "../unlearner/fit.js";
import type { FitOptions } from "../unlearner/options.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, saveModel } from "./stored-model.js";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** No two rows have the same weight, so that a weight can be told in a file. */
const weighted: Dataset = {
  ...dataset,
  hasSampleWeights: true,
  sampleWeights: Float32Array.from({ length: dataset.rowCount }, (_, row) => 1 - row / 200),
};
const options: FitOptions = { ...shared, classWeights: "balanced", seed: "weights" };
const bytesOfWeight = (row: number): Buffer =>
  Buffer.from(Float32Array.of(weighted.sampleWeights?.[row] as number).buffer);

describe("a directory of a weighted model", () => {
  it("keeps every row's weight behind its features, and erases it with them", async () => {
    const directory = place.newPath();
    const model = await fit(weighted, options);
    await saveModel(model, directory);
    const stored = await loadModel(directory);
    expect(stored.model.plan).toEqual(model.plan);
    expect(stored.model.description).toEqual({ ...model.description, hasSampleWeights: true });
    const width = dataset.featureCount + 1;
    const { slotOfRow } = model.state;
    const at = (row: number): number => 4 * (slotOfRow[row]! * width + dataset.featureCount);
    const path = join(directory, "rows.f32");
    const before = await readFile(path);
    for (const row of [0, 17, 90])
      expect(before.subarray(at(row), at(row) + 4).equals(bytesOfWeight(row))).toBe(true);
    await stored.forget({ rows: [17] }, { signer });
    const after = await readFile(path);
    expect(after.subarray(at(17) - 4 * dataset.featureCount, at(17) + 4)).toEqual(Buffer.alloc(4 * width));
    expect(after.subarray(at(90), at(90) + 4).equals(bytesOfWeight(90))).toBe(true);
    await stored.close();
  });

  it.each(["tombstone", "replace"] as const)(
    "goes on as the model in memory does, bit for bit, opened anew between requests, rows held or read: %s",
    async (deletion) => {
      let inMemory = await fit(weighted, { ...options, deletion });
      const directory = place.newPath();
      await saveModel(await fit(weighted, { ...options, deletion }), directory);
      for (const row of [3, 40, 77]) {
        inMemory = (await inMemory.forget({ rows: [row] }, { signer })).model;
        const stored = await loadModel(directory, { memoryLimit: 2 ** 20 });
        await stored.forget({ rows: [row] }, { signer });
        expect(stored.model.weights).toEqual(inMemory.weights);
        await stored.close();
      }
    },
  );

  it("that was trained from a source is the same as one that was trained in memory, balanced weights included", async () => {
    const inMemory = await fit(weighted, options);
    const stored = await fitToDirectory(sourceOf(weighted), place.newPath(), options);
    expect(stored.model.plan).toEqual(inMemory.plan);
    expect(stored.model.weights).toEqual(inMemory.weights);
    await stored.close();
  });

  it("issues certificates that verify", async () => {
    const { seed: _, ...unseeded } = options;
    const stored = await fitToDirectory(sourceOf(weighted), place.newPath(), unseeded);
    const { certificate } = await stored.forget({ rows: [8] }, { signer });
    const { issues, statement } = verify(certificate as never, { publicKey: signer.publicKey });
    expect(issues).toEqual([]);
    expect(statement?.predicate.process.weighting).toMatchObject({ isBalanced: true, samples: true });
    await stored.close();
  });
});

describe("weights of a data set", () => {
  it("go with their rows when these are chosen, split, or read as a source", async () => {
    const some = selectRows(weighted, [5, 2]);
    expect([...(some.sampleWeights ?? [])]).toEqual([5, 2].map((row) => weighted.sampleWeights?.[row]));
    const { train, test } = splitDataset(weighted, { testFraction: 0.4, seed: 1 });
    for (const part of [train, test]) expect(part.sampleWeights).toHaveLength(part.rowCount);
    const collected = await collectRows(sourceOf(weighted));
    expect(collected).toEqual(weighted);
  });
});
