import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { type RowSource, sourceOf } from "../data/row-source.js";
import { fit } from "../unlearner/fit.js";
import type { ForgetResult } from "../unlearner/model.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, type StoredModel } from "./stored-model.js";

const MIB = 2 ** 20;
const signer = createSigner(new Uint8Array(32).fill(3));
const options = { epsilon: 1, delta: 1e-4, epochs: 3, batchSize: 64, sigma: 0.01, seed: 5 } as const;
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-fit-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** 6,000 rows of 150 features, 3.6 MB: more than one window of 1 MiB. */
function wideDataset(): Dataset {
  let state = 7;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const features = Float32Array.from({ length: 6000 * 150 }, () => random() - 0.5);
  const labels = Array.from({ length: 6000 }, (_, row) => (features[row * 150]! > 0 ? 1 : -1));
  const subjects = labels.map((_, row) => `person-${Math.floor(row / 2)}`);
  return createDataset({ features, featureCount: 150, labels, task: "binary", subjects });
}

async function closing<T>(stored: StoredModel, use: (stored: StoredModel) => Promise<T>): Promise<T> {
  try {
    return await use(stored);
  } finally {
    await stored.close();
  }
}

describe("fitToDirectory", () => {
  it.each([MIB, 2 ** 30])(
    "trains and forgets what fit does, bit for bit, within %i bytes",
    async (memoryLimit) => {
      const dataset = wideDataset();
      const directory = join(root, String(count++));
      const subjects = ["person-3", "person-2999"];
      let model = await fit(dataset, options);
      const trained = model.weights;
      const results: ForgetResult[] = [];
      for (const subject of subjects) {
        const result = await model.forget({ subjects: [subject] });
        results.push(result);
        model = result.model;
      }
      await closing(
        await fitToDirectory(sourceOf(dataset), directory, { ...options, memoryLimit }),
        async (stored) => {
          expect(stored.model.weights).toEqual(trained);
          expect(stored.model.description).toEqual((await fit(dataset, options)).description);
          const result = await stored.forget({ subjects: ["person-3"] }, { signer });
          expect(result.model.weights).toEqual(results[0]?.model.weights);
          expect(verify(result.certificate as never, { publicKey: signer.publicKey })).toMatchObject({
            issues: [{ code: "NOT_CERTIFYING" }],
          });
        },
      );
      await closing(await loadModel(directory, { memoryLimit }), async (stored) => {
        const result = await stored.forget({ subjects: ["person-2999"] }, { signer });
        expect(result.model.weights).toEqual(results[1]?.model.weights);
        expect((await stored.forget({ subjects: ["person-3"] }, { signer })).rowCount).toBe(0);
      });
    },
  );

  it("previews on rows that stay on disk, and changes nothing", async () => {
    const dataset = wideDataset();
    const directory = join(root, String(count++));
    const { seed: _, ...unseeded } = options;
    const stored = await fitToDirectory(sourceOf(dataset), directory, { ...unseeded, memoryLimit: MIB });
    await closing(stored, async () => {
      const { weights } = stored.model;
      const preview = await stored.model.preview({ rows: [17] }, { evaluateOn: dataset });
      expect(stored.model.weights).toEqual(weights);
      expect((await stored.model.readSlot(stored.model.state.slotOfRow[17]!)).features).toEqual(
        dataset.features.slice(17 * 150, 18 * 150),
      );
      const result = await stored.forget({ rows: [17] }, { signer });
      expect(result.steps).toBe(preview.steps);
      expect(verify(result.certificate as never, { publicKey: signer.publicKey })).toMatchObject({
        ok: true,
      });
    });
  });

  it("is not trained on rows of which it is not known whose they are", async () => {
    const dataset = wideDataset();
    const directory = join(root, String(count++));
    const source = sourceOf({ ...dataset, subjects: dataset.subjects!.slice(0, 5999) });
    await expect(fitToDirectory(source, directory, options)).rejects.toMatchObject({
      code: "E_DATA",
      message: "source: expected 6000 subjects, one a row, found 5999.",
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it("leaves no row behind where it fails or is stopped, and the directory can be used again", async () => {
    const dataset = wideDataset();
    const directory = join(root, String(count++));
    const broken: RowSource = {
      ...sourceOf(dataset),
      async *chunks() {
        yield* sourceOf(dataset).chunks();
        throw new Error("the line went dead");
      },
    };
    await expect(fitToDirectory(broken, directory, options)).rejects.toThrow("the line went dead");
    expect(await readdir(directory)).toEqual([]);
    const controller = new AbortController();
    const stopped = fitToDirectory(sourceOf(dataset), directory, {
      ...options,
      epochs: 1000,
      memoryLimit: MIB,
      signal: controller.signal,
      onProgress: (progress) => progress.stage === "train" && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(await readdir(directory)).toEqual([]);
    await closing(await fitToDirectory(sourceOf(dataset), directory, options), async (stored) => {
      expect(stored.model.score(dataset)).toBeGreaterThan(0.6);
    });
  });

  it("refuses a directory that holds something, and the reference kernel beyond the limit", async () => {
    const directory = join(root, String(count++));
    await closing(await fitToDirectory(sourceOf(syntheticDataset()), directory, options), async () => {});
    const again = fitToDirectory(sourceOf(syntheticDataset()), directory, options);
    await expect(again).rejects.toMatchObject({ code: "E_MODEL" });
    await closing(await loadModel(directory), async (stored) => {
      expect(stored.model.timeline.requestCount).toBe(0);
    });
    await writeFile(join(root, "file"), "");
    const other = join(root, String(count++));
    const reference = { ...options, kernel: "reference", memoryLimit: MIB } as const;
    await expect(fitToDirectory(sourceOf(wideDataset()), other, reference)).rejects.toMatchObject({
      code: "E_OPTION",
    });
  });
});
