import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTrainingPlan } from "expunge";
import { expect, it } from "vitest";
import { featureSetsOf } from "./feature-sets.js";
import { leastL2, runFeatures } from "./features.js";
import { EPSILONS, SETTINGS } from "./features-result.js";
import { madeUpTable } from "./made-up-sets.js";

const made = madeUpTable({ rowCount: 600, testCount: 300, featureCount: 6, seed: 3 });

it("takes the least l2 with which one epoch is enough, the smaller the more noise it may leave", () => {
  const l2 = [0.1, 1].map((maxNoise) =>
    leastL2(made.train, { ...SETTINGS, batchSize: 128, epsilon: 1, maxNoise }),
  );
  expect(l2[0]).toBeGreaterThan(l2[1] as number);
  expect(
    makeTrainingPlan(made.train, { ...SETTINGS, batchSize: 128, l2: l2[0] as number }).process
      .strongConvexity,
  ).toBe(l2[0]);
});

it("knows its sets by their ids, and refuses others", () => {
  expect(featureSetsOf(["adult", "odd-even"]).map(({ name }) => name)).toEqual([
    "MNIST odd against even",
    "Adult",
  ]);
  expect(() => featureSetsOf(["adult", "mnist"])).toThrow(/Expected sets of odd-even, .*, found "mnist"/);
});

it("compares features at every epsilon, keeps finished cells, and writes its table between the markers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "expunge-features-"));
  try {
    const docs = join(folder, "page.md");
    await writeFile(docs, "above\n\n<!-- table:begin -->\nold\n<!-- table:end -->\n\nbelow\n");
    const set = { name: "made up", id: "made-up", needs: ".", isQuick: true, load: async () => made };
    const kinds = [{ features: "linear" }, { features: "fourier", featureCount: 40 }] as const;
    const options = { data: folder, out: folder, docs, sets: [set], kinds, note: () => {} };
    const { results } = await runFeatures(options);
    expect(results.map(({ columns }) => columns)).toEqual([7, 40]);
    for (const { stages } of results) {
      expect(stages).toHaveLength(EPSILONS.length);
      for (const { before, after, steps, batchSize } of stages) {
        expect(before).toBeGreaterThan(0.6);
        expect(after).toBeGreaterThan(0.4);
        expect(steps).toBeLessThanOrEqual(Math.ceil(600 / batchSize));
      }
    }
    const page = await readFile(docs, "utf8");
    expect(page).toMatch(/^above\n[\s\S]*\| made up \| 600 \| fourier 40 \| 40 \|[\s\S]*\nbelow\n$/);
    expect(page).not.toContain("old");
    expect((await runFeatures(options)).results).toEqual(results);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
